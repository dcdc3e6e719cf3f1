"""Plans and texts as services give them: kept over a restart, never waiting for a language model (THREATS 12)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask

from app.factory import create_app
from app.services import Services
from app.services.cache import Results
from app.services.jobs import Jobs
from app.services.plans import Shown
from app.services.rationales import BUSY, PLAIN, REFUSED, WAITING, Rationales
from netspatial_core.planning.limits import Limits
from netspatial_core.planning.view import Choice
from netspatial_core.rationale.facts import Facts
from netspatial_core.rationale.plain import plain
from netspatial_core.settings import Settings

AREA = "harbour-core"
Make = Callable[..., Path]


def services_of(cache: Path, writer: str) -> Services:
    settings = Settings(cache_dir=cache, draws=1, writer=writer)
    made: Services = create_app(settings, warm=False).server.extensions["netspatial"]
    return made


def until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def planned(services: Services, seed: int) -> Shown:
    """A plan of one draw, generated unless it is there."""
    request = services.plans.request(AREA, 1, seed)
    services.plans.start(request)
    until(lambda: services.plans.status(request).state == "ready")
    shown = services.plans.shown(request)
    assert shown is not None
    return shown


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that holds one plan."""
    folder = tmp_path_factory.mktemp("planned")
    services = services_of(folder, "none")
    planned(services, 0)
    services.close()
    return folder


