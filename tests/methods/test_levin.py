"""Levin 2004: spreading of scribbles, which come from pictures or from a network's confidence."""

import numpy as np
import pytest
import torch

from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.scribbles import VISIBLE_CHROMA, Scribbles, scribbles_in
from cartoonize.color.bins import AB_BINS
from cartoonize.color.lab import rgb_to_lab
from cartoonize.frames import Place
from cartoonize.methods.classical.common.confident_pixels import confidence_peaks
from cartoonize.methods.classical.levin.levin import (
    MIN_VARIANCE,
    VARIANCE_SHARE,
    Levin,
    neighbor_weights,
    spread,
)
from cartoonize.methods.member import Member, fixed_member
from cartoonize.methods.registry import VARIANTS

RED, BLUE = (60.0, 40.0), (10.0, -50.0)


def marks(shape, **at):
    """Hints for a picture of this shape: ``a=(row, column, ab)``."""
    rows, columns, ab = zip(*at.values(), strict=True)
    positions = np.array(rows) * shape[1] + np.array(columns)
    return ColorHints.at(positions, np.array(ab, np.float32), shape)


def literal(intensity, given):
    """Solve equations 1 and 2 literally, pixel by pixel, with a dense matrix."""
    height, width = intensity.shape
    n = height * width
    system, right = np.eye(n), np.zeros((n, 2))
    known = dict(zip(given.pixels()[0].tolist(), given.pixels()[1], strict=True))
    for r in range(n):
        if r in known:
            right[r] = known[r]
            continue
        y, x = divmod(r, width)
        window = [
            (v, u)
            for v in range(max(0, y - 1), min(height, y + 2))
            for u in range(max(0, x - 1), min(width, x + 2))
        ]
        values = np.array([intensity[place] for place in window], float)
        two_sigma_squared = 2 * max(VARIANCE_SHARE * ((values - values.mean()) ** 2).mean(), MIN_VARIANCE)
        weights = {
            v * width + u: max(np.exp(-((intensity[y, x] - intensity[v, u]) ** 2) / two_sigma_squared), 1e-8)
            for v, u in window
            if (v, u) != (y, x)
        }
        for s, weight in weights.items():
            system[r, s] = -weight / sum(weights.values())
    return np.linalg.solve(system, right).reshape(height, width, 2)


def test_it_equals_the_literal_dense_solution():
    rng = np.random.default_rng(3)
    intensity = np.round(rng.random((9, 11)), 1)
    given = marks((9, 11), a=(1, 1, RED), b=(7, 9, BLUE), c=(4, 5, (0.0, 0.0)))
    assert np.abs(spread(intensity, given) - literal(intensity, given)).max() < 1e-4


def test_weights_sum_to_one_and_favour_similar_intensities():
    intensity = np.full((5, 6), 0.2)
    intensity[:, 3:] = 0.8
    weights = neighbor_weights(intensity)
    assert np.allclose(weights.sum(0), 1)
    assert weights[0, 0].max() == 0  # nothing above the first row
    left, right = weights[3], weights[4]
    assert right[2, 2] < 1e-6 < left[2, 2]


