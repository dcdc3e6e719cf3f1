"""Settings of the generator and of its training, as one frozen table that a YAML file and a model's config.json can hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from netspatial_core.errors import InputError

Mode = Literal["default", "paper"]

AUXILIARY: Mapping[str, float] = {"bnd": 0.1, "tmp": 0.05, "per": 0.05, "bias": 0.05, "peak": 0.1, "corr": 0.02}


SHAPE = ("mode", "hidden", *(f"{level}_{size}" for level in ("daily", "weekly", "residual") for size in ("width", "blocks")))
"""What the weights depend on, so that a generator that is tuned keeps it."""

TUNING: Mapping[str, Any] = {"learning_rate": 5e-4, "weight_decay": 5.0, "batch": 32, "validate_every": 20, "ema": 0.98}
"""Schedule of a fine-tuning where the configuration says nothing else; ``python -m docs.score_tuning`` compares others."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes, regularisation and schedule.

    Attributes:
        mode: ``default``, or ``paper``: argmax peak as condition, plain weekly means, true conditions for levels 2 and 3.
        hidden: Width of the condition network and of c1, c2, c3.
        daily_width: Width of the daily level's network, with ``daily_blocks`` blocks.
        weekly_width: Width of the weekly level's.
        residual_width: Width of a day token of the residual level's.
        daily_steps: Midpoint steps (two evaluations each) of the daily level; ``weekly_steps`` and ``residual_steps`` likewise.
        bound: clipsym's bound on whitened states in ``paper`` sampling.
        condition_noise: Standard deviation of the noise on standardised conditions in training.
        condition_dropout: Probability that a site's embedding is hidden in training; each tabular value likewise.
        level_noise: Noise on the whitened d and w that levels 2 and 3 are trained with (trap 10).
        repeats: Times (t, x0) drawn per site and step for the daily and weekly levels, which are cheap.
        batch: Sites a step.
        learning_rate: Peak of the warm-up and cosine schedule.
        weight_decay: AdamW's, on matrices only; in a fine-tuning towards the weights at its start, on all of them.
        ema: Decay of the averaged weights, which are the ones kept.
        validate_every: Steps between validations.
        patience: Validations without a better level after which training stops.
        auxiliary: Weights of the losses of eq. 15 by name.
        unroll: Share of batches whose auxiliary losses ``paper`` mode judges on the sampler's own output; a step then costs
            several times as much (trap 9).
        history: Share of train sites that are shown a part of their own series; 0 makes a generator that knows no histories.
    """

    mode: Mode = "default"
    hidden: int = 128
    daily_width: int = 128
    daily_blocks: int = 2
    weekly_width: int = 128
    weekly_blocks: int = 2
    residual_width: int = 64
    residual_blocks: int = 3
    daily_steps: int = 3
    weekly_steps: int = 3
    residual_steps: int = 1
    bound: float = 6.0
    condition_noise: float = 0.2
    condition_dropout: float = 0.1
    level_noise: float = 0.1
    repeats: int = 4
    batch: int = 128
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    ema: float = 0.999
    validate_every: int = 200
    patience: int = 8
    auxiliary: Mapping[str, float] = field(default_factory=lambda: dict(AUXILIARY))
    unroll: float = 0.1
    history: float = 0.0

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise InputError(f"The generator's mode {self.mode!r} does not exist.", "Use default or paper.")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(item.default, int) and (not isinstance(value, int) or value < 1):
                raise InputError(f"The generator's {item.name} is {value!r}.", "Give a whole number of at least 1.")
            if isinstance(item.default, float) and (not isinstance(value, int | float) or not value >= 0):
                raise InputError(f"The generator's {item.name} is {value!r}.", "Give a number that is not negative.")
        for name in ("condition_dropout", "unroll", "history"):
            if getattr(self, name) > 1:
                raise InputError(f"The generator's {name} is {getattr(self, name)!r}.", "Give a share from 0 to 1.")
        if set(self.auxiliary) != set(AUXILIARY) or any(weight < 0 for weight in self.auxiliary.values()):
            raise InputError(
                f"The auxiliary losses are {dict(self.auxiliary)}.",
                f"Give each of {', '.join(AUXILIARY)} a weight of at least 0.",
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "GeneratorConfig":
        """The settings of a YAML mapping; what it leaves out keeps its default.

        Raises:
            InputError: An unknown name or an impossible value.
        """
        unknown = sorted(set(values) - {item.name for item in fields(cls)})
        if unknown:
            raise InputError(
                f"The generator has no setting {', '.join(unknown)}.", f"Use {', '.join(f.name for f in fields(cls))}."
            )
        merged = dict(values)
        if "auxiliary" in merged:
            merged["auxiliary"] = {**AUXILIARY, **merged["auxiliary"]}
        return cls(**merged)

    def tuned(self, options: Mapping[str, Any]) -> "GeneratorConfig":
        """The settings of a fine-tuning of a generator of these: its shape, the schedule of ``TUNING``, and ``options``.

        Raises:
            InputError: An unknown name, an impossible value, or another shape.
        """
        auxiliary = {**self.auxiliary, **options.get("auxiliary", {})}
        config = self.from_dict({**self.to_dict(), **TUNING, **options, "auxiliary": auxiliary})
        other = [name for name in SHAPE if getattr(config, name) != getattr(self, name)]
        if other:
            told = ", ".join(f"{name} {getattr(self, name)}, not {getattr(config, name)}" for name in other)
            raise InputError(f"The generator to start from has {told}.", "Leave these settings out, or train anew with --fresh.")
        if bool(config.history) != bool(self.history):
            knows = "knows" if self.history else "does not know"
            raise InputError(
                f"The generator to start from {knows} histories.", "Leave 'history' out, or train anew with --fresh."
            )
        return config

    def to_dict(self) -> dict[str, Any]:
        """Plain values for YAML and JSON."""
        return asdict(self)
