"""Reading of pictures and folders of stills, with the interface of videos."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.errors import SourceError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.limits import Limits, current_limits
from cartoonize.video.color_pictures import RgbPicture
from cartoonize.video.opened_on_demand import OpenedOnDemand
from cartoonize.video.picture_damage import is_damaged
from cartoonize.video.picture_size import picture_size
from cartoonize.video.planes import luma_of_rgb

#: Suffixes of the pictures in a folder.
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def pictures_in(folder: Path) -> list[Path]:
    """List the pictures of a folder in natural order (2 before 10).

    Raises
    ------
    SourceError
        If the folder contains no pictures.
    """
    found = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file() and p.name[0] != "."]
    if not found:
        raise SourceError(f"{folder} is a folder without pictures", f"Pictures end in {', '.join(SUFFIXES)}.")
    return sorted(found, key=lambda p: (_natural(p.name), p.name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name.lower())]


class StillsSource(OpenedOnDemand):
    """Source of frames from one or more pictures; see :class:`cartoonize.video.source.Source`."""

    def __init__(
        self,
        path: Path,
        pictures: Sequence[Path],
        kind: Literal["image", "stills"],
        still_rate: Fraction,
        limits: Limits,
    ) -> None:
        self.path = path
        self.kind: Literal["video", "image", "stills"] = kind
        self.names: Sequence[str] = [p.name for p in pictures]
        self.damage: list[str] = []
        self.remarks: list[str] = []
        self._pictures = pictures
        self._limits = limits
        height, width = read_picture(pictures[0], limits).shape[:2]
        limits.check_length(path, len(pictures), float(len(pictures) / still_rate))
        self.format = VideoFormat(
            height=height,
            width=width,
            time_base=1 / still_rate,
            frame_rate=still_rate,
            n_frames=len(pictures),
            duration=float(len(pictures) / still_rate),
            pix_fmt="rgb24",
            full_range=True,
            matrix="bt601",
        )

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames in order; see :meth:`cartoonize.video.source.Source.frames`."""
        for number, path in enumerate(self._pictures):
            time = float(number * self.format.time_base)
            if (start is not None and time < start - 1e-6) or (end is not None and time >= end - 1e-6):
                continue
            picture = read_picture(path, self._limits)
            if picture.shape[:2] != (self.format.height, self.format.width):
                raise SourceError(
                    f"{path} is {picture.shape[1]}x{picture.shape[0]} pixels, "
                    f"but {self._pictures[0].name} is {self.format.width}x{self.format.height}",
                    "Put stills of different sizes into different folders.",
                )
            luma = luma_of_rgb(picture, self.format.matrix)
            alpha = _alpha_of(path, self._limits)
            frame = Frame(number, number, luma, luma, picture if rgb else None, duration=1, alpha=alpha)
            yield frame.having(color=RgbPicture(picture)) if color else frame


def read_picture(path: Path, limits: Limits | None = None) -> NDArray[np.uint8]:
    """Read a picture as sRGB, (height, width, 3) in 0..255. 16 bits are reduced to 8; alpha is dropped.

    Raises
    ------
    SourceError
        If the picture cannot be decoded or is too large.
    """
    picture: Any = cv2.cvtColor(_decoded(path, limits, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture


def read_picture_with_alpha(path: Path, limits: Limits | None = None) -> NDArray[np.uint8]:
    """Read a picture as sRGB with alpha, (height, width, 4) in 0..255. Without alpha it is opaque.

    Raises
    ------
    SourceError
        As for `read_picture`.
    """
    picture: Any = _decoded(path, limits, cv2.IMREAD_UNCHANGED)
    if picture.dtype != np.uint8:
        is_integer = np.issubdtype(picture.dtype, np.integer)
        picture = cv2.convertScaleAbs(picture, alpha=255 / (np.iinfo(picture.dtype).max if is_integer else 1))
    to_rgba = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
    picture = cv2.cvtColor(picture, to_rgba[picture.shape[2] if picture.ndim == 3 else 1])
    return picture


def _alpha_of(path: Path, limits: Limits) -> NDArray[Any] | None:
    """Return the opacity of a picture file, as in `Frame.alpha`; None if it has none or is opaque."""
    with path.open("rb") as file:
        start = file.read(26)
    if start.startswith((b"\xff\xd8", b"BM")) or (start.startswith(b"\x89PNG") and start[25] not in (4, 6)):
        return None
    picture = _decoded(path, limits, cv2.IMREAD_UNCHANGED)
    if picture.ndim < 3 or picture.shape[2] != 4 or picture.dtype not in (np.uint8, np.uint16):
        return None
    alpha = np.ascontiguousarray(picture[..., 3])
    return None if alpha.min() == np.iinfo(alpha.dtype).max else alpha


def write_grey(path: Path, grey: NDArray[np.uint8]) -> None:
    """Write a grey picture (height, width), 0..255, as a PNG with colour channels and alpha."""
    done, data = cv2.imencode(".png", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA))
    assert done
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def _decoded(path: Path, limits: Limits | None, flags: int) -> NDArray[Any]:
    """Decode a picture, with channels in OpenCV's order (BGR)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "Check its permissions.") from error
    size, picture = picture_size(data), None
    if size is not None:  # other formats that OpenCV reads have no size check
        (limits or current_limits()).check_picture(path, *size)
        with suppress(cv2.error):
            cv2.utils.logging.setLogLevel(0)  # the error below is enough
            picture = None if is_damaged(data) else cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if picture is None or sorted(picture.shape[:2]) != sorted(size or ()):
        raise SourceError(f"{path} is empty or a damaged picture", "Get another copy, or remove it.")
    return picture
