"""The video codecs and containers that can be written, as data."""

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
    """What the writers have to know of a video codec."""

    encoder: str
    """FFmpeg's name of the encoder."""
    pix_fmts: tuple[str, ...]
    """Pixel formats that it takes, all of them planar Y'CbCr."""
    crf: int | None
    """Default quality (constant rate factor), the lower the better; None for lossless codecs."""
    options: tuple[tuple[str, str], ...] = ()
    """Encoder options that make its output good, quiet and the same on every machine."""
    max_crf: int = 51
    qmax_above_crf: int | None = None
    """Bound of the quantiser, relative to crf. Left alone, x264 saves where it thinks that nobody looks: at
    crf 16 single pixels of real cartoons are 15 luma codes off. At -5 they are 4 off on drawings and 5 on
    grainy film, for 60% and 110% more bytes."""
    containers: tuple[str, ...] = ("mp4", "mov", "matroska")
    """FFmpeg's names of those that can hold it."""
    marks_fields: bool = False
    """Whether the stream itself says that frames are interlaced."""


#: Thread and slice counts are fixed where they change the result.
CODECS = {
    "h264": Codec(
        "libx264",
        _SAMPLINGS + _TEN_BIT,
        16,
        # mbtree reads memory that nobody has written (x264 165 with AVX-512), so that the same film would not
        # have the same bytes. The rest is for speed: at quantisers this low one round of search is enough.
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

#: FFmpeg's name of the container for each suffix.
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


def codec_named(name: str) -> Codec:
    """Return a codec of the table; the error names the known ones."""
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes to stderr, and this is the only way to stop it
    if name not in CODECS:
        raise UnknownNameError("codec", name, [*CODECS, "png"])
    return CODECS[name]


def container_of(path: Path) -> str:
    """Return FFmpeg's name of the container that the suffix asks for; the error names the known ones."""
    if path.suffix.lower() not in CONTAINERS:
        raise UnknownNameError("container suffix", path.suffix, CONTAINERS)
    return CONTAINERS[path.suffix.lower()]


def missing_encoders() -> list[str]:
    """Return the codecs of `CODECS` whose encoder this machine's FFmpeg lacks, and ``aac`` if it does."""
    import av

    wanted = {**{name: codec.encoder for name, codec in CODECS.items()}, "aac": "aac"}
    return [name for name, encoder in wanted.items() if encoder not in av.codecs_available]
