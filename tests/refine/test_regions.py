"""Region growing and graph regions, compared with literal versions and on drawn frames with known answers."""

from collections import deque

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from skimage.segmentation import felzenszwalb

from cartoonize.filters.refine import RefineOptions, refine_frames
from cartoonize.frames import Frame
from cartoonize.refine.regions import (
    THRESHOLDS,
    felzenszwalb_regions,
    grow_regions,
    grow_regions_for,
)


def slow_grow(luminance, threshold=3 / 51, min_distance=4.0):
    """Follow section 8.4.1 literally: a distance transform for each seed, a full search for the rest."""
    values = np.asarray(luminance, float)
    span = values.max() - values.min()
    values = (values - values.min()) / span if span else values * 0
    height, width = values.shape
    regions = np.full((height, width), -1)
    seed, label = (0, 0), 0
    while True:
        regions[seed] = label
        queue, total, n = deque([seed]), values[seed], 1
        mean = total
        while queue:
            y, x = queue.popleft()
            for p in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
                inside = 0 <= p[0] < height and 0 <= p[1] < width
                if inside and regions[p] < 0 and abs(values[p] - mean) < threshold:
                    regions[p] = label
                    queue.append(p)
                    total, n = total + values[p], n + 1
                    mean = total / n
        squared = np.rint(distance_transform_edt(regions < 0) ** 2)
        label += 1
        if squared.max() <= min_distance**2:
            break
        seed = np.unravel_index(squared.argmax(), squared.shape)
    done = np.argwhere(regions >= 0)
    filled = regions.copy()
    for p in np.argwhere(regions < 0):
        filled[tuple(p)] = regions[tuple(done[((done - p) ** 2).sum(1).argmin()])]
    return filled


def drawing(seed, height=90, width=120):
    """Draw the luminance, 0..100, of flat shapes with dark outlines, a gradient and a little grain."""
    rng = np.random.default_rng(seed)
    picture = np.tile(np.linspace(40, 80, width, dtype=np.float32), (height, 1))
    for _ in range(12):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(4, 30)), int(rng.integers(4, 20)))
        cv2.ellipse(picture, center, axes, 0, 0, 360, float(rng.integers(20, 100)), -1)
        cv2.ellipse(picture, center, axes, 0, 0, 360, 5.0, int(rng.integers(1, 4)))
    return picture + rng.normal(0, 1, picture.shape)


@pytest.mark.parametrize("seed", range(5))
def test_grow_equals_its_slow_twin_on_drawings(seed):
    picture = drawing(seed)
    regions = grow_regions(picture)
    assert regions.max() > 3
    np.testing.assert_array_equal(regions, slow_grow(picture))


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (17, 40), (40, 17)])
@pytest.mark.parametrize("min_distance", [0.0, 1.5, 4.0])
def test_grow_equals_its_slow_twin_on_noise(shape, min_distance):
    noise = np.random.default_rng(7).integers(0, 9, shape)
    expected = slow_grow(noise, 0.2, min_distance)
    np.testing.assert_array_equal(grow_regions(noise, threshold=0.2, min_distance=min_distance), expected)


def test_two_flat_halves_with_an_outline_are_two_regions():
    picture = np.full((40, 60), 30.0)
    picture[:, 31:] = 70
    picture[:, 29:32] = 0  # the middle column is equally far from both; the left one is first
    regions = grow_regions(picture)
    assert (regions[:, :31] == 0).all() and (regions[:, 31:] == 1).all()


def test_constant_frame_is_one_region():
    assert (grow_regions(np.full((20, 30), 50.0)) == 0).all()
    assert (felzenszwalb_regions(np.full((20, 30), 50.0)) == 0).all()


def test_regions_do_not_change_when_the_scene_fades():
    picture = drawing(3)
    np.testing.assert_array_equal(grow_regions(picture), grow_regions(picture * 0.125 + 2))


def test_running_mean_follows_a_gentle_ramp_only_so_far():
    ramp = np.tile(np.arange(200.0), (10, 1))
    regions = grow_regions(ramp)
    widths = np.bincount(regions[0])
    assert 5 < len(widths) < 30  # comparing neighbours would yield one, a fixed mean many more
    np.testing.assert_array_equal(regions, slow_grow(ramp))


