"""Detection of credits at every opacity, of similar frames, and against a literal transcription of 4.1.3."""

import colorsys
import functools
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from cartoonize.detect.credits import CreditColors, credit_confidence, faded_neighbours

DATA = Path(os.environ.get("CARTOONIZE_TEST_DATA", "nowhere"))


def credits(background=(0, 20, 170), text=(255, 255, 255), opacity=1.0, n_lines=4):
    letters = np.zeros((512, 512), np.uint8)
    for i in range(n_lines):
        place = (60, 120 + 90 * i)
        cv2.putText(letters, "DIRECTED BY", place, cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 6, cv2.LINE_AA)
    letters = cv2.resize(letters, (256, 256), interpolation=cv2.INTER_AREA)[..., None]
    # The edges are equally soft in all colours. OpenCV 5.1 draws some colours otherwise.
    share = letters / 255
    frame = np.rint(share * np.array(text) + (1 - share) * np.array(background))
    return np.rint(frame * opacity).astype(np.uint8)


@functools.cache
def literal(index):
    """Evaluate the conditions of 4.1.3 on all 65536 pixels of a variation."""
    rgb = credits(**VARIATIONS[index])
    pixels = rgb.reshape(-1, 3).astype(float)
    with threadpool_limits(1, "openmp"):
        model = KMeans(2, n_init=5, random_state=1).fit(pixels)
    shares = np.bincount(model.labels_, minlength=2) / len(pixels)
    blue, white = shares.argmax(), shares.argmin()
    (hb, sb, _), (hw, sw, _) = (colorsys.rgb_to_hsv(*model.cluster_centers_[k]) for k in (blue, white))
    background = 190 <= hb * 360 <= 260 and sb * 255 >= 250 and shares[blue] > 0.8
    return background and sw * 255 <= 120 and (190 <= hw * 360 <= 250 or sw * 255 < 5)


@pytest.mark.parametrize("opacity", [1.0, 0.7, 0.4, 0.2])
def test_credits_are_found_through_their_fades(opacity):
    assert credit_confidence(credits(opacity=opacity)) >= 0.5


BACKGROUNDS = [(0, 0, 170), (0, 110, 200), (2, 40, 180), (8, 40, 180), (60, 0, 180), (70, 0, 170), (0, 9, 0)]
TEXTS = [((255, 255, 255), 4), ((150, 170, 255), 4), ((90, 120, 255), 2), ((255, 255, 120), 3)]
VARIATIONS = [
    dict(background=background, text=text, n_lines=n_lines)
    for background in BACKGROUNDS
    for text, n_lines in TEXTS
]


@pytest.mark.parametrize("index", range(len(VARIATIONS)))
def test_a_confidence_of_half_means_exactly_the_conditions_of_the_thesis(index):
    assert (credit_confidence(credits(**VARIATIONS[index])) >= 0.5) == literal(index)


def test_variations_include_both_answers():
    answers = [literal(index) for index in range(len(VARIATIONS))]
    assert 5 < sum(answers) < len(answers) - 5


def test_the_share_must_exceed_an_option():
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[:] = (0, 0, 200)
    frame[:20] = 255
    assert credit_confidence(frame) < 0.5  # exactly 0.8 is not more than 0.8
    frame[0, 0] = (0, 0, 200)
    assert credit_confidence(frame) >= 0.5
    assert credit_confidence(frame, CreditColors(background_share=0.9)) < 0.5


def test_other_series_have_other_colours():
    red = credits(background=(180, 0, 0), text=(255, 230, 230))
    wanted = CreditColors(background_hue=(0, 20), text_hue=(0, 40))
    assert credit_confidence(red) == 0 and credit_confidence(red, wanted) >= 0.5


