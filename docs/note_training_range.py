"""Give the shipped model the range of its training, without training it again: what ``train generator`` notes by itself now.

python -m docs.note_training_range build/corpus      (minutes; the corpus is made by synth-corpus)

The weights stay as they are; the folder gains range.safetensors, and its card and config.json say so.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from netspatial_core.encoders.choice import identity
from netspatial_core.errors import InputError
from netspatial_core.generator.model import Model
from netspatial_core.model_card import model_card
from netspatial_core.pipeline import model_folder
from netspatial_core.settings import get_settings
from netspatial_core.sources.dataset import read_dataset
from netspatial_core.training import Scenes, expand, sites_of, training_range


def main(folder: Path) -> None:
    """Read the stations that the model was trained on, and write the folder anew."""
    settings = get_settings()
    path = model_folder(settings.model, settings)
    model, scenes = Model.load(path, encoders=identity()), Scenes()
    if model.fusion is None:
        raise InputError(f"{model.name} has no embeddings.", "Name a model with a fusion in NETSPATIAL_MODEL.")
    trained = {item["name"] for item in model.about["data"]}
    sites = [
        sites_of(read_dataset(name), scenes, settings, lambda line: sys.stderr.write(f"{line}\n")) for name in expand([folder])
    ]
    other = sorted({part.dataset.name for part in sites} - trained)
    if other:
        raise InputError(f"{model.name} was not trained on {', '.join(other)}.", "Name the folder of its data sets.")
    embedding = np.concatenate([model.fusion.embed(part.context) for part in sites])
    traffic, split = (np.concatenate([getattr(part, name) for part in sites]) for name in ("traffic", "split"))
    found = training_range(embedding, traffic, split)
    if found is None:
        raise InputError("Too few stations tell what is usual.", "Name the folder that synth-corpus wrote.")
    known, counts = found
    about = {**model.about, "range": counts}
    card = model_card(model.name, about, model.generator.config)
    replace(model, about=about, card=card, known=known).save(path)
    sys.stdout.write(f"{path}: the range of {counts['train']} train and {counts['val']} val stations\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
