"""Table of the video codecs and containers that can be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cartoonize.errors import UnknownNameError

_SAMPLINGS = ("yuv420p", "yuv422p", "yuv444p")
_TEN_BIT = tuple(f"{name}10le" for name in _SAMPLINGS)
_DEEP = tuple(f"{name}{bits}le" for bits in (12, 16) for name in _SAMPLINGS)


@dataclass(frozen=True)
class Codec:
    """Properties of a video codec, for writers."""

    encoder: str
    """FFmpeg name of the encoder."""
    pix_fmts: tuple[str, ...]
    """Pixel formats that it accepts, all planar Y'CbCr."""
    crf: int | None
    """Default quality (constant rate factor); lower is better. None for lossless codecs."""
    options: tuple[tuple[str, str], ...] = ()
    """Encoder options for good quality, no console output, and the same bytes on every machine."""
    max_crf: int = 51
    """Largest (worst) crf."""
    qmax_above_crf: int | None = None
    """Upper bound of the quantiser relative to crf; None: no bound. Without a bound, x264 saves bits in areas
    that it considers inconspicuous: at crf 16, single pixels of real cartoons are 15 luma codes off. With -5
    they are 4 codes off on drawings and 5 on grainy film, for 60% and 110% more bytes."""
    containers: tuple[str, ...] = ("mp4", "mov", "matroska")
    """FFmpeg names of the containers that can hold it."""
    marks_fields: bool = False
    """True if the stream itself marks frames as interlaced."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Codec, quality and pixel format of a coloured video."""

    codec: str = "h264"
    """Name in `CODECS`."""
    crf: int | None = None
    """Quality; lower is better. None: the default of the codec."""
    pix_fmt: str | None = None
    """FFmpeg name of a planar Y'CbCr format. None: the nearest to that of the source."""


#: Codecs by name. Thread and slice counts are fixed where they change the result.
CODECS = {
    "h264": Codec(
        "libx264",
        _SAMPLINGS + _TEN_BIT,
        16,
        # mbtree reads uninitialised memory (x264 165 with AVX-512), so the bytes would differ between runs.
        # The other options are for speed: at quantisers this low, one round of motion search is enough.
        (("preset", "faster"), ("subq", "2"), ("mbtree", "0"), ("threads", "4")),
        qmax_above_crf=-5,
        marks_fields=True,
    ),
    "h265": Codec(
        "libx265", _SAMPLINGS + _TEN_BIT, 16, (("x265-params", "log-level=none:frame-threads=2:info=0"),)
    ),
    "av1": Codec(
        "libsvtav1", ("yuv420p", "yuv420p10le"), 20, (("preset", "8"),), 63, containers=("mp4", "matroska")
    ),
    "ffv1": Codec(
        "ffv1",
        _SAMPLINGS + _TEN_BIT + _DEEP,
        None,
        (("level", "3"), ("slices", "4"), ("slicecrc", "1"), ("threads", "4")),
        containers=("mp4", "matroska"),
        marks_fields=True,
    ),
}

#: FFmpeg name of the container for each suffix.
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


def codec_named(name: str) -> Codec:
    """Return a codec of the table, or raise `UnknownNameError`."""
    os.environ.setdefault("SVT_LOG", "1")  # the only way to keep SVT-AV1 from writing to stderr
    if name not in CODECS:
        raise UnknownNameError("codec", name, [*CODECS, "png"])
    return CODECS[name]


def container_of(path: Path) -> str:
    """Return the FFmpeg name of the container for the suffix, or raise `UnknownNameError`."""
    if path.suffix.lower() not in CONTAINERS:
        raise UnknownNameError("container suffix", path.suffix, CONTAINERS)
    return CONTAINERS[path.suffix.lower()]


def missing_encoders() -> list[str]:
    """Return the names in `CODECS`, and ``aac``, whose encoder is missing in this FFmpeg."""
    import av

    wanted = {**{name: codec.encoder for name, codec in CODECS.items()}, "aac": "aac"}
    return [name for name, encoder in wanted.items() if encoder not in av.codecs_available]
