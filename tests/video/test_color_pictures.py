"""Coloured pictures that are compared and made smaller by their planes, beside the same in RGB."""

import av
import numpy as np
import pytest

from cartoonize.frames import Area, area_average
from cartoonize.video.color_pictures import PlanarPicture, RgbPicture, color_picture
from cartoonize.video.planes import SWSCALE_MATRIX, rgb_picture
from tests.support.cartoons import cartoon

SIZE = (300, 420)
AREA = Area(20, 280, 12, 400)


def decoded(rgb, form="yuv420p", matrix="bt601", full_range=False):
    """Return a picture as a decoder would: in planes, with this matrix and range."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
    return frame.reformat(
        format=form, dst_colorspace=SWSCALE_MATRIX[matrix], dst_color_range=2 if full_range else 1
    )


def flat(rgb):
    return np.full((*SIZE, 3), rgb, np.uint8)


def mean_squared_difference(one, other):
    return np.mean((one.astype(float) - other) ** 2)


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("matrix, full_range", [("bt601", False), ("bt709", False), ("bt709", True)])
def test_differences_are_those_of_rgb(form, matrix, full_range):
    """Of pictures with smooth colours, up to rounding: thresholds 15% around the exact one decide rightly."""
    rng = np.random.default_rng(0)
    base = (np.stack(np.meshgrid(*map(np.arange, SIZE), indexing="ij"), -1) / 4 + 60).astype(np.uint8)
    picture = np.dstack([base, base[..., :1]])
    for _ in range(8):
        shift = rng.integers(-14, 15, 3)
        pictures = [
            decoded((picture + s).astype(np.uint8), form, matrix, full_range) for s in (np.zeros(3), shift)
        ]
        one, other = (PlanarPicture(picture, matrix, full_range) for picture in pictures)
        exact = mean_squared_difference(*(rgb_picture(p, matrix, full_range) for p in pictures))
        assert one.is_near(other, 1.15 * exact + 0.5) and other.is_near(one, 1.15 * exact + 0.5)
        assert not one.is_near(other, 0.85 * exact - 0.5)


def test_the_difference_of_opposite_changes_is_decided_by_their_product():
    """Y' rises and Cb falls: the bounds do not tell, but the sum of all products does."""
    one, other = (
        PlanarPicture(decoded(flat(c), "yuv444p"), "bt601", False) for c in [(90, 90, 90), (100, 98, 84)]
    )
    exact = (10**2 + 8**2 + 6**2) / 3
    assert one.is_near(other, 1.08 * exact) and not one.is_near(other, 0.92 * exact)


def test_only_the_area_counts():
    picture = cartoon(1, SIZE, n_shapes=8)
    changed = picture.copy()
    changed[: AREA.top - 4] = 255 - changed[: AREA.top - 4]
    one, other = (PlanarPicture(decoded(p), "bt601", False) for p in (picture, changed))
    assert not one.is_near(other, 20)
    assert one.cropped(AREA).is_near(other.cropped(AREA), 0)
    assert one.cropped(AREA).shape == (260, 388)


@pytest.mark.parametrize(
    "area", [None, AREA, Area(20, 280, 12, 400, (30, 30))], ids=["all", "area", "corners"]
)
@pytest.mark.parametrize("size", [64, 256, 300])
def test_small_pictures_are_means_over_areas(area, size):
    frame = decoded(cartoon(2, SIZE, n_shapes=8), "yuv444p")
    rgb, small = RgbPicture(rgb_picture(frame, "bt601", False)), PlanarPicture(frame, "bt601", False)
    if area is not None:
        rgb, small = rgb.cropped(area), small.cropped(area)
    difference = np.abs(rgb.small(size).astype(int) - small.small(size))
    assert small.small(size).shape == (size, size, 3)
    assert difference.mean() < 0.5 and np.quantile(difference, 0.99) <= 3


@pytest.mark.parametrize(
    "form, kind",
    [
        ("yuv420p", PlanarPicture),
        ("yuv420p10le", RgbPicture),
        ("gray", RgbPicture),
        ("rgb24", RgbPicture),
    ],
)
def test_formats_without_planes_of_bytes_are_compared_as_rgb(form, kind):
    rgb = cartoon(3, SIZE, n_shapes=8)
    picture = color_picture(decoded(rgb, form), "bt601", False)
    assert isinstance(picture, kind) and picture.shape == SIZE
    expected = rgb_picture(decoded(rgb, form), "bt601", False)
    assert np.abs(area_average(expected, 32).astype(int) - picture.small(32)).mean() < 0.5
