"""Colours do not run through a dissolve, and mixed frames have the colours of both sides."""

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from tests.support.scenes import SceneFilm

RED = np.array([60.0, 40.0])
N_BEFORE, N_MIXED = 14, 9


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """A grey film: a scene, a dissolve, another scene."""
    film = SceneFilm(speed=1).shot(1, N_BEFORE).dissolve(N_MIXED).shot(2, 14)
    folder = tmp_path_factory.mktemp("grey")
    path = folder / "grey"
    path.mkdir()
    for k, picture in enumerate(film.frames()):
        cv2.imwrite(str(path / f"{k:04d}.png"), picture)
    return path, film.pictures


def painted(path, picture):
    """Write a picture all red, as light as the film."""
    lab = np.zeros((*picture.shape, 3), np.float32)
    lab[..., 0] = cv2.cvtColor(np.float32(cv2.merge([picture] * 3)) / 255, cv2.COLOR_RGB2LAB)[..., 0]
    lab[..., 1:] = RED / 2
    rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    cv2.imwrite(str(path), np.rint(255 * np.clip(rgb[..., ::-1], 0, 1)).astype(np.uint8))


def colored(cartoonize, folder, source, *arguments):
    outcome = cartoonize(
        "colorize", source, "--variant", "grey", "--refine", "tracks", "-o", folder / "out", "--codec", "png",
        "-w", folder, *arguments,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    paths = sorted((folder / "out").glob("*.png"))
    chroma = [
        np.hypot(*np.moveaxis(rgb_to_lab(cv2.imread(str(p))[..., ::-1])[..., 1:], -1, 0)) for p in paths
    ]
    return np.array([one.mean() for one in chroma]), outcome.err


def test_colours_of_one_scene_stay_on_their_side_of_a_dissolve(cartoonize, grey, tmp_path):
    source, pictures = grey
    painted(tmp_path / "last.png", pictures[-5])
    chroma, _ = colored(cartoonize, tmp_path, source, "--reference", tmp_path / "last.png")
    assert len(chroma) == 37
    assert chroma[:N_BEFORE].max() < 1 and chroma[N_BEFORE + N_MIXED :].min() > 20
    mixed = chroma[N_BEFORE : N_BEFORE + N_MIXED]
    assert np.all(np.diff(mixed) > 0.5) and mixed[0] < 8 and mixed[-1] > 15


def test_a_reference_in_a_dissolve_is_named_and_not_used(cartoonize, grey, tmp_path):
    source, pictures = grey
    painted(tmp_path / "middle.png", pictures[N_BEFORE + N_MIXED // 2])
    chroma, err = colored(cartoonize, tmp_path, source, "--reference", tmp_path / "middle.png")
    assert chroma.max() < 1
    assert f"middle.png is frame {N_BEFORE + N_MIXED // 2} of grey, in the middle of a dissolve" in err


@pytest.fixture(scope="module")
def wiped(tmp_path_factory):
    """A grey film: a scene, a wipe from the left, another scene."""
    film = SceneFilm(speed=1).shot(1, N_BEFORE).wipe(N_MIXED).shot(2, 14)
    path = tmp_path_factory.mktemp("wiped") / "wiped"
    path.mkdir()
    for k, picture in enumerate(film.frames()):
        cv2.imwrite(str(path / f"{k:04d}.png"), picture)
    return path, film


@pytest.mark.parametrize("is_first", [True, False])
def test_colours_of_one_scene_stay_on_their_side_of_a_wipe(cartoonize, wiped, tmp_path, is_first):
    source, film = wiped
    painted(tmp_path / "scene.png", film.pictures[4 if is_first else -5])
    colored(cartoonize, tmp_path, source, "--reference", tmp_path / "scene.png")
    pictures = [cv2.imread(str(p))[..., ::-1] for p in sorted((tmp_path / "out").glob("*.png"))]
    chroma = np.array([np.hypot(*np.moveaxis(rgb_to_lab(one)[..., 1:], -1, 0)) for one in pictures])
    new = np.zeros(chroma.shape, bool)
    for k in range(len(new)):
        new[k] = film.sides.get(k, k >= N_BEFORE)
    known, unknown = (~new, new) if is_first else (new, ~new)
    # The edge is measured to about 2 % of the way.
    far = np.array([cv2.erode(one.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0 for one in unknown])
    assert chroma[far].max() < 2
    for k in range(N_BEFORE, N_BEFORE + N_MIXED):
        assert chroma[k][known[k]].mean() > 15
