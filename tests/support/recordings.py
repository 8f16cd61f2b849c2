"""Small videos of codecs and containers that the program reads and does not write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from cartoonize.video.fields import field_marker


def drawings(n: int, height: int = 64, width: int = 64) -> Iterator[NDArray[np.uint8]]:
    """Yield grey pictures that differ: a lit square moves over a wash."""
    wash = np.linspace(40, 200, width).astype(np.uint8)
    for number in range(n):
        picture = np.repeat(np.repeat(wash[None, :, None], height, 0), 3, 2)
        at = number * 3 % (width - 16)
        picture[16:40, at : at + 16] = 90 + number % 100
        yield picture


@dataclass(frozen=True)
class Recording:
    """Options of `write_recording`."""

    format: str
    """FFmpeg name of the container."""
    codec: str
    """FFmpeg name of the encoder."""
    n: int = 25
    """Number of pictures."""
    pictures: Iterable[NDArray[np.uint8]] | None = None
    """Default: `drawings`."""
    pts: Sequence[int] | None = None
    """Times of the pictures in frames. Default: 0, 1, ..."""
    rate: Fraction = Fraction(25)
    pix_fmt: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)
    """Options of the encoder."""
    muxer: Mapping[str, str] = field(default_factory=dict)
    """Options of the container."""
    fields: Literal["progressive", "top", "bottom"] = "progressive"
    """``top`` and ``bottom`` mark the frames as interlaced."""
    gop: int | None = None
    n_between: int = 0
    """Number of B-frames in a row."""
    sound: str | None = None
    """Encoder of a tone that lasts as long as the pictures."""
    offset: float = 0
    """Seconds by which all times are later."""


def noise(n: int, height: int = 64, width: int = 64) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures of noise, which need many bytes."""
    rng = np.random.default_rng(0)
    for _ in range(n):
        yield rng.integers(0, 256, (height, width, 3), np.uint8)


def write_recording(path: Path, **options: Any) -> Path:
    """Write a video with the options of `Recording`."""
    film = Recording(**options)
    with av.open(str(path), "w", format=film.format, container_options=dict(film.muxer)) as out:
        audio: Any = None
        mark = field_marker(film.fields)
        pictures = iter(film.pictures or drawings(film.n))
        first = next(pictures)
        video = _add_video(out, film, *first.shape[:2])
        if film.sound:
            audio = out.add_stream(film.sound, rate=48000, layout="stereo")
        for number, picture in enumerate(chain([first], pictures)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=film.pix_fmt)
            frame.pts = round(film.offset * film.rate) + (film.pts[number] if film.pts else number)
            frame.time_base = 1 / film.rate
            out.mux(video.encode(mark(frame) if film.fields != "progressive" else frame))
            if audio is not None:
                out.mux(audio.encode(_tone(number, 48000 / film.rate, film.offset)))
        out.mux(video.encode(None))
        if audio is not None:
            out.mux(audio.encode(None))
    return path


def _add_video(out: Any, film: Recording, height: int, width: int) -> Any:
    video = out.add_stream(film.codec, rate=film.rate, options=dict(film.options))
    context = video.codec_context
    context.height, context.width, context.pix_fmt = height, width, film.pix_fmt
    context.time_base = 1 / film.rate
    context.max_b_frames = film.n_between
    if film.fields != "progressive":
        context.flags |= av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me
    if film.gop is not None:
        context.gop_size = film.gop
    return video


def _tone(number: int, n_samples: Fraction, offset: float) -> av.AudioFrame:
    begin, end = round(number * n_samples), round((number + 1) * n_samples)
    wave = 8000 * np.sin(np.arange(begin, end) * 2 * np.pi * 440 / 48000)
    frame = av.AudioFrame.from_ndarray(np.repeat(wave.astype(np.int16), 2)[None], "s16", "stereo")
    frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
    frame.pts = begin + round(offset * 48000)
    return frame


def rewrite(source: Path, target: Path, change: Any, *, format: str | None = None) -> Path:
    """Copy the packets of the video of a file, each as ``change(number, packet)`` returns it: a list."""
    plainly = {"fflags": "-autobsf"}  # joins no hidden frame of VP9 with the next one
    with (
        av.open(str(source)) as one,
        av.open(str(target), "w", format=format, container_options=plainly) as two,
    ):
        stream = two.add_stream_from_template(one.streams.video[0], opaque=True)
        number = 0
        for packet in one.demux(video=0):
            if packet.size:
                for changed in change(number, packet):
                    changed.stream = stream
                    two.mux(changed)
                number += 1
    return target


def damaged(path: Path, share: float = 0.5, n: int = 200, seed: int = 0) -> Path:
    """Overwrite bytes of a file with noise; return the path of a copy."""
    data = bytearray(path.read_bytes())
    at = int(len(data) * share)
    data[at : at + n] = np.random.default_rng(seed).bytes(n)
    copy = path.with_name(f"damaged-{path.name}")
    copy.write_bytes(data)
    return copy


def cut(path: Path, share: float = 0.6) -> Path:
    """Cut a file; return the path of a copy."""
    data = path.read_bytes()
    copy = path.with_name(f"cut-{path.name}")
    copy.write_bytes(data[: int(len(data) * share)])
    return copy
