"""A held drawing on an unsteady print is coloured once, and its colours move with it."""

import json

import cv2
import numpy as np
import pytest

from tests.support.worn import SIZE, drawing, unsteady, worn

N = 22
#: Frames after which the print is known to be unsteady.
N_BEFORE = 13


@pytest.fixture(scope="module")
def print_(tmp_path_factory):
    """Write stills of a drawing that is held on an unsteady print; return their folder, and the places."""
    places = unsteady(N, weave=2, flicker=0.02, seed=4)
    folder = tmp_path_factory.mktemp("print") / "grey"
    folder.mkdir()
    for k, at in enumerate(places):
        cv2.imwrite(str(folder / f"{k:04d}.png"), worn(drawing(), at))
    return folder, places


def paint_face(source, at, path):
    """Write a frame in which the face in the middle is red, as light as it was."""
    picture = cv2.imread(str(source))
    lab = cv2.cvtColor(np.float32(picture) / 255, cv2.COLOR_BGR2LAB)
    face = np.zeros(SIZE, np.uint8)
    cv2.ellipse(face, (round(160 + at.right), round(120 + at.down)), (50, 40), 0, 0, 360, 255, -1)
    lab[face > 0, 1:] = (40, 25)
    red = np.rint(255 * np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), 0, 1))
    cv2.imwrite(str(path), red.astype(np.uint8))


def test_colours_move_with_the_drawing(cartoonize, print_, tmp_path):
    folder, places = print_
    paint_face(folder / f"{N_BEFORE:04d}.png", places[N_BEFORE], tmp_path / "painted.png")
    outcome = cartoonize(
        "colorize", folder, "--variant", "grey", "--refine", "tracks", "-o", tmp_path / "out",
        "--codec", "png", "--reference", tmp_path / "painted.png", "-w", tmp_path, "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    (summary,) = json.loads(outcome.out)["outputs"]
    assert summary["n_unique"] <= N_BEFORE + 2
    offsets = []
    for k, at in enumerate(places):
        name = f"{k:04d}.png"
        shown = cv2.imread(str(tmp_path / "out" / name)).astype(int)
        luma = shown @ np.array([0.114, 0.587, 0.299])
        assert np.abs(luma - cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)).mean() < 1.5
        red = shown[..., 2] - shown[..., 1] > 40
        assert red.sum() > 2000, k
        y, x = np.nonzero(red)
        offsets.append((y.mean() - at.down, x.mean() - at.right))
    moved = np.array(offsets[N_BEFORE + 1 :])
    assert moved.std(0).max() < 0.25 < np.array([(a.down, a.right) for a in places]).std(0).min()
