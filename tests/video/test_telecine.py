"""Telecined film: drawings are found through the fields, and each field gets the colours of its picture."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from cartoonize.errors import UsageError
from cartoonize.filters.number import number_drawings
from cartoonize.video import open_source, write_film
from tests.support.telecine import PATTERNS, film_numbers, telecined

pytestmark = pytest.mark.video
HEIGHT, WIDTH = 240, 320


def drawing(k):
    """Draw a figure with outlines that walks before a background."""
    picture = np.full((HEIGHT, WIDTH, 3), (120, 170, 200), np.uint8)
    rng = np.random.default_rng(5)
    for _ in range(6):
        center = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        cv2.ellipse(picture, center, (50, 25), 0, 0, 360, rng.integers(60, 220, 3).tolist(), -1)
    at = (40 + 6 * k, 120 + (k % 3) * 4)
    cv2.circle(picture, at, 30, (220, 60, 50), -1)
    cv2.circle(picture, at, 30, (10, 10, 10), 3)
    cv2.rectangle(picture, (at[0] - 12, at[1] + 30), (at[0] + 12, at[1] + 70), (60, 60, 180), -1)
    return picture


def clip(path, frames, *, first="top", codec="ffv1", rate=30000 / 1001, **options):
    write_film(path, frames, frame_rate=rate, field_order=first, codec=codec, **options)
    return path


def n_drawings_of(path):
    with open_source(path) as source:
        return list(number_drawings(source.frames()))


@pytest.mark.parametrize("codec", ["ffv1", "h264"])
@pytest.mark.parametrize("first", ["top", "bottom"])
@pytest.mark.parametrize("pattern", ["3:2", "2:3:3:2"])
def test_a_cycle_of_five_frames_has_the_four_pictures_of_the_film(tmp_path, pattern, first, codec):
    fields = PATTERNS[pattern]
    frames = telecined(map(drawing, range(24)), fields, first=first)
    found = n_drawings_of(clip(tmp_path / "a.mkv", frames, first=first, codec=codec))
    expected = [one for one, _ in film_numbers(24, fields)]
    assert [frame.drawing for frame in found] == [sorted(set(expected)).index(k) for k in expected]
    mixed = [one != other for one, other in film_numbers(24, fields)]
    assert [frame.weaves_next for frame in found] == mixed


def test_drawings_that_are_held_for_two_pictures_are_two_in_a_cycle(tmp_path):
    frames = telecined((drawing(k // 2) for k in range(40)), PATTERNS["3:2"])
    found = n_drawings_of(clip(tmp_path / "a.mkv", frames))
    assert found[-1].drawing + 1 == 20
    assert len(found) == 50


@pytest.mark.parametrize("shift", [0, 1])
def test_film_of_25_pictures_has_a_drawing_for_each(tmp_path, shift):
    frames = telecined(map(drawing, range(20)), PATTERNS["2:2"], shift=shift)
    found = n_drawings_of(clip(tmp_path / "a.mkv", frames, rate=25))
    shown = [frame.drawing for frame in found]
    assert shown == list(range(len(found))) and len(found) in (19, 20)
    assert [frame.weaves_next for frame in found[:-1]] == [bool(shift)] * (len(found) - 1)


def test_the_picture_is_woven_without_loss(tmp_path):
    frames = telecined(map(drawing, range(12)), PATTERNS["3:2"])
    path = clip(tmp_path / "a.mkv", frames)
    plain = tmp_path / "plain.mkv"
    write_film(plain, map(drawing, range(12)), codec="ffv1")
    with open_source(plain) as source:
        pictures = [frame.grey for frame in source.frames()]
    with open_source(path) as source:
        for frame, (shown, _) in zip(source.frames(), film_numbers(12, PATTERNS["3:2"]), strict=True):
            assert np.array_equal(frame.grey, pictures[shown])


def n_teeth(picture):
    rows = picture.astype(int)
    return int(((rows[1:-1] - rows[:-2]) * (rows[1:-1] - rows[2:]) > 400).sum())


def test_interlaced_video_is_deinterlaced(tmp_path):
    path = clip(tmp_path / "a.mkv", telecined(map(drawing, range(24)), (1,)))
    with open_source(path) as source:
        frames = list(source.frames())
    assert not any(frame.weaves_next for frame in frames)
    for frame in frames:
        assert n_teeth(frame.grey) < n_teeth(frame.luma) / 2


def test_a_cut_between_the_fields_of_a_frame(tmp_path):
    def shot(k):
        return drawing(k) if k < 11 else 255 - np.ascontiguousarray(drawing(k)[::-1])

    fields = PATTERNS["3:2"]
    found = n_drawings_of(clip(tmp_path / "a.mkv", telecined(map(shot, range(24)), fields)))
    expected = film_numbers(24, fields)
    assert [frame.shot for frame in found] == [int(one >= 11) for one, _ in expected]
    (across,) = (frame for frame, (one, other) in zip(found, expected, strict=True) if one < 11 <= other)
    assert across.weaves_next


@pytest.mark.parametrize("pattern", ["3:2", "2:3:3:2"])
def test_the_film_has_its_own_progressive_frames(tmp_path, pattern):
    frames = telecined(map(drawing, range(48)), PATTERNS[pattern])
    path, plain = clip(tmp_path / "a.mkv", frames), tmp_path / "plain.mkv"
    write_film(plain, map(drawing, range(48)), codec="ffv1")
    with open_source(plain) as source:
        pictures = [frame.luma for frame in source.frames()]
    with open_source(path, film=True) as source:
        film = list(source.frames())
        form = source.format
    assert (form.frame_rate, form.field_order) == (Fraction(24000, 1001), "progressive")
    for k, frame in enumerate(film):  # Matroska counts milliseconds
        assert abs(frame.pts * form.time_base - Fraction(1001, 24000) * k) <= Fraction(1, 1000)
    assert [frame.index for frame in film] == list(range(48))
    for frame, picture in zip(film, pictures, strict=True):
        assert np.array_equal(frame.luma, picture)


def test_still_scenes_keep_the_phase(tmp_path):
    """Drawings are held for three pictures, so that few frames show where the cycle is."""
    frames = telecined((drawing(k // 3) for k in range(96)), PATTERNS["3:2"])
    with open_source(clip(tmp_path / "a.mkv", frames), film=True) as source:
        shown = [frame.drawing for frame in number_drawings(source.frames())]
    assert shown == [k // 3 for k in range(96)]


def test_film_of_25_pictures_is_progressive(tmp_path):
    frames = telecined(map(drawing, range(30)), PATTERNS["2:2"], shift=1)
    with open_source(clip(tmp_path / "a.mkv", frames, rate=25), film=True) as source:
        film = list(source.frames())
        assert (source.format.frame_rate, source.format.field_order) == (25, "progressive")
    assert all(n_teeth(frame.luma) <= n_teeth(frame.grey) * 1.5 for frame in film[1:])


def test_other_video_is_not_telecined(tmp_path):
    path = clip(tmp_path / "a.mkv", telecined(map(drawing, range(40)), (1,)))
    with pytest.raises(UsageError, match="is not telecined film"):
        open_source(path, film=True)


def test_blended_fields_are_told(tmp_path):
    """Standards conversion mixes two pictures of the film in each field. Nothing can take them apart."""

    def blended():
        for k in range(130):
            at, share = divmod(k * 0.48, 1)
            one, other = drawing(int(at) % 30), drawing((int(at) + 1) % 30)
            yield cv2.addWeighted(one, 1 - share, other, share, 0)

    path = clip(tmp_path / "a.mkv", telecined(blended(), (1,)), rate=25)
    with open_source(path) as source:
        assert not source.remarks
        frames = list(source.frames())
        assert any("film with blended fields" in line for line in source.remarks)
    assert sum(frame.weaves_next for frame in frames) < 10
