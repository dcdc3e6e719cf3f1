"""Rationales: a language model writes, the verifier decides, and the plain text stands where the model fails (THREATS 12)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from netspatial_core.errors import Cancelled
from netspatial_core.rationale.facts import Facts
from netspatial_core.rationale.plain import plain
from netspatial_core.rationale.prompt import draft_problems, fill, messages, notes
from netspatial_core.rationale.verifier import verify

FACTS = "facts"  # the writer's name where no model wrote the text
SMOLLM2 = "SmolLM2-135M-Instruct"
Cancel = Callable[[], bool]


@dataclass(frozen=True)
class Rationale:
    """Why a cell stands where it stands.

    Attributes:
        text: Two to four sentences.
        writer: Name of the language model, or ``facts`` where the text comes straight from the facts.
        facts: What it may say.
        verified: Whether the verifier bears out the text.
        rejected: What was wrong with what the model wrote, if it was refused; empty otherwise.
    """

    text: str
    writer: str
    facts: Facts
    verified: bool
    rejected: tuple[str, ...] = ()


class LanguageModel(Protocol):
    """Anything that answers a conversation."""

    name: str

    def complete(self, conversation: list[dict[str, str]], *, seed: int = 0, cancelled: Cancel | None = None) -> str:
        """The answer's first paragraph.

        Raises:
            Cancelled: ``cancelled`` answered true.
        """
        ...


class LocalModel:
    """A causal language model with a chat template, from a folder that ``transformers`` reads; loaded at first use.

    Args:
        folder: config.json, safetensors and tokenizer.
        name: What its texts are labelled with.
        max_tokens: Most tokens of an answer.
        max_seconds: Most time an answer may take; what was written by then is judged as it is.
    """

    def __init__(self, folder: Path, name: str = SMOLLM2, *, max_tokens: int = 200, max_seconds: float = 120.0) -> None:
        self.folder = folder
        self.name = name
        self.max_tokens = max_tokens
        self.max_seconds = max_seconds
        self._lock = threading.Lock()  # one answer at a time: two would only share the cores
        self._loaded: tuple[Any, Any] | None = None

    def complete(self, conversation: list[dict[str, str]], *, seed: int = 0, cancelled: Cancel | None = None) -> str:
        """See :class:`LanguageModel`. Seed 0 is greedy; others sample at a low temperature."""
        with self._lock:
            tokenizer, model = self._load()
            import torch
            from transformers import StoppingCriteriaList

            form = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
            prompt = tokenizer.apply_chat_template(conversation, **form)
            length = prompt["input_ids"].shape[1]
            stop = _Stop(tokenizer, length, time.monotonic() + self.max_seconds, cancelled)
            sampling: dict[str, Any] = {"do_sample": True, "temperature": 0.4, "top_p": 0.9} if seed else {"do_sample": False}
            with torch.inference_mode(), torch.random.fork_rng():
                torch.manual_seed(seed)
                answer = model.generate(
                    **prompt,
                    max_new_tokens=self.max_tokens,
                    stopping_criteria=StoppingCriteriaList([stop]),
                    pad_token_id=tokenizer.eos_token_id,
                    **sampling,
                )
            if stop.was_cancelled:
                raise Cancelled("The rationale was cancelled.")
            text = str(tokenizer.decode(answer[0, length:], skip_special_tokens=True))
            return text.strip().split("\n")[0].strip()

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from netspatial_core.encoders.folder import load_frozen, offline_transformers

            tokenizer = offline_transformers().AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            self._loaded = tokenizer, load_frozen(self.folder, "AutoModelForCausalLM")
        return self._loaded


class _Stop:
    """Ends an answer: cancelled, out of time, or its first paragraph is done."""

    def __init__(self, tokenizer: Any, start: int, deadline: float, cancelled: Cancel | None) -> None:
        self.tokenizer = tokenizer
        self.start = start
        self.deadline = deadline
        self.cancelled = cancelled
        self.was_cancelled = False

    def __call__(self, tokens: Any, _scores: Any, **_options: Any) -> Any:
        import torch

        self.was_cancelled = self.cancelled is not None and self.cancelled()
        written = self.tokenizer.decode(tokens[0, self.start :], skip_special_tokens=True).lstrip()
        done = self.was_cancelled or time.monotonic() > self.deadline or "\n" in written
        return torch.full((tokens.shape[0],), done, dtype=torch.bool, device=tokens.device)


class Writer:
    """Writes rationales with a language model, or from the facts alone where there is none.

    The model sees notes with slots, not values, so that a paragraph serves every cell about which the same is known: it is drafted
    once, then filled and verified for each cell.
    """

    def __init__(self, model: LanguageModel | None) -> None:
        self.model = model
        self._drafts: dict[str, tuple[str | None, tuple[str, ...]]] = {}

    def write(self, facts: Facts, cancelled: Cancel | None = None) -> Rationale:
        """The rationale of a cell. Ranking and map never wait for it: call it off the request path.

        Raises:
            Cancelled: ``cancelled`` answered true.
        """
        if cancelled is not None and cancelled():
            raise Cancelled("The rationale was cancelled.")
        rejected: tuple[str, ...] = ()
        if self.model is not None and facts.get("rank") is not None:  # else there is nothing to weigh up
            draft, rejected = self._draft(self.model, notes(facts), facts, cancelled)
            if draft is not None:
                text = fill(draft, facts)
                checked = verify(text, facts)
                if checked.ok:
                    return Rationale(text, self.model.name, facts, True)
                rejected = checked.reasons
        text = plain(facts)
        return Rationale(text, FACTS, facts, verify(text, facts).ok, rejected)

    def _draft(
        self, model: LanguageModel, asked: str, facts: Facts, cancelled: Cancel | None
    ) -> tuple[str | None, tuple[str, ...]]:
        """A paragraph with slots that passes, filled with these facts; at most one retry, which is told what was wrong."""
        if asked not in self._drafts:
            wrong: tuple[str, ...] = ()
            found = None
            for attempt in range(2):
                draft = model.complete(messages(asked, wrong), seed=attempt, cancelled=cancelled)
                wrong = tuple(draft_problems(draft, asked)) or verify(fill(draft, facts), facts).reasons
                if not wrong:
                    found = draft
                    break
            self._drafts[asked] = found, () if found else wrong
        return self._drafts[asked]


def open_writer(choice: str, smollm2: Callable[[], Path]) -> Writer:
    """The writer of the setting ``writer``.

    Args:
        choice: ``smollm2``, ``none``, or the folder of a chat model.
        smollm2: Gives the folder of the shipped model; called only where it is chosen.
    """
    if choice == "none":
        return Writer(None)
    if choice == "smollm2":
        return Writer(LocalModel(smollm2()))
    return Writer(LocalModel(Path(choice), Path(choice).name))
