"""What POIs say about a place: two prompts a POI (its address, its surroundings) and their embeddings by a frozen text model.

A name that occurs once teaches nothing about traffic and cannot be shared by two prompts, so a prompt carries what repeats: the
kind of place, its brand, street and town; house numbers and names proper are left out. Equal prompts are embedded once.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netspatial_core.encoders.folder import fingerprint, load_frozen, read_config
from netspatial_core.errors import Cancelled, WeightsError
from netspatial_core.sources.pois import CATEGORIES, category
from netspatial_core.sources.public import public

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]
log = logging.getLogger(__name__)

SURROUNDINGS_M = 150.0
MAX_TOKENS = 128
BATCH = 32  # prompts run together; short batches are filled up, so that a prompt's result does not depend on its company
STEP = 4  # lengths are padded to multiples of this many tokens, likewise
VALUE = 60  # characters of a tag's value that enter a prompt

# key of the kind of place -> the noun its value describes; where there is none the value is the noun itself
_NOUNS = {
    "amenity": "",
    "shop": "shop",
    "office": "office",
    "tourism": "",
    "leisure": "",
    "healthcare": "",
    "craft": "workshop",
    "public_transport": "for public transport",
    "railway": "",
    "highway": "",
    "aeroway": "",
    "man_made": "",
    "industrial": "",
}
_PLURALS = {
    "Food": "places to eat",
    "Shops": "shops",
    "Offices": "offices",
    "Education": "schools",
    "Health": "doctors",
    "Leisure": "leisure places",
    "Lodging": "hotels",
    "Transport": "transport stops",
    "Industry": "workshops",
    "Worship": "places of worship",
    "Services": "public services",
    "Other": "other places",
}
_NAMED = 3  # kinds of neighbours that a prompt names


def address_prompt(tags: Mapping[str, str]) -> str:
    """T^A of section 4.1.1: what a POI is and where, e.g. "Italian restaurant on High Street in Leeds"."""
    parts = [_kind(tags)]
    for text, key in (("of the brand", "brand"), ("on", "addr:street"), ("in", "addr:city")):
        if value := _value(tags, key):
            parts.append(f"{text} {value}")
    sentence = " ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def surroundings_prompts(xy: NDArray[np.float64], tags: Sequence[Mapping[str, str]]) -> list[str]:
    """T^S of section 4.1.1 for every POI: what kinds of places are within 150 m, in words so coarse that prompts repeat.

    Args:
        xy: Projected metres [poi, 2].
        tags: OSM tags of each.

    Returns:
        One sentence a POI, e.g. "Near many shops, several places to eat and one or two offices."
    """
    if len(tags) == 0:
        return []
    kinds = np.array([CATEGORIES.index(category(t)) for t in tags])
    pairs = cKDTree(xy).query_pairs(SURROUNDINGS_M, output_type="ndarray")
    counts = np.zeros((len(tags), len(CATEGORIES)), dtype=np.int64)
    np.add.at(counts, (pairs[:, 0], kinds[pairs[:, 1]]), 1)
    np.add.at(counts, (pairs[:, 1], kinds[pairs[:, 0]]), 1)
    return [_surroundings(row) for row in counts]


def _surroundings(counts: NDArray[np.int64]) -> str:
    order = sorted(np.flatnonzero(counts), key=lambda k: -counts[k])[:_NAMED]  # ties keep the order of CATEGORIES
    if not order:
        return "With no other place near."
    named = [f"{_how_many(int(counts[k]))} {_PLURALS[CATEGORIES[k]]}" for k in order]
    return f"Near {' and '.join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)}."


def _how_many(count: int) -> str:
    return "one or two" if count < 3 else "several" if count < 10 else "many"


def _kind(tags: Mapping[str, str]) -> str:
    for key, noun in _NOUNS.items():
        value = _value(tags, key)
        if not value or value == "no":
            continue
        words = [noun or key.replace("_", " ")] if value == "yes" else [value, noun]
        cuisine = _value(tags, "cuisine").split(";")[0] if key == "amenity" else ""
        return " ".join(word for word in (cuisine, *words) if word)
    return "place"


def _value(tags: Mapping[str, str], key: str) -> str:
    return tags.get(key, "").replace("_", " ").strip()[:VALUE]


class TextEncoder:
    """A frozen text model of ``transformers``, read from a folder: mean of the last hidden states, l2-normalised.

    Embeddings are kept on disk by the text's hash; the model is loaded when a text is not among them. Safe to use
    from several threads.
    """

    def __init__(self, folder: Path, *, cache_dir: Path | None = None, name: str = "", sha256: str = "") -> None:
        """Check the folder and read the tokenizer.

        Args:
            folder: config.json, safetensors and tokenizer.json.
            cache_dir: Where embeddings are kept; None keeps none.
            name: What artefacts call the model; by default the folder's name.
            sha256: Its identity where already known; by default the fingerprint of its files.

        Raises:
            WeightsError: No tokenizer.json, no safetensors, or a config without hidden_size.
        """
        from tokenizers import Tokenizer

        config = read_config(folder)
        if not (folder / "tokenizer.json").is_file() or not isinstance(config.get("hidden_size"), int):
            raise WeightsError(
                f"{folder} has no tokenizer.json, or its config no hidden_size.", "Save the model with its tokenizer."
            )
        self.name = name or folder.name
        self.sha256 = sha256 or fingerprint(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.size = int(config["hidden_size"])
        self.folder = folder
        self._cache = None if cache_dir is None else _TextCache(cache_dir / f"text-{self.sha256[:16]}.sqlite", self.size)

    def encode(
        self, texts: Sequence[str], on_progress: Progress | None = None, cancelled: Cancel | None = None
    ) -> NDArray[np.float32]:
        """Embeddings [text, feature] of unit length.

        Raises:
            WeightsError: The weights do not fit the config.
            Cancelled: ``cancelled`` answered true before some batch; what is done is kept in the cache.
        """
        unique = list(dict.fromkeys(texts))
        known = self._cache.get(unique) if self._cache else {}
        missing = [text for text in unique if text not in known]
        done = 0
        for batch in self._batches(missing):
            if cancelled is not None and cancelled():
                raise Cancelled
            new = dict(zip(batch, self._embed(batch), strict=True))
            if self._cache:
                self._cache.put(new)
            known |= new
            done += len(batch)
            if on_progress is not None:
                on_progress(done, len(missing))
        if not texts:
            return np.empty((0, self.size), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    @cached_property
    def _model(self) -> Any:
        return load_frozen(self.folder)

    def _batches(self, texts: list[str]) -> Iterator[list[str]]:
        """Texts of like length, at most BATCH together."""
        by_length: dict[int, list[str]] = {}
        for text in texts:
            by_length.setdefault(_padded(len(self._tokenizer.encode(text).ids)), []).append(text)
        for _, group in sorted(by_length.items()):
            for start in range(0, len(group), BATCH):
                yield group[start : start + BATCH]

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        encoded = [self._tokenizer.encode(text).ids for text in texts]
        length = _padded(max(len(ids) for ids in encoded))
        tokens, mask = np.zeros((BATCH, length), dtype=np.int64), np.zeros((BATCH, length), dtype=np.int64)
        mask[:, 0] = 1  # a row that fills the batch up still needs something to attend to
        for row, ids in enumerate(encoded):
            tokens[row, : len(ids)], mask[row, : len(ids)] = ids, 1
        with torch.inference_mode():
            hidden = self._model(input_ids=torch.from_numpy(tokens), attention_mask=torch.from_numpy(mask)).last_hidden_state
        weights = mask[: len(texts), :, None]
        mean = (hidden.numpy()[: len(texts)] * weights).sum(axis=1) / weights.sum(axis=1)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


def _padded(length: int) -> int:
    return -(-length // STEP) * STEP


class _TextCache:
    """Embeddings by text in one SQLite file. A cache that cannot be used costs time, never a run: it says so in the log."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size

    def get(self, texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        keys = {_key(text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        try:
            with closing(self._open()) as db:
                for chunk in _chunks(list(keys), 500):
                    marks = ",".join("?" * len(chunk))
                    for key, value in db.execute(f"SELECT key, value FROM embedding WHERE key IN ({marks})", chunk):  # noqa: S608
                        if len(value) == 4 * self.size:
                            found[keys[key]] = np.frombuffer(value, dtype=np.float32)
        except (sqlite3.Error, OSError) as error:
            log.warning("The text cache %s cannot be read (delete it): %s", self.path.name, public(str(error)))
        return found

    def put(self, embeddings: Mapping[str, NDArray[np.float32]]) -> None:
        rows = [(_key(text), value.tobytes()) for text, value in embeddings.items()]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            log.warning("The text cache %s cannot be written: %s", self.path.name, public(str(error)))

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=5)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("CREATE TABLE IF NOT EXISTS embedding (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        return db


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _chunks(keys: list[bytes], size: int) -> Iterator[list[bytes]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
