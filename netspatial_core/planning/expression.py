"""A utility that a planner writes: arithmetic over per-draw statistics, read by its syntax tree and never run as code."""

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.planning.statistics import SCALARS
from netspatial_core.planning.utilities import UTILITIES, Case, Utility

KEY = "custom"
LENGTH, PARTS = 200, 80  # most characters, most nodes of the tree
HELP = "Use numbers, + - * / **, the statistics and assumptions by name, and abs, sqrt, log, exp, min, max."

Values = NDArray[np.float64]
Names = Mapping[str, Callable[[Case], Any]]


def _statistic(name: str) -> Callable[[Case], Any]:
    return lambda case: getattr(case.statistics, name)


def _assumption(name: str) -> Callable[[Case], Any]:
    return lambda case: float(getattr(case.assumptions, name))


NAMES: Names = MappingProxyType(
    {name: _statistic(name) for name in SCALARS}
    | {name: _assumption(name) for name in ("capacity", "price", "capex", "opex")}
    | {name: UTILITIES[name].function for name in ("lsi", "variation", "overload", "revenue", "net")}
)
"""What an expression may name."""

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.float_power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: np.positive, ast.USub: np.negative}
_CALLS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs),
    "sqrt": (1, np.sqrt),
    "log": (1, np.log),
    "exp": (1, np.exp),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
}


def expression(text: str, direction: str = "high") -> Utility:
    """A utility from its formula, such as ``mean - 0.5 * std``.

    Args:
        text: Arithmetic over ``NAMES``, at most 200 characters.
        direction: ``high`` or ``low``: which value is better.

    Raises:
        InputError: It is no such formula; the message names the part that is not understood.
    """
    if direction not in {"high", "low"}:
        raise InputError(f"A formula whose {direction[:40]!r} values are better cannot be ranked.", "Say high or low.")
    better: Literal["high", "low"] = "low" if direction == "low" else "high"
    said = " ".join(text.split())
    if not said:
        raise InputError("The formula is empty.", HELP)
    if len(said) > LENGTH:
        raise InputError(f"The formula has {len(said)} characters, more than {LENGTH}.", "Shorten it.")
    try:
        tree = ast.parse(said, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError("The formula is not understood.", HELP) from None
    if sum(1 for _ in ast.walk(tree)) > PARTS:
        raise InputError(f"The formula has more than {PARTS} parts.", "Shorten it.")
    if not _check(tree):
        raise InputError("The formula names no statistic.", f"Name one of: {', '.join(NAMES)}.")

    def function(case: Case) -> Values:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(_value(tree, case), dtype=np.float64), case.statistics.mean.shape)

    return Utility(
        KEY, "Own formula", "Formula", "free", better, f"{said}, in every draw.", function, void="the formula has no value here"
    )


def _check(node: ast.expr) -> bool:
    """Whether an allowed expression names a statistic.

    Raises:
        InputError: Something in it is not allowed.
    """
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) <= 1e12:
                raise InputError(f"The number {ast.unparse(node)[:40]} is too large.", "Stay below 1e12.")
            return False
        case ast.Name(id=name) if name in NAMES:
            return name not in {"capacity", "price", "capex", "opex"}
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return bool(_check(left) | _check(right))
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            return _check(operand)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            wanted = _CALLS[name][0]
            if len(args) != wanted:
                raise InputError(f"{name} takes {wanted} value{'s' if wanted > 1 else ''}, not {len(args)}.", HELP)
            return sum(_check(arg) for arg in args) > 0  # each is looked at
        case ast.Name(id=name):
            raise InputError(f"The formula names {name[:40]!r}, which is no statistic.", f"Name one of: {', '.join(NAMES)}.")
    raise InputError(f"The formula may not hold {ast.unparse(node)[:40]!r}.", HELP)


def _value(node: ast.expr, case: Case) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return NAMES[name](case)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, case), _value(right, case))
        case ast.UnaryOp(op=sign, operand=operand):
            return _UNARY[type(sign)](_value(operand, case))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _CALLS[name][1](*(_value(arg, case) for arg in args))
    raise AssertionError(node)  # _check has seen every node