@pytest.fixture
def open_planner(cache: Path) -> Iterator[Callable[[str], Services]]:
    opened: list[Services] = []

    def planner(writer: str) -> Services:
        opened.append(services_of(cache, writer))
        return opened[-1]

    yield planner
    for services in opened:
        services.close()


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a causal model of random weights with a tokenizer and a chat template; the more layers, the slower it is."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    def make(name: str, layers: int) -> Path:
        folder = tmp_path_factory.mktemp("models") / name
        words = ["<pad>", "</s>", "[UNK]", *(f"word{i}" for i in range(200)), *map(str, range(100))]
        made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
        made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", unk_token="[UNK]")
        tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }} {% endfor %}"
        sizes = {"hidden_size": 16, "num_hidden_layers": layers, "num_attention_heads": 1, "intermediate_size": 16}
        with torch.random.fork_rng():
            torch.manual_seed(0)
            LlamaForCausalLM(LlamaConfig(vocab_size=len(words), eos_token_id=1, **sizes)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@contextmanager
def asking(services: Services, facts: Facts) -> Iterator[None]:
    """A page that waits for a text, and so asks for it again and again."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.5):
            services.rationales.words(facts, write=True)

    page = threading.Thread(target=ask)
    page.start()
    try:
        yield
    finally:
        over.set()
        page.join()


def facts_of(services: Services, shown: Shown, place: int) -> Facts:
    view = shown.view(Choice("lsi", 10, None, Limits(300.0)))
    return services.rationales.facts(shown.plan.scene, view, int(view.selection.picks[place]))


def test_a_new_process_takes_a_plan_from_the_cache(cache: Path, open_planner: Callable[[str], Services]) -> None:
    first = open_planner("none")
    request = first.plans.request(AREA, 1, 0)
    assert first.plans.status(request).state == "ready"
    assert first.jobs[0].get(first.plans.key(request)) is None  # nothing was generated in this process
    shown = first.plans.shown(request)
    other = planned(open_planner("none"), 0)
    assert shown is not None
    assert shown.complete
    assert other is not shown
    np.testing.assert_array_equal(other.plan.ensemble.traffic, shown.plan.ensemble.traffic)
    assert len(shown.view(Choice("lsi", 10, None, Limits(300.0))).selection.picks) == 10
    for file in (cache / "results").iterdir():
        assert file.stat().st_size > 10_000
    assert first.plans.status(first.plans.request(AREA, 1, 99)).state == "empty"


def test_map_and_plan_never_wait_for_a_slow_model(open_planner: Callable[[str], Services], chat_model: Make) -> None:
    services = open_planner(str(chat_model("slow", 400)))
    facts = facts_of(services, planned(services, 0), 0)
    texts = services.jobs[1]
    words = services.rationales.words(facts, write=True)
    assert (words.text, words.label, words.pending) == (plain(facts), WAITING, True)
    job = until(lambda: next(iter(texts._jobs.values()), None))
    until(lambda: job.state == "running")
    with asking(services, facts):
        shown = planned(services, 7)  # a whole run while the model writes
    assert len(shown.view(Choice("mean", 5, None)).selection.picks) == 5
    assert job.state == "running"
    assert services.rationales.words(facts, write=True).label == WAITING
    assert texts.open() == 1  # polls join, they start nothing
    other = facts_of(services, shown, 1)
    with asking(services, other):
        until(lambda: job.state == "cancelled")  # nobody waits for the first cell any more
        until(lambda: texts._jobs[services.rationales._key(other)].state == "running")


def test_two_pages_that_wait_for_two_cells_both_get_their_text(open_planner: Callable[[str], Services], chat_model: Make) -> None:
    services = open_planner(str(chat_model("brief", 8)))
    both = [facts_of(services, planned(services, 0), place) for place in (0, 1)]
    for _ in range(400):
        said = [services.rationales.words(facts, write=True) for facts in both]
        if not any(words.pending for words in said):
            break
        time.sleep(0.1)
    assert [(words.label, words.pending) for words in said] == [(REFUSED, False)] * 2
    jobs = list(services.jobs[1]._jobs.values())
    for _ in range(100):  # a text is there a moment before its job has ended
        if "running" not in {job.state for job in jobs}:
            break
        time.sleep(0.1)
    assert [job.state for job in jobs] == ["done", "done"], "no page ended another's text"


def test_a_full_queue_is_asked_again(open_planner: Callable[[str], Services], chat_model: Make) -> None:
    services = open_planner(str(chat_model("slow", 400)))
    shown = planned(services, 0)
    waiting = [facts_of(services, shown, place) for place in range(10)]
    said = [services.rationales.words(facts, write=True) for facts in waiting]
    assert [words.label for words in said] == [WAITING] * 7 + [BUSY] * 3
    assert said[-1].pending


def test_a_lying_model_leaves_the_plain_text_and_a_label_that_says_so(
    open_planner: Callable[[str], Services], chat_model: Make
) -> None:
    services = open_planner(str(chat_model("lying", 1)))
    facts = facts_of(services, planned(services, 0), 0)
    assert services.rationales.words(facts, write=True).label == WAITING
    words = until(lambda: (said := services.rationales.words(facts, write=True)) and not said.pending and said)
    assert (words.text, words.label) == (plain(facts), REFUSED)
    again = open_planner(services.settings.writer)  # the refusal is known after a restart
    assert again.rationales.words(facts, write=True) == words


def test_a_broken_model_leaves_the_plain_text_and_the_reason(
    tmp_path: Path, open_planner: Callable[[str], Services], chat_model: Make
) -> None:
    broken = chat_model("broken", 1)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-40])
    services = open_planner(str(broken))
    facts = facts_of(services, planned(services, 0), 0)
    words = until(lambda: (said := services.rationales.words(facts, write=True)) and not said.pending and said)
    assert words.text == plain(facts)
    assert words.label.startswith(f"{PLAIN}; the language model failed (")
    again = open_planner(str(broken))
    assert again.rationales.words(facts, write=True).pending  # a fault of today is tried again another day

    absent = open_planner(str(tmp_path / "deep" / "nothing"))
    words = until(lambda: (said := absent.rationales.words(facts, write=True)) and not said.pending and said)
    assert words.text == plain(facts)
    assert words.label.startswith(f"{PLAIN}; no language model: nothing is no model")
    assert str(tmp_path) not in words.label


def test_a_writer_that_fails_outright_is_named_with_its_reason(tmp_path: Path, open_planner: Callable[[str], Services]) -> None:
    services = open_planner("none")
    facts = facts_of(services, planned(services, 0), 0)
    texts = Jobs("text", waiting=2)
    settings = Settings(cache_dir=tmp_path, writer="a name no disk takes " * 20)
    rationales = Rationales(settings, Results(Flask("x"), tmp_path / "texts", 9), texts)
    words = until(lambda: (said := rationales.words(facts, write=True)) and not said.pending and said)
    assert words.text == plain(facts)
    assert words.label == f"{PLAIN}; the language model failed: Something went wrong that should not have."
    texts.close()


def test_a_text_that_the_disk_cannot_keep_is_written_once(
    tmp_path: Path, open_planner: Callable[[str], Services], chat_model: Make
) -> None:
    services = open_planner("none")
    facts = facts_of(services, planned(services, 0), 0)
    folder, texts = tmp_path / "texts", Jobs("text", waiting=2)
    settings = Settings(cache_dir=tmp_path, writer=str(chat_model("unkept", 1)))
    rationales = Rationales(settings, Results(Flask("full"), folder, 9), texts)
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    until(lambda: not rationales.words(facts, write=True).pending)
    job = next(iter(texts._jobs.values()))
    until(lambda: job.ended)  # the text is there a moment before its job has ended
    assert job.state == "done"
    for _ in range(5):
        words = rationales.words(facts, write=True)
        assert (words.label, words.pending) == (REFUSED, False)
    assert list(texts._jobs.values()) == [job]
    texts.close()
