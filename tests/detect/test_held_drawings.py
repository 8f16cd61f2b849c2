"""Held drawings after a real encoder, and very small changes."""

import av
import cv2
import numpy as np
import pytest

from cartoonize.detect.held_drawings import DrawingDetector

SIZE = (240, 320)


def drawing(seed=0):
    """Draw antialiased shapes with outlines on a gradient."""
    rng = np.random.default_rng(seed)
    large = np.tile(np.linspace(80, 190, 4 * SIZE[1]), (4 * SIZE[0], 1)).astype(np.uint8)
    for _ in range(10):
        center = (int(rng.integers(4 * SIZE[1])), int(rng.integers(4 * SIZE[0])))
        axes = (int(rng.integers(60, 240)), int(rng.integers(60, 240)))
        cv2.ellipse(large, center, axes, 0, 0, 360, int(rng.integers(60, 220)), -1)
        cv2.ellipse(large, center, axes, 0, 0, 360, 25, 10)
    picture = cv2.resize(large, SIZE[::-1], interpolation=cv2.INTER_AREA)
    picture[200:] = 128  # a flat area for small changes
    return picture


def through_h264(path, frames, crf):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf)}
        for frame in frames:
            rgb = np.ascontiguousarray(np.repeat(frame[..., None], 3, -1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def new_drawings(frames):
    detector = DrawingDetector()
    return [i for i, frame in enumerate(frames) if detector.is_new(frame)]


@pytest.mark.parametrize("crf", [16, 20])
def test_codec_noise_on_held_drawings_is_not_a_change(tmp_path, crf):
    frames = [np.roll(drawing(i // 12), 5 * (i // 3), axis=1) for i in range(36)]  # on threes, three drawings
    decoded = through_h264(tmp_path / "held.mkv", frames, crf)
    held = [i for i in range(36) if i % 3 and (decoded[i] != decoded[i - 1]).any()]
    assert len(held) > 5  # the encoder did add noise to held drawings
    found = new_drawings(decoded)
    assert set(found) >= set(range(0, 36, 3))
    assert len(found) <= 12 + 2  # of 24 held frames; encoders' versions differ


def test_small_changes_are_detected_after_the_codec(tmp_path):
    base = drawing()
    blink, line, moved = base.copy(), base.copy(), base.copy()
    blink[220, 100:102] = 60
    cv2.line(line, (200, 205), (200, 235), 60, 1)
    cv2.line(moved, (201, 205), (201, 235), 60, 1)
    faded = np.rint(base * 0.99).astype(np.uint8)
    pictures = [base, blink, base, line, moved, base, faded]
    decoded = through_h264(tmp_path / "small.mkv", [p for p in pictures for _ in range(6)], 16)
    found = new_drawings(decoded)
    assert {i // 6 for i in found} == set(range(7))


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.__setitem__((slice(220, 221), slice(50, 52)), 148),  # two pixels, 20 codes
        lambda p: p.__setitem__((slice(220, 222), slice(50, 51)), 108),
        lambda p: p.__setitem__((0, 0), 255 - p[0, 0]),  # a corner
        lambda p: p.__setitem__((slice(None), slice(None)), np.rint(p * 0.99).astype(np.uint8)),
    ],
)
def test_the_smallest_visible_changes_are_new_drawings(change):
    base = drawing()
    changed = base.copy()
    change(changed)
    assert new_drawings([base, base, changed, changed, base]) == [0, 2, 4]


def test_slow_drift_is_detected():
    base = drawing()
    base[200:] = 100
    frames = []
    for i in range(40):
        frame = base.copy()
        frame[205:235, 40:70] += np.uint8(i // 2)  # half a code each frame
        frames.append(frame)
    found = new_drawings(frames)
    assert len(found) > 3
    shown = np.array(frames)[np.maximum.accumulate(np.isin(range(40), found) * np.arange(40)), 220, 50]
    assert np.abs(np.array(frames)[:, 220, 50].astype(int) - shown).max() <= 3


def test_the_frame_is_remembered_by_value_and_another_size_is_new():
    detector = DrawingDetector()
    frame = drawing()
    assert detector.is_new(frame)
    frame += 30
    assert detector.is_new(frame)
    assert not detector.is_new(frame)
    assert detector.is_new(frame[:100])
