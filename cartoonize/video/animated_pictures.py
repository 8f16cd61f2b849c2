"""Animated pictures: which files are such, and a source of the frames of an animated WebP."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import SourceError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.limits import Limits
from cartoonize.video.color_pictures import RgbPicture
from cartoonize.video.containers import first_bytes
from cartoonize.video.opened_on_demand import OpenedOnDemand
from cartoonize.video.picture_size import is_picture, picture_size
from cartoonize.video.planes import luma_of_rgb

_PNG = b"\x89PNG\r\n\x1a\n"
#: Bit of an extended WebP header that announces an animation.
_ANIMATED = 0x02
_TIME_BASE = Fraction(1, 1000)
_HINT = "Get a complete copy of the file."


def n_png_frames(path: Path) -> int:
    """Return the number of frames that a PNG declares (acTL chunk); 0 if it is a still or another file."""
    if path.is_dir():  # a disc
        return 0
    with path.open("rb") as file:
        if file.read(len(_PNG)) != _PNG:
            return 0
        while len(head := file.read(8)) == 8:
            length, kind = int.from_bytes(head[:4]), head[4:]
            if kind == b"acTL":
                return int.from_bytes(file.read(4))
            if kind in (b"IDAT", b"IEND"):
                return 0
            file.seek(length + 4, 1)
    return 0


def is_still(path: Path) -> bool:
    """Return whether a file is a picture without animation."""
    return is_picture(first_bytes(path)) and n_png_frames(path) < 2 and not is_animated_webp(path)


def check_animated_png(path: Path, limits: Limits, *, allow_damaged: bool) -> None:
    """Raise `SourceError` if an animated PNG is too large, or is damaged and that is not allowed."""
    size = picture_size(first_bytes(path))
    if size is not None:
        limits.check_picture(path, *size)
    if not allow_damaged and (place := _damaged_chunk(path)) is not None:
        raise SourceError(
            f"{path} is a damaged picture, from byte {place} on",
            "Get a complete copy of the file, or pass --allow-damaged to use what can be decoded.",
        )


def _damaged_chunk(path: Path) -> int | None:
    """Return the place of the first chunk of a PNG that is cut or has a wrong checksum, or None."""
    with path.open("rb") as file:
        file.seek(len(_PNG))
        while True:
            place, head = file.tell(), file.read(8)
            length = int.from_bytes(head[:4])
            if len(head) < 8 or place + length + 12 > path.stat().st_size:
                return place
            checksum = zlib.crc32(file.read(length), zlib.crc32(head[4:]))
            if file.read(4) != checksum.to_bytes(4):
                return place
            if head[4:] == b"IEND":
                return None


def is_animated_webp(path: Path) -> bool:
    """Return whether a file is a WebP with an animation."""
    start = first_bytes(path)
    is_extended = start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X"
    return is_extended and len(start) > 20 and bool(start[20] & _ANIMATED)


class WebpSource(OpenedOnDemand):
    """Source of the frames of an animated WebP; see :class:`cartoonize.video.source.Source`.

    FFmpeg cannot decode these animations.
    """

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self.remarks: list[str] = []
        self._check(limits)
        starts, width, height, self._end = [], 0, 0, 0
        for picture, start, duration in _pictures(path):
            starts.append(start)
            height, width = picture.shape[:2]
            self._end = start + duration
            limits.check_length(path, len(starts), self._end / 1000)
        if not starts:
            raise SourceError(f"{path} has no frames", _HINT)
        self.format = VideoFormat(
            height=height,
            width=width,
            time_base=_TIME_BASE,
            frame_rate=Fraction(1000 * len(starts), max(self._end, 1)).limit_denominator(1001),
            n_frames=len(starts),
            duration=self._end / 1000,
            pix_fmt="rgb24",
            full_range=True,
            matrix="bt601",
        )

    def _check(self, limits: Limits) -> None:
        """Raise an error if the pictures are too large or the file is cut."""
        start = first_bytes(self.path)
        size = picture_size(start)
        if size is not None:
            limits.check_picture(self.path, *size)
        if self.path.stat().st_size < int.from_bytes(start[4:8], "little") + 8:
            raise SourceError(f"{self.path} is incomplete: it is shorter than it declares", _HINT)

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames in order; see :meth:`cartoonize.video.source.Source.frames`."""
        index = 0
        for picture, pts, duration in _pictures(self.path):
            time = float(pts * _TIME_BASE)
            if end is not None and time >= end - 1e-6:
                return
            if picture.shape[2] == 4 and not self.remarks and picture[..., 3].min() < 255:
                self.remarks.append("has an opacity of pixels (alpha), which is not kept")
            if start is None or time >= start - 1e-6:
                shown = np.ascontiguousarray(picture[..., :3])
                luma = luma_of_rgb(shown, self.format.matrix)
                frame = Frame(index, pts, luma, luma, shown if rgb else None, duration=duration)
                yield frame.having(color=RgbPicture(shown)) if color else frame
                index += 1


def _pictures(path: Path) -> Iterator[tuple[NDArray[np.uint8], int, int]]:
    """Yield the frames of a WebP as sRGB or sRGB with alpha, with start and duration in milliseconds."""
    from PIL import Image

    at = 0
    try:
        with Image.open(path, formats=["WEBP"]) as opened:
            image: Any = opened
            for number in range(image.n_frames):
                image.seek(number)
                picture = np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGBA"))
                duration = max(1, round(image.info.get("duration", 0)))
                yield picture, at, duration
                at += duration
    except (OSError, EOFError, ValueError, SyntaxError) as error:
        raise SourceError(f"{path} is a damaged picture at {at / 1000:.2f} s", _HINT) from error
