import hashlib

import numpy as np
from scipy import stats

from netspatial_core.generator.noise import DAILY, RESIDUAL, SIZE, WEEKLY, series_noise


def test_it_is_the_noise_of_a_fresh_philox_of_the_hashed_triple():
    keys, draws = ["r3c4", "r3c4", "x"], [0, 7, 7]
    noise = series_noise(11, keys, draws)
    for row, key, draw in zip(noise, keys, draws, strict=True):
        digest = hashlib.blake2b(f"11\x1f{draw}\x1f{key}".encode(), digest_size=16).digest()
        fresh = np.random.Generator(np.random.Philox(key=np.frombuffer(digest, dtype="<u8")))
        np.testing.assert_array_equal(row, fresh.standard_normal(SIZE, dtype=np.float32))


def test_a_series_has_the_same_noise_alone_and_in_company():
    whole = series_noise(3, [f"c{i}" for i in range(20)], list(range(20)))
    np.testing.assert_array_equal(whole[13:14], series_noise(3, ["c13"], [13]))


def test_seed_point_and_draw_each_change_it_and_do_not_run_together():
    rows = np.concatenate(
        [
            series_noise(s, [k], [d])
            for s, k, d in [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (11, "a", 1), (1, "1a", 1)]
        ]
    )
    correlation = np.corrcoef(rows)
    assert np.abs(correlation - np.eye(6)).max() < 0.2


def test_it_is_standard_normal():
    noise = series_noise(0, [f"c{i}" for i in range(200)], [0] * 200)
    assert stats.kstest(noise.ravel()[::7], "norm").pvalue > 0.001
    assert (DAILY.stop, WEEKLY.stop - WEEKLY.start, RESIDUAL.stop - RESIDUAL.start) == (48, 168, 672)
