"""References: reading them, and finding their frames by what they show."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.locate import frame_number, locate
from cartoonize.annotations.references import read_references
from cartoonize.errors import SourceError
from cartoonize.frames import Frame
from cartoonize.video.planes import luma_of_rgb
from tests.support.cartoons import cartoon

SIZE = (180, 240)
FILM = [cartoon(seed, SIZE, 14) for seed in range(12)]


def frames(held=2):
    for index in range(held * len(FILM)):
        grey = luma_of_rgb(FILM[index // held], "bt601")
        yield Frame(index, index, grey, grey)


def saved(path, rgb, alpha=None):
    bgra = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)
    if alpha is not None:
        bgra[..., 3] = alpha
    cv2.imwrite(str(path), bgra)
    return path


def sighted(path):
    """Return the frame that looks most like a reference."""
    (sighting,) = locate(frames(), read_references([path])).sightings
    return sighting


def changed(rgb, change):
    return np.clip(change(rgb.astype(np.float32)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        lambda rgb: rgb,
        lambda rgb: 255 * (rgb / 255) ** 1.6,
        lambda rgb: 0.6 * rgb + 40,
        lambda rgb: rgb + np.random.default_rng(0).normal(0, 8, rgb.shape),
        lambda rgb: cv2.resize(rgb, (480, 360), interpolation=cv2.INTER_CUBIC),
        lambda rgb: cv2.resize(rgb, (160, 120), interpolation=cv2.INTER_AREA),
    ],
    ids=["same", "gamma", "contrast", "noise", "large", "small"],
)
def test_a_frame_is_found_at_any_contrast_and_size(tmp_path, change):
    found = sighted(saved(tmp_path / "a.png", changed(FILM[7], change)))
    assert found.frame == 14 and found.likeness > 0.6


def test_a_painted_part_is_enough_to_find_the_frame(tmp_path):
    alpha = np.zeros(SIZE, np.uint8)
    alpha[40:140, 30:150] = 255
    (reference,) = read_references([saved(tmp_path / "a.png", FILM[5], alpha)])
    assert locate(frames(), [reference]).sightings[0].frame == 10
    confidence = cv2.resize(reference.hints.confidence, (240, 180), interpolation=cv2.INTER_NEAREST)
    assert (confidence[44:136, 34:146] == 1).all()
    assert confidence[:36].max() == confidence[:, 160:].max() == 0


def test_a_frame_of_another_film_is_not_found(tmp_path):
    found = sighted(saved(tmp_path / "a.png", cartoon(99, SIZE, 14)))
    assert found.frame == -1 and found.likeness < 0.5 and 0 <= found.index < 24


def test_the_file_name_helps_if_light_and_dark_were_painted_over(tmp_path):
    rgb = FILM[3]
    flat = np.zeros_like(rgb)
    for n, color in enumerate(np.unique(rgb.reshape(-1, 3), axis=0)):
        flat[(rgb == color).all(-1)] = (37 * n % 200, 255 - 53 * n % 220, 90 * n % 256)
    lost, named = (sighted(saved(tmp_path / name, flat)) for name in ("a.png", "e-000006.png"))
    assert lost.frame == -1 and named.frame == 6


def test_a_wrong_file_name_does_not_matter(tmp_path):
    assert sighted(saved(tmp_path / "000002.png", FILM[7])).frame == 14


def test_the_hints_are_the_colours_of_the_picture(tmp_path):
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.frames import area_average

    (reference,) = read_references([saved(tmp_path / "a.png", FILM[1])])
    np.testing.assert_allclose(reference.hints.ab, rgb_to_lab(area_average(FILM[1]))[..., 1:], atol=1)
    assert (reference.hints.confidence == 1).all() and reference.size == (240, 180)


def test_the_edges_of_painted_parts_are_not_dark(tmp_path):
    """The black of transparent pixels is not mixed into the paint beside it."""
    alpha = np.full(SIZE, 255, np.uint8)
    alpha[:, 121:] = 0
    rgb = np.where(alpha[..., None] > 0, np.uint8((200, 40, 40)), np.uint8(0)).astype(np.uint8)
    (reference,) = read_references([saved(tmp_path / "a.png", rgb, alpha)])
    known = reference.hints.ab[reference.hints.confidence > 0]
    assert np.ptp(known, 0).max() < 1.5


def test_a_folder_stands_for_all_its_pictures(tmp_path):
    for k in (3, 1):
        saved(tmp_path / f"{k}.png", FILM[k])
    assert [r.path.name for r in read_references([tmp_path])] == ["1.png", "3.png"]


def test_unsuitable_pictures_are_known(tmp_path):
    grey = np.repeat(FILM[0][..., :1], 3, -1)
    references = read_references([saved(tmp_path / "a.png", grey)])
    assert not references[0].has_color()
    (empty,) = read_references([saved(tmp_path / "b.png", FILM[0], alpha=0)])
    assert empty.is_transparent and not references[0].is_transparent
    with pytest.raises(SourceError, match="does not exist"):
        read_references([tmp_path / "none.png"])
    assert read_references([saved(tmp_path / "c.png", FILM[0])])[0].has_color()


def test_frames_are_picked_by_index_in_the_same_pass(tmp_path):
    reference = read_references([saved(tmp_path / "a.png", FILM[7])])
    found = locate(frames(), reference, wanted={3, 4, 99})
    assert found.n_frames == len(list(frames()))
    assert set(found.frames) == {3, 4, 14}  # 14 is the frame of the reference
    originals = list(frames())
    for index, frame in found.frames.items():
        assert (frame.index, frame.drawing, frame.shot) == (index, index, 0)
        assert frame.luma is frame.grey and np.array_equal(frame.grey, originals[index].grey)


def test_without_references_the_pass_ends_with_the_last_wanted_frame():
    taken = []

    def counted():
        for frame in frames():
            taken.append(frame.index)
            yield frame

    found = locate(counted(), wanted={2, 5})
    assert set(found.frames) == {2, 5} and found.sightings == []
    assert found.n_frames == len(taken) == 6
    nothing = locate(counted())
    assert (nothing.sightings, nothing.frames, nothing.n_frames) == ([], {}, 0) and len(taken) == 6


@pytest.mark.parametrize(
    ("name", "number"), [("000120.png", 120), ("e03-7.png", 7), ("e03.png", 3), ("a.png", -1)]
)
def test_the_frame_number_in_a_file_name(tmp_path, name, number):
    assert frame_number(tmp_path / name) == number


def spot(below):
    """Return a frame of which 0.5% is painted, with colours below its transparent pixels, and its alpha."""
    alpha = np.zeros(SIZE, np.uint8)
    alpha[80:94, 100:116] = 255
    return np.where(alpha[..., None] > 0, FILM[7], below).astype(np.uint8), alpha


def test_the_grey_frame_below_transparent_pixels_tells_where_a_small_spot_is(tmp_path):
    grey = np.repeat(luma_of_rgb(FILM[7], "bt601")[..., None], 3, 2)
    path = saved(tmp_path / "a.png", *spot(grey))
    (reference,) = read_references([path])
    assert not reference.is_transparent and not reference.is_whole and len(reference.hints) < 600
    assert sighted(path).frame == 14 and sighted(path).likeness > 0.97


@pytest.mark.parametrize("below", ["zeros", "white", "grey", "rubber"])
def test_other_colours_below_transparent_pixels_say_nothing(tmp_path, below):
    """Paint programs leave zeros there, or one colour, or what a rubber has removed."""
    grey = np.repeat(luma_of_rgb(FILM[7], "bt601")[..., None], 3, 2)
    colors = {"zeros": 0, "white": 255, "grey": 127, "rubber": np.where(FILM[2] > 128, FILM[2], grey)}
    (reference,) = read_references([saved(tmp_path / "a.png", *spot(colors[below]))])
    assert reference.is_transparent and reference.signature.painted.mean() < 0.01
