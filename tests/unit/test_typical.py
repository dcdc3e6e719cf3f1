import numpy as np

from netspatial_core.planning.typical import total_week, typical_draw


def test_the_typical_draw_is_the_one_nearest_the_median_of_means():
    means = np.array([9.0, 1.0, 4.0, 3.0], np.float32)  # median 3.5: the third and the fourth are as near, the third comes first
    assert typical_draw(np.repeat(means[:, None], 48, axis=1)) == 2
    assert typical_draw(np.array([[0, 10], [2, 2], [6, 6]], np.float32)) == 0  # means 5, 2, 6: the median is the first


def test_the_area_week_sums_points_and_averages_draws_and_weeks():
    traffic = np.zeros((2, 2, 336), np.float32)
    traffic[0, 0, 5] = 8.0  # one draw of two, one week of two: 8 / 4
    traffic[1, :, 7] = 3.0  # both draws, the first week: 3 / 2
    expected = np.zeros(168)
    expected[[5, 7]] = 2.0, 1.5
    np.testing.assert_allclose(total_week(traffic), expected)


def test_a_point_that_is_not_finite_leaves_the_area_week_to_the_others():
    traffic = np.ones((3, 1, 168), np.float32)
    traffic[1, 0, 10] = np.nan
    np.testing.assert_allclose(total_week(traffic), 2.0)
