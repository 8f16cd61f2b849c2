"""Pictures as they are shown."""

from fractions import Fraction

import numpy as np
import pytest

from cartoonize.color.luma import luma_of_rgb
from cartoonize.frames import PlaneFormat, VideoFormat
from cartoonize.review.render import colored, shown_size, with_doubt


def form(**options):
    return VideoFormat(270, 480, Fraction(1, 24), Fraction(24), **options)


def codes_of(rgb, kr, kb, span, scale):
    """Return luma in 0..255, and Cb and Cr codes of a colour, as ITU-R BT.601 and BT.709 define them."""
    red, green, blue = rgb
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    return round(luma), *(round(scale * (128 + span * c / 255)) for c in (cb, cr))


@pytest.mark.parametrize("rgb", [(200, 40, 50), (20, 200, 90), (128, 128, 128), (10, 60, 220)])
@pytest.mark.parametrize("matrix, kr, kb", [("bt601", 0.299, 0.114), ("bt709", 0.2126, 0.0722)])
@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("bit_depth", [8, 10])
def test_colours_are_those_of_the_codes(rgb, matrix, kr, kb, full_range, bit_depth):
    luma, cb, cr = codes_of(rgb, kr, kb, 255 if full_range else 224, 1 << (bit_depth - 8))
    kind = np.uint8 if bit_depth == 8 else np.uint16
    planes = np.full((4, 6), cb, kind), np.full((4, 6), cr, kind)
    format = PlaneFormat(8, 12, 4, 6, bit_depth, full_range, matrix)
    shown = colored(np.full((8, 12), luma, np.uint8), planes, format)
    assert shown.shape == (8, 12, 3)
    assert np.abs(shown[..., ::-1].astype(int) - rgb).max() <= 2
    assert np.abs(luma_of_rgb(shown[..., ::-1], matrix).astype(int) - luma).max() <= 1


def test_pixels_are_square_and_pictures_not_wider_than_the_limit():
    assert shown_size(form()) == (480, 270)
    assert shown_size(form(sample_aspect_ratio=Fraction(4, 3))) == (640, 270)
    assert shown_size(VideoFormat(1080, 1920, Fraction(1, 24), Fraction(24))) == (1280, 720)
    assert shown_size(form(), 320) == (320, 180)


def test_doubt_can_be_told_without_colours():
    """Wrong and unsure places have different stripes; places without doubt have none."""
    grey = np.full((90, 270), 120, np.uint8)
    confidence = np.repeat(np.array([[0.2, 0.6, 0.9]], np.float32), 90, 0).repeat(90, 1)
    luma = luma_of_rgb(with_doubt(grey, confidence)[..., ::-1])
    wrong, unsure, sure = (luma[5:-5, k + 5 : k + 85].astype(int) for k in (0, 90, 180))
    assert np.ptp(sure) == 0 and np.ptp(wrong) > 15 and np.ptp(unsure) > 15
    share = [(place > place.min() + np.ptp(place) / 2).mean() for place in (wrong, unsure)]
    assert abs(share[0] - share[1]) > 0.15  # stripes of different width
