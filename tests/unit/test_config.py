import pytest
import yaml

from netspatial_core.errors import InputError
from netspatial_core.generator.config import AUXILIARY, GeneratorConfig


def test_yaml_there_and_back():
    config = GeneratorConfig(hidden=32, learning_rate=1e-3, auxiliary={**AUXILIARY, "corr": 0.0})
    assert GeneratorConfig.from_dict(yaml.safe_load(yaml.safe_dump(config.to_dict()))) == config


def test_what_a_file_leaves_out_keeps_its_default():
    config = GeneratorConfig.from_dict({"batch": 32, "auxiliary": {"bnd": 0.5}})
    assert (config.batch, config.hidden) == (32, GeneratorConfig().hidden)
    assert config.auxiliary == {**AUXILIARY, "bnd": 0.5}


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"bacth": 32}, "no setting bacth"),
        ({"batch": 0}, "batch is 0"),
        ({"batch": 1.5}, "batch is 1.5"),
        ({"ema": "often"}, "ema is 'often'"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"mode": "best"}, "mode 'best'"),
        ({"auxiliary": {"bnd": -1.0}}, "auxiliary losses"),
        ({"auxiliary": {"smooth": 1.0}}, "auxiliary losses"),
    ],
)
def test_impossible_settings_are_refused_by_name(values, match):
    with pytest.raises(InputError, match=match):
        GeneratorConfig.from_dict(values)
