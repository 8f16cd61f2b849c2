"""Reading and writing of pictures and folders of stills, with the interface of videos."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import FinishedHook, do_nothing, replacing
from cartoonize.errors import OutputError, SourceError, UsageError
from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.limits import Limits, current_limits
from cartoonize.video.finalize import finalized_output, output_errors
from cartoonize.video.picture_damage import is_damaged
from cartoonize.video.picture_size import picture_size
from cartoonize.video.planes import grey_of_luma, luma_of_rgb, rgb_of_planes

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


class StillsSource:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def frames(
        self, *, rgb: bool = False, start: float | None = None, end: float | None = None
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
            yield Frame(number, number, luma, luma, picture if rgb else None, duration=1)


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


class StillsWriter:
    """Writer of coloured pictures as PNG; see :func:`cartoonize.video.output.open_writer`.

    Parameters
    ----------
    path : Path
        Path of one picture if it ends in ``.png``, else of a folder.
    format : VideoFormat
        Format of the source.
    names : sequence of str
        File names of the source's pictures in order; their suffix becomes ``.png``. Other pictures are named
        000001.png and so on.
    force : bool
        Replace existing output.
    """

    def __init__(
        self, path: Path, format: VideoFormat, *, names: Sequence[str] = (), force: bool = False
    ) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.sidecars: list[Path] = []
        self.force = force
        self.on_finished: FinishedHook = do_nothing
        self._is_folder = path.suffix.lower() != ".png"
        self._names = [f"{Path(name).stem}.png" for name in names]
        if len(set(self._names)) < len(self._names):  # such as a.png and a.jpg
            self._names = [f"{name}.png" for name in names]
        self._format = format
        self._n_frames = 0
        self._stack = ExitStack()
        self.plane_format = PlaneFormat(
            height=format.height,
            width=format.width,
            chroma_height=format.height,
            chroma_width=format.width,
            bit_depth=8,
            full_range=True,
            matrix=format.matrix,
        )

    def __enter__(self) -> Self:
        output = finalized_output(
            self.path, folder=self._is_folder, force=self.force, on_finished=self.on_finished
        )
        self._part = self._stack.enter_context(output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            if self._n_frames == 0:
                raise OutputError(f"{self.path} would have no frame", "Check --start and --end.")

    def write(self, frame: Frame) -> None:
        """Add a picture; see :meth:`cartoonize.video.output.Writer.write`."""
        luma = grey_of_luma(frame.luma, self._format.bit_depth, self._format.full_range)
        neutral = np.full(luma.shape, 128, np.uint8)
        cb, cr = frame.chroma or (neutral, neutral)
        rgb = rgb_of_planes(luma, cb, cr, self._format.matrix)
        done, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        assert done
        with output_errors(self.path):
            self._path_of(frame.index).write_bytes(data.tobytes())
        self._n_frames += 1

    def _path_of(self, index: int) -> Path:
        """Return the temporary path of the picture of the source's frame ``index``."""
        if not self._is_folder:
            if self._n_frames:
                raise UsageError(
                    f"{self.path} is one picture, but the source has more frames", "Use the name of a folder."
                )
            return self._part
        if index < len(self._names):
            return self._part / self._names[index]
        return self._part / f"{self._n_frames + 1:06d}.png"
