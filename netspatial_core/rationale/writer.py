"""Rationales: a language model writes, the verifier decides, and the plain text stands where the model fails (THREATS 12)."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from netspatial_core.encoders.folder import model_files
from netspatial_core.errors import Cancelled, WeightsError
from netspatial_core.rationale.facts import Facts
from netspatial_core.rationale.plain import plain
from netspatial_core.rationale.prompt import Conversation, again, conversations
from netspatial_core.rationale.verifier import verify, verify_sentence
from netspatial_core.sources.public import public

log = logging.getLogger(__name__)

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
    """Anything that answers conversations."""

    name: str

    def complete(self, asked: Sequence[Conversation], *, seed: int = 0, cancelled: Cancel | None = None) -> list[str]:
        """The first line of each answer.

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
        max_seconds: Most time the answers may take together; what was written by then is judged as it is.
    """

    def __init__(self, folder: Path, name: str = SMOLLM2, *, max_tokens: int = 80, max_seconds: float = 120.0) -> None:
        self.folder = folder
        self.name = name
        self.max_tokens = max_tokens
        self.max_seconds = max_seconds
        self._lock = threading.Lock()  # one batch at a time: two would only share the cores
        self._loaded: tuple[Any, Any] | None = None

    def complete(self, asked: Sequence[Conversation], *, seed: int = 0, cancelled: Cancel | None = None) -> list[str]:
        """See :class:`LanguageModel`. All answers in one batch; seed 0 is greedy, others sample at a low temperature."""
        with self._lock:
            tokenizer, model = self._load()
            import torch
            from transformers import StoppingCriteriaList

            texts = [tokenizer.apply_chat_template(one, add_generation_prompt=True, tokenize=False) for one in asked]
            prompt = tokenizer(texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False)
            length = prompt["input_ids"].shape[1]
            stop = _Stop(tokenizer, length, time.monotonic() + self.max_seconds, cancelled)
            sampling: dict[str, Any] = {"do_sample": True, "temperature": 0.4, "top_p": 0.9} if seed else {"do_sample": False}
            with torch.inference_mode(), torch.random.fork_rng():
                torch.manual_seed(seed)
                answers = model.generate(
                    **prompt,
                    max_new_tokens=self.max_tokens,
                    stopping_criteria=StoppingCriteriaList([stop]),
                    pad_token_id=tokenizer.pad_token_id,
                    **sampling,
                )
            if stop.was_cancelled:
                raise Cancelled("The rationale was cancelled.")
            return [_first_line(text) for text in tokenizer.batch_decode(answers[:, length:], skip_special_tokens=True)]

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from netspatial_core.encoders.folder import load_frozen, offline_transformers

            tokenizer = offline_transformers().AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            if tokenizer.pad_token_id is None:
                tokenizer.pad_token = tokenizer.eos_token
            self._loaded = tokenizer, load_frozen(self.folder, "AutoModelForCausalLM")
        return self._loaded


class _Stop:
    """Ends answers: cancelled, out of time, or past their first line."""

    def __init__(self, tokenizer: Any, start: int, deadline: float, cancelled: Cancel | None) -> None:
        self.tokenizer = tokenizer
        self.start = start
        self.deadline = deadline
        self.cancelled = cancelled
        self.was_cancelled = False

    def __call__(self, tokens: Any, _scores: Any, **_options: Any) -> Any:
        import torch

        self.was_cancelled = self.cancelled is not None and self.cancelled()
        over = self.was_cancelled or time.monotonic() > self.deadline
        written = self.tokenizer.batch_decode(tokens[:, self.start :], skip_special_tokens=True)
        return torch.tensor([over or "\n" in text.lstrip() for text in written], dtype=torch.bool, device=tokens.device)


class Writer:
    """Writes rationales with a language model, or from the facts alone where there is none."""

    def __init__(self, model: LanguageModel | None, absent: str = "") -> None:
        """A writer; ``absent`` says why there is no model where one was asked for."""
        self.model = model
        self.absent = absent

    def write(self, facts: Facts, cancelled: Cancel | None = None) -> Rationale:
        """The rationale of a cell. Ranking and map never wait for it: call it off the request path.

        The model writes a sentence a topic; those the verifier refuses are asked for once more, told what was wrong; if one is
        refused again, the whole text is the plain one.

        Raises:
            Cancelled: ``cancelled`` answered true.
        """
        if cancelled is not None and cancelled():
            raise Cancelled("The rationale was cancelled.")
        rejected: tuple[str, ...] = (self.absent,) if self.absent else ()
        if self.model is not None and facts.get("rank") is not None:  # else there is nothing to weigh up
            text, rejected = self._attempt(self.model, facts, cancelled)
            if not rejected:
                return Rationale(text, self.model.name, facts, True)
        text = plain(facts)
        return Rationale(text, FACTS, facts, verify(text, facts).ok, rejected)

    def _attempt(self, model: LanguageModel, facts: Facts, cancelled: Cancel | None) -> tuple[str, tuple[str, ...]]:
        """The model's text and what speaks against it; a model that fails is such a reason, not the end of a plan."""
        try:
            return _written(model, facts, cancelled)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a model of the user's choice may raise
            log.warning("The language model failed: %s", public(repr(error)))
            return "", (f"the language model failed ({type(error).__name__})",)


def _written(model: LanguageModel, facts: Facts, cancelled: Cancel | None) -> tuple[str, tuple[str, ...]]:
    """The model's text, and what is still wrong with it after one retry."""
    asked = conversations(facts)
    said = model.complete(asked, cancelled=cancelled)
    wrong = [verify_sentence(sentence, facts).reasons for sentence in said]
    retry = [i for i, problems in enumerate(wrong) if problems]
    if retry:
        second = conversations(facts, wording=2)
        answers = model.complete([again(second[i], wrong[i]) for i in retry], seed=1, cancelled=cancelled)
        for i, sentence in zip(retry, answers, strict=True):
            said[i], wrong[i] = sentence, verify_sentence(sentence, facts).reasons
    text = " ".join(said)
    return text, tuple(dict.fromkeys(p for problems in wrong for p in problems)) or verify(text, facts).reasons


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0].strip()


def open_writer(choice: str, smollm2: Callable[[], Path]) -> Writer:
    """The writer of the setting ``writer``.

    Args:
        choice: ``smollm2``, ``none``, or the folder of a chat model in safetensors.
        smollm2: Gives the folder of the shipped model; called only where it is chosen.
    """
    if choice == "none":
        return Writer(None)
    folder = Path(choice)
    try:
        if choice == "smollm2":
            return Writer(LocalModel(smollm2()))
        model_files(folder)
    except WeightsError as error:
        return Writer(None, str(error))
    return Writer(LocalModel(folder, folder.name))
