"""Single frames and small copies of videos, for reports."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame
from cartoonize.video.decoding import seconds
from cartoonize.video.film import write_film
from cartoonize.video.reader import VideoSource
from cartoonize.video.source import Source, open_source


@dataclass(frozen=True)
class SmallFilm:
    """A small copy of a part of a video."""

    mp4: bytes
    """Content of the MP4 file."""
    height: int
    width: int


def frame_times(path: Path) -> list[float]:
    """Return the time of every frame, in seconds from the start of the stream."""
    with open_source(path, allow_damaged=True) as source:
        return [seconds(frame.pts, source.format) for frame in source.frames()]


def frames_at(path: Path, indices: Sequence[int], times: Sequence[float]) -> dict[int, Frame]:
    """Read some frames of a video, with ``rgb`` and square pixels, by seeking to each of them.

    Parameters
    ----------
    path : Path
        A video or a folder of stills.
    indices : sequence of int
        Indices of the frames, from 0. Indices beyond the end are ignored.
    times : sequence of float
        Time of every frame of the video (see `frame_times`), or of another video with the same frames.

    Returns
    -------
    dict
        Frames by index.
    """
    found = {}
    with open_source(path, allow_damaged=True) as source:
        for index in indices:
            start = _before(source, index, times)
            if start is not None and (frame := next(source.frames(rgb=True, start=start), None)):
                found[index] = _squared(frame, source.format.sample_aspect_ratio)
    return found


def frames_near(path: Path, times: Sequence[float], *, squared: bool = False) -> Iterator[Frame | None]:
    """Yield one frame of a film for each time, with ``rgb``, by seeking to it.

    Parameters
    ----------
    path : Path
        A video, a picture or a folder of stills.
    times : sequence of float
        Times of frames in ascending order, in seconds from the start of the stream, exact to a quarter of the
        time between two frames.
    squared : bool
        Resize the frames to square pixels.

    Yields
    ------
    Frame or None
        None if the film ends before that time.
    """
    with open_source(path, allow_damaged=True) as source:
        tolerance = 0.25 / float(source.format.frame_rate or 24)
        for time, frame in zip(times, _near(source, [time - tolerance for time in times]), strict=False):
            is_near = frame is not None and seconds(frame.pts, source.format) < time + 3 * tolerance
            if frame is None or not is_near:
                yield None
            else:
                yield _squared(frame, source.format.sample_aspect_ratio) if squared else frame


def _near(source: Source, starts: Sequence[float]) -> Iterator[Frame | None]:
    """Yield the first frame of a film from each time on."""
    if not isinstance(source, VideoSource) or source.seeks:
        yield from (next(source.frames(rgb=True, start=start), None) for start in starts)
        return
    remaining = iter(starts)
    start = next(remaining, None)
    for frame in source.frames(rgb=True, start=start):  # in one pass
        while start is not None and seconds(frame.pts, source.format) >= start:
            yield frame
            start = next(remaining, None)
        if start is None:
            return
    yield None
    yield from (None for _ in remaining)


def small_film(
    path: Path,
    *,
    start: int,
    n_frames: int,
    times: Sequence[float],
    frame_rate: float,
    width: int = 320,
    grey: bool = False,
    most_bytes: int = 1_800_000,
) -> SmallFilm:
    """Copy a part of a video to a small MP4 (H.264) with frequent keyframes, for fast seeking.

    Parameters
    ----------
    path : Path
        A video or a folder of stills.
    start, n_frames : int
        Index of the first frame, and the number of frames.
    times : sequence of float
        As in `frames_at`.
    frame_rate : float
        Frames per second of the copy. The times of the source are ignored.
    width : int
        Width of the copy in pixels; must be even. The height follows from the aspect ratio.
    grey : bool
        Copy the black-and-white picture.
    most_bytes : int
        Size limit in bytes. The quality is lowered until the copy is small enough, or until crf 38.
    """
    crf = 26
    while True:
        with open_source(path, allow_damaged=True) as source, tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.mp4"
            frames = islice(source.frames(rgb=not grey, start=_before(source, start, times)), n_frames)
            shapes: list[tuple[int, ...]] = []
            aspect = float(source.format.sample_aspect_ratio)
            pictures = _resized(frames, width, grey, aspect, shapes)
            write_film(copy, pictures, frame_rate=frame_rate, crf=crf, gop=24)
            mp4 = copy.read_bytes()
        if len(mp4) <= most_bytes or crf >= 38:
            return SmallFilm(mp4, shapes[0][0], shapes[0][1])
        crf += 4


def _resized(
    frames: Iterator[Frame], width: int, grey: bool, aspect: float, shapes: list[tuple[int, ...]]
) -> Iterator[NDArray[np.uint8]]:
    """Yield the resized pictures, and append the shape of the first one to ``shapes``."""
    for frame in frames:
        picture = np.repeat(frame.grey[..., None], 3, 2) if grey else frame.rgb
        assert picture is not None
        height = max(2, round(width * picture.shape[0] / picture.shape[1] / aspect / 2) * 2)
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
        if not shapes:
            shapes.append(small.shape)
        yield small


def _squared(frame: Frame, aspect: Fraction) -> Frame:
    """Resize a frame to square pixels."""
    assert frame.rgb is not None
    if aspect == 1:
        return frame
    size = (round(frame.grey.shape[1] * aspect), frame.grey.shape[0])
    layers = (cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (frame.grey, frame.rgb))
    return frame.having(**dict(zip(("grey", "rgb"), layers, strict=True)))


def _before(source: Source, index: int, times: Sequence[float]) -> float | None:
    """Return a time between a frame and the one before it, or None if the frame does not exist."""
    if index >= len(times):
        return None
    if source.kind != "video":
        return (index - 0.5) / float(source.format.frame_rate)
    return times[0] - 1.0 if index == 0 else (times[index - 1] + times[index]) / 2
