"""References: read, and found again in the episode by what they show."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.references import frame_number, read_references, sight_references
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


def sighted(path, **options):
    (sighting,) = sight_references(frames(), read_references([path]), **options)
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
def test_a_frame_is_found_whatever_its_light_and_size(tmp_path, change):
    found = sighted(saved(tmp_path / "a.png", changed(FILM[7], change)))
    assert found.frame == 14 and found.likeness > 0.6


def test_a_part_is_enough(tmp_path):
    alpha = np.zeros(SIZE, np.uint8)
    alpha[40:140, 30:150] = 255
    (reference,) = read_references([saved(tmp_path / "a.png", FILM[5], alpha)])
    assert sight_references(frames(), [reference])[0].frame == 10
    sure = cv2.resize(reference.known.sure, (240, 180), interpolation=cv2.INTER_NEAREST)
    assert (sure[44:136, 34:146] == 1).all() and sure[:36].max() == sure[:, 160:].max() == 0


def test_another_film_s_frame_is_not_found(tmp_path):
    found = sighted(saved(tmp_path / "a.png", cartoon(99, SIZE, 14)))
    assert found.frame == -1 and found.likeness < 0.5 and 0 <= found.index < 24


def test_a_name_helps_where_light_and_dark_were_painted_over(tmp_path):
    rgb = FILM[3]
    flat = np.zeros_like(rgb)
    for n, color in enumerate(np.unique(rgb.reshape(-1, 3), axis=0)):
        flat[(rgb == color).all(-1)] = (37 * n % 200, 255 - 53 * n % 220, 90 * n % 256)
    lost, named = (sighted(saved(tmp_path / name, flat)) for name in ("a.png", "e-000006.png"))
    assert lost.frame == -1 and named.frame == 6
    shifted = sighted(saved(tmp_path / "e-000016.png", flat), first=10)
    assert shifted.frame == 6


def test_a_wrong_name_does_not_matter(tmp_path):
    assert sighted(saved(tmp_path / "000002.png", FILM[7])).frame == 14


def test_colours_are_those_of_the_picture(tmp_path):
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.frames import area_average

    (reference,) = read_references([saved(tmp_path / "a.png", FILM[1])])
    np.testing.assert_allclose(reference.known.ab, rgb_to_lab(area_average(FILM[1]))[..., 1:], atol=1)
    assert (reference.known.sure == 1).all() and reference.size == (240, 180)


def test_half_painted_edges_are_not_dark(tmp_path):
    """Where paint ends, transparent black must not be mixed into it."""
    alpha = np.full(SIZE, 255, np.uint8)
    alpha[:, 121:] = 0
    rgb = np.where(alpha[..., None] > 0, np.uint8((200, 40, 40)), np.uint8(0)).astype(np.uint8)
    (reference,) = read_references([saved(tmp_path / "a.png", rgb, alpha)])
    known = reference.known.ab[reference.known.sure > 0]
    assert np.ptp(known, 0).max() < 1.5


def test_a_folder_is_all_its_pictures(tmp_path):
    for k in (3, 1):
        saved(tmp_path / f"{k}.png", FILM[k])
    assert [r.path.name for r in read_references([tmp_path])] == ["1.png", "3.png"]


@pytest.mark.parametrize(
    ("rgb", "alpha", "words"),
    [
        (np.repeat(FILM[0][..., :1], 3, -1), None, "no colour"),
        (FILM[0], 0, "transparent nearly everywhere"),
    ],
)
def test_useless_pictures_are_refused(tmp_path, rgb, alpha, words):
    with pytest.raises(SourceError, match=words):
        read_references([saved(tmp_path / "a.png", rgb, alpha)])
    with pytest.raises(SourceError, match="does not exist"):
        read_references([tmp_path / "none.png"])


@pytest.mark.parametrize(
    ("name", "number"), [("000120.png", 120), ("e03-7.png", 7), ("e03.png", 3), ("a.png", -1)]
)
def test_the_number_in_a_name(tmp_path, name, number):
    assert frame_number(tmp_path / name) == number
