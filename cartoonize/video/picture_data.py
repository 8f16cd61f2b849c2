"""Data in the picture stream of a source: brightness of the mastering display, 3D, mirroring."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type

from cartoonize.video.alpha import has_alpha
from cartoonize.video.containers import canonical_name, main_video, open_container, packets_of
from cartoonize.video.matroska_header import CROPPING, video_track

#: Number of pictures that are searched. Captions and similar data may begin after the first ones.
_N_SEARCHED = 4
#: Largest number of packets from which they are decoded.
_N_PACKETS = 64
#: Names of AVStereo3DType, and the mode of Matroska with the left eye first and second.
STEREO: dict[int, tuple[str, int, int]] = {
    1: ("side by side", 1, 11),
    2: ("top and bottom", 3, 2),
    3: ("alternating frames", 13, 14),
    4: ("a checkerboard", 5, 4),
    6: ("alternating lines", 7, 6),
    7: ("alternating columns", 9, 8),
}
#: Numbers of AVSphericalProjection with an equivalent in Matroska.
EQUIRECTANGULAR, CUBEMAP, EQUIRECTANGULAR_TILE = 0, 1, 2


@dataclass(frozen=True)
class Mastering:
    """Colours and brightness of the display on which a film was graded (SMPTE ST 2086)."""

    primaries: tuple[Fraction, ...]
    """CIE x and y of red, green, blue and white."""
    largest: Fraction
    """Largest luminance in cd/m2."""
    smallest: Fraction
    """Smallest luminance in cd/m2."""


@dataclass(frozen=True)
class Spherical:
    """Projection of a picture that shows all directions."""

    projection: int
    """Number of AVSphericalProjection."""
    pose: tuple[float, float, float]
    """Yaw, pitch and roll in degrees."""
    bounds: tuple[int, int, int, int]
    """Left, top, right and bottom of a part of the sphere, as shares in units of 2**-32."""
    padding: int
    """Pixels around the faces of a cube."""


@dataclass(frozen=True)
class PictureData:
    """Data beside the pixels of the first pictures of a source."""

    mastering: Mastering | None = None
    light_level: tuple[int, int] | None = None
    """Largest luminance of a pixel, and of the mean of a frame, in cd/m2."""
    stereo: tuple[int, bool] | None = None
    """Number of AVStereo3DType, and whether the right eye comes first; None for ordinary pictures."""
    spherical: Spherical | None = None
    display_matrix: tuple[int, ...] | None = None
    """The nine numbers of the transformation for display, if it is more than a rotation."""
    cropping: tuple[int, int, int, int] | None = None
    """Pixels that players cut off at the left, top, right and bottom."""
    timecode: str = ""
    """Timecode of the first frame, as ``HH:MM:SS:FF``; empty without."""
    has_captions: bool = False
    """True if there are CEA-608 or CEA-708 captions."""
    has_alpha: bool = False
    """True if pixels have an opacity."""
    others: tuple[str, ...] = ()
    """Descriptions of data that no writer keeps."""


NO_DATA = PictureData()
#: Start of the data of Dolby Vision in a packet, by codec: a NAL unit of type 62, and a metadata OBU.
_DOLBY_VISION = {"hevc": b"\x7c\x01\x19", "av1": b"\xb5\x00\x3b\x00\x00\x08\x00"}
_OTHERS = {
    Type.DYNAMIC_HDR_PLUS: "HDR10+",
    Type.DYNAMIC_HDR_VIVID: "HDR Vivid",
    Type.FILM_GRAIN_PARAMS: "synthetic film grain",
    Type.ICC_PROFILE: "a colour profile (ICC)",
    Type.AFD: "the active format (AFD)",
}


def picture_data(path: Path) -> PictureData:
    """Return what rides in the picture stream of a video, from its header and its first pictures."""
    changed = None
    with suppress(OSError):
        changed = path.stat().st_mtime_ns
    return _found_data(path, changed)


@lru_cache(maxsize=4)
def _found_data(path: Path, changed: int | None) -> PictureData:
    with open_container(path) as container:
        stream = main_video(container, path)
        found: dict[Type, bytes] = {}
        transparent = False
        packets = islice(packets_of(container, stream), _N_PACKETS)
        first: list[av.Packet] = []
        timecode = _declared_timecode(container, stream)
        for picture in islice(_pictures(packets, stream, first), _N_SEARCHED):
            transparent |= has_alpha(picture)
            timecode = timecode or _timecode_of(picture)
            with suppress(ValueError):  # a kind of data that this version of PyAV does not know
                for data in cast(Any, picture.side_data):
                    found.setdefault(data.type, bytes(data))
        codec = canonical_name(stream)
        is_matroska = container.format.name.startswith("matroska")
        hides_alpha = stream.metadata.get("alpha_mode") == "1" and not transparent
    others = [name for kind, name in _OTHERS.items() if kind in found]
    mark = _DOLBY_VISION.get(codec)
    others += ["Dolby Vision"] if mark and any(mark in bytes(packet) for packet in first) else []
    others += ["the opacity of pixels (alpha), which cannot be decoded"] if hides_alpha else []
    return PictureData(
        mastering=_mastering(found.get(Type.MASTERING_DISPLAY_METADATA)),
        light_level=_light_level(found.get(Type.CONTENT_LIGHT_LEVEL)),
        stereo=_stereo(found.get(Type.STEREO3D)),
        spherical=_spherical(found.get(Type.SPHERICAL)),
        display_matrix=_mirrored(found.get(Type.DISPLAYMATRIX)),
        cropping=_cropping(path) if is_matroska else None,
        timecode=timecode,
        has_captions=Type.A53_CC in found,
        has_alpha=transparent,
        others=tuple(dict.fromkeys(others)),
    )


def captions_of(picture: av.VideoFrame) -> bytes:
    """Return the CEA-608 and CEA-708 captions that ride with a picture; empty without."""
    with suppress(ValueError):  # data of a kind that this version of PyAV does not know
        for data in cast(Any, picture.side_data):
            if data.type == Type.A53_CC:
                return bytes(data)
    return b""


def _declared_timecode(container: InputContainer, video: av.VideoStream) -> str:
    """Return the timecode that a container declares for its video stream; empty without."""
    for tagged in (video, container, *container.streams):
        for key, value in tagged.metadata.items():
            if key.lower() == "timecode" and value:
                return value
    return ""


def _timecode_of(picture: av.VideoFrame) -> str:
    """Return the timecode in a picture. That of DVDs, which counts from 0, says nothing."""
    value = str(cast(Any, picture).metadata.get("timecode", ""))
    return "" if not value.strip("0:;.") else value


def _pictures(
    packets: Iterator[av.Packet], stream: av.VideoStream, seen: list[av.Packet]
) -> Iterator[av.VideoFrame]:
    """Yield the pictures that can be decoded, and add their packets to a list."""
    with suppress(av.FFmpegError):
        for packet in packets:
            seen.append(packet)
            with suppress(av.FFmpegError):
                yield from stream.decode(packet)
        yield from stream.decode(None)


def _fractions(data: bytes) -> list[Fraction]:
    numbers = struct.unpack(f"={len(data) // 4}i", data)
    return [Fraction(n, d) if d else Fraction(0) for n, d in zip(numbers[::2], numbers[1::2], strict=True)]


def _mastering(data: bytes | None) -> Mastering | None:
    if data is None or len(data) < 88:
        return None
    *primaries, smallest, largest = _fractions(data[:80])
    has_primaries, has_luminance = struct.unpack("=2i", data[80:88])
    if not (has_primaries and has_luminance):
        return None
    return Mastering(tuple(primaries), largest, smallest)


def _light_level(data: bytes | None) -> tuple[int, int] | None:
    if data is None or len(data) < 8:
        return None
    level, average = struct.unpack("=2I", data[:8])
    return (level, average) if level or average else None


def _stereo(data: bytes | None) -> tuple[int, bool] | None:
    if data is None or len(data) < 8:
        return None
    kind, flags = struct.unpack("=2i", data[:8])
    return (kind, bool(flags & 1)) if kind in STEREO else None


def _spherical(data: bytes | None) -> Spherical | None:
    if data is None or len(data) < 36:
        return None
    projection, yaw, pitch, roll, *bounds, padding = struct.unpack("=4i5I", data[:36])
    left, top, right, bottom = bounds
    pose = (yaw / 65536, pitch / 65536, roll / 65536)
    return Spherical(projection, pose, (left, top, right, bottom), padding)


def _mirrored(data: bytes | None) -> tuple[int, ...] | None:
    """Return a display matrix that mirrors the picture, or None."""
    if data is None or len(data) < 36:
        return None
    matrix = struct.unpack("=9i", data[:36])
    a, b, _, c, d = matrix[:5]
    return matrix if a * d - b * c < 0 else None


def _cropping(path: Path) -> tuple[int, int, int, int] | None:
    values = {element.id: int.from_bytes(element.data) for element in video_track(path)}
    left, top, right, bottom = (values.get(id, 0) for id in CROPPING)
    return (left, top, right, bottom) if any((left, top, right, bottom)) else None