@pytest.mark.parametrize(
    "series",
    [
        [credits(background=(grey, grey, 200)) for grey in range(0, 60, 4)],  # paler blue
        [credits(background=(0, green, 200)) for green in range(40, 200, 10)],  # towards cyan
        [credits(text=(255 - tint, 255 - tint, 255)) for tint in range(12, 200, 12)],  # bluer text
        [credits(n_lines=n) for n in range(1, 5)],  # more text
    ],
)
def test_confidence_decreases_steadily_outside_a_condition(series):
    confidences = [credit_confidence(frame) for frame in series]
    assert confidences[0] >= 0.5
    assert (np.diff(confidences) <= 1e-9).all()
    assert min(confidences) >= 0 and max(confidences) <= 1
    assert len(set(np.round(confidences, 6))) > 2


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((256, 256, 3), np.uint8),
        np.full((256, 256, 3), (0, 0, 200), np.uint8),
        np.random.default_rng(0).integers(0, 4, (256, 256, 3)).astype(np.uint8),  # noise on black
        np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8),
        credits(background=(90, 160, 235)),  # a sky
    ],
)
def test_frames_without_credits_have_a_low_confidence(frame):
    assert credit_confidence(frame) < 0.5


@pytest.mark.skipif(not DATA.is_dir(), reason="CARTOONIZE_TEST_DATA names no folder of real cartoons")
@pytest.mark.parametrize("name", ["munchausen/e03.mp4", "munchausen/e06.mp4"])
def test_no_frame_of_a_real_cartoon_is_marked(name):
    with av.open(str(DATA / name)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            if i % 20 == 0:
                rgb = frame.to_ndarray(format="rgb24")
                small = cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_AREA)
                assert credit_confidence(small) < 0.5, i


def clip():
    """Draw pictures, fade out, black, credits that fade in and out, black, fade in, other pictures."""
    rng = np.random.default_rng(0)
    one, other = rng.uniform(30, 220, (2, 32, 32))
    title = np.full((32, 32), 20.0)
    title[12:20, 6:26:2] = 220
    ramp = np.linspace(0, 1, 11)
    parts = [
        [np.roll(one, i, 1) for i in range(-10, 1)],  # moving, then fading where it stopped
        [one * g for g in ramp[::-1][1:]],
        [one * 0] * 3,
        [title * g for g in ramp[1:]],
        [title] * 5,
        [title * g for g in ramp[::-1][1:]],
        [one * 0] * 2,
        [other * g for g in ramp[1:-1]],
        [np.roll(other, i, 1) for i in range(10)],
    ]
    frames = [np.rint(frame).astype(np.uint8) for part in parts for frame in part]
    starts = np.cumsum([0] + [len(part) for part in parts])
    return frames, starts


def test_fades_beside_credits_are_marked_up_to_full_brightness():
    frames, starts = clip()
    # The faintest credits are not found.
    marked = [starts[3] + 3 <= i < starts[6] - 3 for i in range(len(frames))]
    extended = faded_neighbours(frames, marked, n_frames=30)
    assert np.flatnonzero(extended).tolist() == list(range(starts[1], starts[8]))


def test_marks_grow_up_to_a_limit_and_not_into_moving_pictures():
    frames, starts = clip()
    marked = [starts[3] + 3 <= i < starts[6] - 3 for i in range(len(frames))]
    extended = faded_neighbours(frames, marked, n_frames=4)
    assert sum(extended) == sum(marked) + 8 and extended[starts[3] - 1] and not extended[starts[3] - 2]
    moving = frames[:11]
    alone = [i == 5 for i in range(11)]
    assert faded_neighbours(moving, alone) == alone
    assert faded_neighbours(frames, [False] * len(frames)) == [False] * len(frames)


def test_the_early_exit_changes_no_result(monkeypatch):
    rng = np.random.default_rng(4)
    frames = [credits(**variation) for variation in VARIATIONS]
    for background in [(0, 60, 60), (45, 45, 200), (56, 56, 255), (120, 170, 230), (0, 0, 6)]:
        noise = rng.integers(-6, 7, (256, 256, 3))
        frames.append(np.clip(credits(background=background) + noise, 0, 255).astype(np.uint8))
    fast = [credit_confidence(frame) for frame in frames]
    monkeypatch.setattr("cartoonize.detect.credits._too_grey", lambda rgb, colors: False)
    assert fast == [credit_confidence(frame) for frame in frames]
