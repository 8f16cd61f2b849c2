"""Table of the video codecs and containers that can be written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cartoonize.errors import UnknownNameError

_SAMPLINGS = ("yuv420p", "yuv422p", "yuv444p")
_TEN_BIT = tuple(f"{name}10le" for name in _SAMPLINGS)
_ALPHA = (
    *(f"yuva{name}p{bits}" for bits in ("", "10le", "16le") for name in (420, 422, 444)),
    "yuva422p12le",
    "yuva444p12le",
)
_DEEP = tuple(f"{name}{bits}le" for bits in (12, 16) for name in _SAMPLINGS)


@dataclass(frozen=True)
class Profile:
    """Quality and pixel format of a codec of studios."""

    name: str
    """FFmpeg name."""
    pix_fmt: str
    """Pixel format that it stores."""
    is_default: bool = False
    """True for the one that is used for 4:2:0 and 4:2:2."""


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
    min_size: tuple[int, int] = (1, 1)
    """Smallest width and height."""
    has_range: bool = True
    """True if the stream or its container says whether Y' has full range; else it is always limited."""
    alpha_pix_fmts: tuple[str, ...] = ()
    """Pixel formats with opacity; empty if the codec cannot hold it."""
    holds_captions: bool = False
    """True if the encoder stores CEA-608 and CEA-708 captions with the pictures."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Profiles by name, the worst first; empty for codecs without them."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Codec, quality and pixel format of a coloured video."""

    codec: str = "h264"
    """Name in `CODECS`."""
    crf: int | None = None
    """Quality; lower is better. None: the default of the codec."""
    pix_fmt: str | None = None
    """FFmpeg name of a planar Y'CbCr format. None: the nearest to that of the source."""
    profile: str | None = None
    """Name of a profile of the codec. None: the best one for the chroma of the source."""
    chroma_only: bool = False
    """Write the layer of colour with its opacity."""


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
        holds_captions=True,
    ),
    "h265": Codec(
        "libx265",
        _SAMPLINGS + _TEN_BIT,
        16,
        (("x265-params", "log-level=none:frame-threads=2:info=0"), ("a53cc", "1")),
        holds_captions=True,
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
        alpha_pix_fmts=_ALPHA,
    ),
    "prores": Codec(
        "prores_ks",
        ("yuv422p10le", "yuv444p10le"),
        None,
        (("vendor", "apl0"), ("threads", "4")),
        containers=("mov", "mxf", "matroska"),
        marks_fields=True,
        has_range=False,
        alpha_pix_fmts=("yuva444p10le",),
        profiles={
            "proxy": Profile("proxy", "yuv422p10le"),
            "lt": Profile("lt", "yuv422p10le"),
            "standard": Profile("standard", "yuv422p10le"),
            "hq": Profile("hq", "yuv422p10le", is_default=True),
            "4444": Profile("4444", "yuv444p10le"),
            "4444xq": Profile("4444xq", "yuv444p10le"),
        },
    ),
    "dnxhr": Codec(
        "dnxhd",
        ("yuv422p", "yuv422p10le", "yuv444p10le"),
        None,
        (("threads", "4"),),
        containers=("mov", "mxf"),
        min_size=(256, 120),
        has_range=False,
        profiles={
            "lb": Profile("dnxhr_lb", "yuv422p"),
            "sq": Profile("dnxhr_sq", "yuv422p"),
            "hq": Profile("dnxhr_hq", "yuv422p"),
            "hqx": Profile("dnxhr_hqx", "yuv422p10le", is_default=True),
            "444": Profile("dnxhr_444", "yuv444p10le"),
        },
    ),
}

#: FFmpeg name of the container for each suffix.
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".mxf": "mxf"}


def codec_named(name: str) -> Codec:
    """Return a codec of the table, or raise `UnknownNameError`."""
    os.environ.setdefault("SVT_LOG", "1")  # the only way to keep SVT-AV1 from writing to stderr
    if name not in CODECS:
        raise UnknownNameError("codec", name, [*CODECS, "png", "tiff", "exr"])
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
