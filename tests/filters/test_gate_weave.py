"""Chroma of held drawings moves with their frames; bars, luma and steady frames stay."""

import numpy as np
import pytest

from cartoonize.filters.gate_weave import moved_chroma
from cartoonize.filters.number import number_drawings
from cartoonize.frames import Area, Frame, PlaneFormat
from cartoonize.unsteadiness import Unsteadiness
from tests.support.worn import drawing, unsteady, worn

PLANES = PlaneFormat(80, 120, 40, 60, 8, full_range=False, matrix="bt601")


def chroma(bits=8):
    """Return planes (40, 60) with a smooth coloured spot, and grey around it."""
    y, x = np.mgrid[:40, :60]
    spot = np.exp(-((y - 18) ** 2 + (x - 30) ** 2) / 30)
    scale = 1 << (bits - 8)
    kind = np.uint8 if bits == 8 else np.uint16
    return tuple(np.rint((128 + sign * 60 * spot) * scale).astype(kind) for sign in (1, -1))


def frame(unsteadiness, area=None, planes=None):
    luma = np.full((80, 120), 90, np.uint8)
    return Frame(0, 0, luma, luma, unsteadiness=unsteadiness, area=area, chroma=planes or chroma())


def center(plane, bits=8):
    """Return the centre (y, x) of the colours of a plane."""
    weights = np.abs(plane.astype(float) - (128 << (bits - 8)))
    return [float((weights * axis).sum() / weights.sum()) for axis in np.mgrid[:40, :60]]


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(("down", "right"), [(2, 0), (0.5, -3.3), (-1.7, 4.2)])
def test_chroma_moves_by_the_shift_of_the_frame(down, right, bits):
    planes = chroma(bits)
    (moved,) = moved_chroma([frame(Unsteadiness(down, right), planes=planes)], planes=PLANES)
    for before, after in zip(planes, moved.chroma, strict=True):
        shift = np.subtract(center(after, bits), center(before, bits))
        assert shift == pytest.approx([down / 2, right / 2], abs=0.06)
        assert after.dtype == before.dtype and before.min() <= after.min() and after.max() <= before.max()


def test_steady_frames_and_frames_without_chroma_stay_as_they_are():
    steady, empty = frame(None), frame(Unsteadiness(1, 1)).having(chroma=None)
    assert list(moved_chroma([steady, empty], planes=PLANES)) == [steady, empty]


def test_bars_stay_grey():
    planes = tuple(np.full((40, 60), 150, np.uint8) for _ in range(2))
    for plane in planes:
        plane[:5] = plane[:, :4] = 128
    area = Area(10, 80, 8, 120)
    (moved,) = moved_chroma([frame(Unsteadiness(-6, -6), area, planes)], planes=PLANES)
    assert all(np.array_equal(before, after) for before, after in zip(planes, moved.chroma, strict=True))
    (whole,) = moved_chroma([frame(Unsteadiness(-6, -6), None, planes)], planes=PLANES)
    assert not np.array_equal(whole.chroma[0], planes[0])


def test_frames_of_an_unsteady_print_share_a_drawing_and_keep_their_luma():
    pictures = [worn(drawing(), at) for at in unsteady(20, weave=1, flicker=0.02)]
    frames = list(number_drawings(Frame(k, k, p, p) for k, p in enumerate(pictures)))
    assert frames[13].drawing == frames[-1].drawing
    assert any(one.unsteadiness for one in frames[13:]) and not any(one.unsteadiness for one in frames[:12])
    assert all(one.luma is picture for one, picture in zip(frames, pictures, strict=True))
    anew = list(number_drawings((Frame(k, k, p, p) for k, p in enumerate(pictures)), new_at={17}))
    assert anew[17].drawing == anew[16].drawing + 1 and anew[17].unsteadiness is None
