"""Cuts in drawn clips with known cuts, and in real cartoons whose cuts were marked by hand."""

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cartoonize.detect.cuts import CutDetector

DATA = Path(os.environ.get("CARTOONIZE_TEST_DATA", "nowhere"))


def scene(seed, height=120, width=160):
    rng = np.random.default_rng(seed)
    picture = np.full((height, width), rng.integers(60, 200), np.uint8)
    for _ in range(12):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(10, 60)), int(rng.integers(10, 60)))
        cv2.ellipse(picture, center, axes, 0, 0, 360, int(rng.integers(20, 240)), -1)
    return picture


def cuts(frames):
    detector = CutDetector()
    return [i for i, frame in enumerate(frames) if detector.is_cut(frame)]


def test_hard_cuts_are_found_and_held_drawings_are_not_cuts():
    frames = [scene(i // 10) for i in range(60)]
    assert cuts(frames) == [10, 20, 30, 40, 50]


def test_cuts_between_dark_scenes_are_found():
    assert cuts([scene(i // 10) // 5 for i in range(40)]) == [10, 20, 30]


@pytest.mark.parametrize("n_steps", [10, 25])
@pytest.mark.parametrize("other", [False, True])
def test_a_fade_through_black_is_a_cut_if_another_picture_follows(n_steps, other):
    gains = [*np.linspace(1, 0, n_steps + 1), 0, 0, *np.linspace(0, 1, n_steps + 1)]
    rng = np.random.default_rng(0)
    frames = []
    for i, gain in enumerate(gains):
        picture = scene(2 if other and i >= n_steps + 2 else 1) * gain + rng.normal(0, 1, (120, 160))
        frames.append(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    found = cuts(frames)
    assert len(found) == other and all(n_steps + 2 <= index < n_steps * 3 // 2 + 2 for index in found)


def test_hard_cut_to_black_and_back_is_two_cuts():
    black = np.zeros((120, 160), np.uint8)
    assert cuts([scene(1)] * 5 + [black] * 5 + [scene(2)] * 5) == [5, 10]


def test_a_pan_is_not_a_cut_but_a_cut_in_it_is_found():
    wide = np.hstack([scene(i) for i in range(8)])
    other = np.hstack([scene(i) for i in range(20, 28)])
    frames = [world[:, 7 * i : 7 * i + 160] for world in (wide, other) for i in range(60)]
    assert cuts(frames) == [60]


def test_a_moving_figure_and_grain_are_not_cuts():
    rng = np.random.default_rng(3)
    frames = []
    for i in range(50):
        picture = scene(5)
        cv2.circle(picture, (3 * i, 60), 25, 10, -1)
        frames.append(np.clip(picture + rng.normal(0, 8, picture.shape), 0, 255).astype(np.uint8))
    assert cuts(frames) == []


#: Found by watching every shot.
SEEN = {
    "munchausen/e03.mp4": [61, 122, 231, 292, 308, 321, 382, 443],
    "munchausen/e05.mp4": [109, 145, 173, 199, 221, 322, 332],
}


@pytest.mark.skipif(not DATA.is_dir(), reason="CARTOONIZE_TEST_DATA names no folder of real cartoons")
@pytest.mark.parametrize("name", SEEN)
def test_cuts_of_real_cartoons(name):
    with av.open(str(DATA / name)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert cuts(frames) == SEEN[name]