def two_rooms(size=96, wall=0.15):
    """Draw two light rooms with a dark wall between them."""
    picture = np.full((size, size), 0.8, np.float32)
    picture[:, size // 2 : size // 2 + 3] = wall
    return picture


def test_one_scribble_fills_each_region_and_keeps_its_colour():
    picture = two_rooms()
    result = spread(picture, marks(picture.shape, a=(50, 10, RED), b=(20, 90, BLUE)))
    assert np.abs(result[:, :48] - RED).max() < 0.01
    assert np.abs(result[:, 51:] - BLUE).max() < 0.01
    assert np.array_equal(result[50, 10], np.float32(RED))


def test_a_further_scribble_in_a_region_keeps_its_colour():
    picture = two_rooms()
    given = marks(picture.shape, a=(50, 10, RED), b=(20, 90, BLUE), c=(50, 40, BLUE))
    result = spread(picture, given)
    positions, ab, _ = given.pixels()
    assert np.array_equal(result.reshape(-1, 2)[positions], ab)
    inside = result[:, :48, 0]
    assert inside.min() >= 10 - 1e-3 and inside.max() <= 60 + 1e-3  # means stay within the range
    assert abs(inside[50, 25] - 35) < 12


def test_grain_is_not_an_edge():
    rng = np.random.default_rng(0)
    picture = two_rooms() + rng.normal(0, 0.004, (96, 96)).astype(np.float32)
    result = spread(picture, marks(picture.shape, a=(50, 10, RED), b=(20, 90, BLUE)))
    assert np.abs(result[:, :48] - RED).max() < 1 and np.abs(result[:, 51:] - BLUE).max() < 1


def test_without_marks_it_is_grey_and_results_are_reproducible():
    picture = two_rooms()
    none = ColorHints.at(np.empty(0, np.intp), np.empty((0, 2), np.float32), picture.shape)
    assert np.abs(spread(picture, none)).max() == 0
    given = marks(picture.shape, a=(50, 10, RED), b=(20, 90, BLUE))
    assert np.array_equal(spread(picture, given), spread(picture, given))
    flat = spread(np.full((20, 20), 0.5), marks((20, 20), a=(3, 3, RED)))
    assert np.allclose(flat, RED, atol=1e-3)


def test_scribbles_of_a_transparent_layer():
    layer = np.zeros((128, 512, 4), np.uint8)
    layer[10:14, 100:108] = (200, 30, 30, 255)
    layer[100:104, 400:408] = (255, 255, 255, 255)  # white is a scribble, too
    layer[60:64, 60:64] = (0, 0, 255, 60)  # nearly transparent
    positions, ab, _ = scribbles_in(layer).pixels()
    rows, columns = np.divmod(positions, 256)
    assert set(rows) == {*range(20, 28), *range(200, 208)} and len(rows) == 16 * 4  # no gaps
    assert set(columns[rows < 100]) == {50, 51, 52, 53} and set(columns[rows > 100]) == {200, 201, 202, 203}
    red = rgb_to_lab(np.uint8([[200, 30, 30]]))[0, 1:]
    assert np.allclose(ab[rows < 100], red) and np.abs(ab[rows > 100]).max() < 0.1
    assert np.hypot(*ab.T).max() >= VISIBLE_CHROMA


def test_scribbles_on_an_opaque_picture_are_the_coloured_pixels():
    picture = np.full((256, 256, 4), 255, np.uint8)
    picture[..., :3] = 120
    picture[40, 50, :3] = (255, 0, 0)
    assert scribbles_in(picture).pixels()[0].tolist() == [40 * 256 + 50]
    picture[40, 50, :3] = 120
    assert len(scribbles_in(picture)) == 0


def test_a_thin_line_of_a_large_picture_is_not_lost():
    layer = np.zeros((2160, 3840, 4), np.uint8)
    layer[:, 1000] = (0, 200, 0, 255)
    positions, ab, _ = scribbles_in(layer).pixels()
    assert sorted(positions // 256) == list(range(256)) and len(ab) == 256


def test_scribbles_apply_until_the_next_ones_or_the_end_of_the_shot():
    one, two, three = (marks((256, 256), a=(k, k, RED)) for k in range(3))
    scribbles = Scribbles({10: one, 20: two, 40: three})
    served = [
        scribbles.serving(Place(*place)) for place in ((9, 0), (10, 0), (19, 5), (25, 0), (35, 30), (41, 30))
    ]
    assert served == [None, 10, 10, 20, None, 40]
    assert Scribbles({0: one}, always=True).serving(Place(500, 400)) == 0


def histogram(size=56, peaks=()):
    """Return a flat histogram with peaks of confidence, given as (row, column, bin)."""
    flat = np.full((313, size, size), 1 / 313, np.float32)
    slope = np.linspace(0, 1e-4, size * size, dtype=np.float32).reshape(size, size)
    flat[0] += slope  # confidence increases towards the last corner, which is the only other peak
    for row, column, which in peaks:
        flat[:, row, column] = 0.1 / 312
        flat[which, row, column] = 0.9
    return flat


def test_peaks_of_the_confidence_are_single_pixels_with_their_colours():
    positions, ab, _ = confidence_peaks(histogram(peaks=[(10, 20, 100), (40, 30, 250)])).pixels()
    middle = lambda k: (2 * k + 1) * 256 // 112  # noqa: E731
    places = [(middle(10), middle(20)), (middle(40), middle(30)), (middle(55), middle(55))]
    assert positions.tolist() == [row * 256 + column for row, column in places]
    expected = 0.9 * AB_BINS[[100, 250]] + 0.1 / 312 * (AB_BINS.sum(0) - AB_BINS[[100, 250]])
    assert np.allclose(ab[:2], expected, atol=1e-3)


class Confident(torch.nn.Module):
    """A network that is confident of two bins, each at one place."""

    def forward(self, luminance):
        logits = torch.from_numpy(histogram(peaks=[(28, 5, 100), (28, 50, 250)])).log()
        return logits.expand(len(luminance), -1, -1, -1)


def test_hints_of_a_network_are_used_where_no_scribble_applies():
    network = Member("sure", VARIANTS["plain"], Confident(), "cielab")
    lightness = torch.from_numpy(two_rooms(256)[None] * 100).repeat(2, 1, 1)
    member = fixed_member("levin", hints=network)
    assert member.luminance == "cielab"  # as for the network that provides hints
    hinted = member.predict(lightness).numpy()
    expected = 0.9 * AB_BINS[[100, 250]] + 0.1 / 312 * (AB_BINS.sum(0) - AB_BINS[[100, 250]])
    assert np.abs(hinted[0, :, :, :128] - expected[0][:, None, None]).max() < 0.1
    scribbled = marks((256, 256), a=(9, 9, RED), b=(9, 200, BLUE))
    both = fixed_member("levin", {"scribbles": Scribbles({3: scribbled})}, network)
    assert set(both.guided_at) == {3}
    result = both.predict(lightness, places=[Place(2, 0), Place(3, 0)]).numpy()
    assert np.array_equal(result[0], hinted[0])
    assert np.abs(result[1][:, :, :128] - np.array(RED)[:, None, None]).max() < 0.1
    alone = fixed_member("levin", {"scribbles": Scribbles({3: scribbled})})
    assert np.abs(alone.predict(lightness[:1], places=[Place(2, 0)]).numpy()).max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2)])
def test_tiny_pictures(size):
    assert spread(np.full(size, 0.5), marks(size, a=(0, 0, RED))).shape == (*size, 2)


def test_the_module_works_without_scribbles():
    assert np.abs(Levin()(torch.rand(1, 1, 32, 32)).numpy()).max() == 0