def test_small_islands_in_reach_of_a_region_join_it():
    picture = np.full((50, 50), 80.0)
    picture[20:27, 20:27] = 10  # 7 pixels wide: its centre is 4 pixels from the rest
    assert (grow_regions(picture) == 0).all()
    picture[20:29, 20:29] = 10  # 5 pixels from the rest: a separate region
    regions = grow_regions(picture)
    assert regions[24, 24] == 1 and (regions == 1).sum() == 81


def test_felzenszwalb_equals_scikit_image_where_no_two_differences_are_equal():
    n_compared = 0
    for seed in range(60):
        codes = np.random.default_rng(seed).integers(0, 65536, (7, 9))
        codes[0, 0], codes[0, 1] = 0, 65535
        picture = codes / 65535
        pairs = [(codes[:, :-1], codes[:, 1:]), (codes[:-1], codes[1:])]
        pairs += [(codes[:-1, :-1], codes[1:, 1:]), (codes[:-1, 1:], codes[1:, :-1])]
        costs = np.concatenate([np.abs(one - other).ravel() for one, other in pairs])
        if len(np.unique(costs)) < len(costs):
            continue
        n_compared += 1
        for scale, min_size in ((100, 1), (300, 1), (100, 5)):
            ours = felzenszwalb_regions(picture, scale=scale, sigma=0, min_size=min_size)
            theirs = felzenszwalb(picture, scale=scale, sigma=0, min_size=min_size, channel_axis=None)
            np.testing.assert_array_equal(ours, theirs)
    assert n_compared >= 10


def test_felzenszwalb_agrees_with_scikit_image_on_a_drawing():
    picture = drawing(1)
    stretched = (picture - picture.min()) / np.ptp(picture)
    ours = felzenszwalb_regions(picture, scale=30, sigma=0.5, min_size=20)
    theirs = felzenszwalb(stretched, scale=30, sigma=0.5, min_size=20, channel_axis=None)
    a, b = (np.random.default_rng(0).integers(0, picture.size, 20_000) for _ in range(2))
    together = (ours.ravel()[a] == ours.ravel()[b]) == (theirs.ravel()[a] == theirs.ravel()[b])
    assert together.mean() > 0.99  # only rounding to 16 bits and the order of equal costs differ


def test_felzenszwalb_respects_the_smallest_size_and_the_scale():
    picture = drawing(2)
    fine, coarse = felzenszwalb_regions(picture, scale=10), felzenszwalb_regions(picture, scale=300)
    assert fine.max() > coarse.max() > 0
    assert np.bincount(fine.ravel()).min() >= 20
    assert fine.dtype == coarse.dtype == np.int32


def test_the_inferred_threshold_separates_colours_and_not_shades():
    """Two shades of one colour become one region; two colours of nearly the same grey become two."""
    grey = np.full((64, 96), 60.0)
    grey[:, 32:64], grey[:, 64:], grey[0, 0] = 64.0, 70.0, 0.0
    grey[-1, -1] = 100.0
    shades, colors = np.zeros((64, 96, 2)), np.zeros((64, 96, 2))
    shades[:, :64], shades[:, 64:] = (10, 30), (-40, 10)
    colors[:, :32], colors[:, 32:] = (10, 30), (-40, 10)
    found, separated = grow_regions_for(grey, shades), grow_regions_for(grey, colors)
    assert found[32, 10] == found[32, 50] != found[32, 90]
    assert separated[32, 10] != separated[32, 50]
    assert any(np.array_equal(found, grow_regions(grey, threshold=t)) for t in THRESHOLDS)


def test_a_threshold_of_0_is_inferred():
    grey = np.full((256, 256), 150, np.uint8)
    grey[:, 64:], grey[:, 160:], grey[0, 0], grey[-1, -1] = 160, 178, 0, 255
    ab = np.zeros((1, 256, 256, 2), np.float32)
    ab[..., :64, :], ab[..., 64:, :] = (10, 30), (-40, 10)
    frame = Frame(0, 0, grey, grey, drawing=0, ab=ab)
    filled = {
        threshold: next(refine_frames([frame], options=RefineOptions("grow", threshold=threshold))).ab
        for threshold in (0, 3 / 51)
    }
    assert np.abs(filled[0] - ab).max() < 0.1 < np.abs(filled[3 / 51] - ab).max()
