"""References: coloured pictures that a user gives, whole or painted in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE, Area, area_average
from cartoonize.reporting import LOG, Reporter

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 2

#: Side of the grid on which pictures are compared, and the deviation of the Gaussian that removes shading.
_SIDE, _DETAIL = 128, 4.0
#: Colours with a smaller CIELAB chroma count as grey.
_MIN_CHROMA = 4.0
#: A cell has a known colour if at least this share of it is painted.
_MIN_CELL_SHARE = 0.75
#: A reference shows enough to find its frame if at least this share of its cells is painted.
_MIN_SHARE = 0.02
#: Transparent pixels show the grey frame if their channels differ by at most this, and their values have at
#: least this standard deviation. Paint programs leave zeros there, one colour, or what a rubber has removed.
_GREY, _TEXTURE = 2, 3.0
#: A picture counts as whole if more than this share of it is painted.
_WHOLE_SHARE = 0.98


@dataclass(frozen=True, eq=False)
class Signature:
    """Details of a picture by which the frame that it shows is found."""

    details: NDArray[np.float32]
    """(128 * 128,) details as from `details_of`, scaled to length 1; 0 where the picture is unknown."""
    painted: NDArray[np.bool_]
    """(128 * 128,) True where the picture is painted, or shows the grey frame below transparent pixels."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A coloured picture, painted in full or in part."""

    lightness: NDArray[np.float32]
    """(height, width) CIE L of the black-and-white copy of the picture, 0..100."""
    hints: ColorHints
    """Colours of the picture, in the same size."""
    path: Path = Path()
    """Path of the file."""
    size: tuple[int, int] = (COLOR_SIZE, COLOR_SIZE)
    """Width and height of the file in pixels."""
    rgb: NDArray[np.uint8] | None = None
    """(256, 256, 3) sRGB, 0..255; None if the picture was not read from a file."""
    signature: Signature | None = None
    """Details by which its frame is found; None if the picture was not read from a file."""
    has_frame_below: bool = False
    """True if the transparent pixels show the grey frame, as in pictures of the review page."""

    @property
    def luminance(self) -> NDArray[np.float32]:
        """(height, width) L x 0.01."""
        return self.lightness / np.float32(100)

    @property
    def ab(self) -> NDArray[np.float32]:
        """(height, width, 2) CIELAB a and b."""
        return self.hints.ab

    @property
    def is_transparent(self) -> bool:
        """True if the picture is transparent nearly everywhere, so that its frame cannot be found."""
        return not self.has_frame_below and bool((self.hints.confidence > 0).mean() < _MIN_SHARE)

    @property
    def is_whole(self) -> bool:
        """True if nearly all of the picture is painted."""
        return bool(self.hints.confidence.mean() > _WHOLE_SHARE)

    @property
    def is_opaque(self) -> bool:
        """True if all of the picture is painted."""
        return bool(self.hints.confidence.all())

    def has_color(self, chroma: float = _MIN_CHROMA) -> bool:
        """Return whether a painted pixel has at least this CIELAB chroma."""
        known = self.hints.confidence > 0
        return bool(np.hypot(self.ab[..., 0], self.ab[..., 1])[known].max(initial=0) >= chroma)


def read_references(paths: Sequence[Path], *, reporter: Reporter = LOG) -> list[Reference]:
    """Read coloured pictures. Transparent pixels are not painted, and their colour is unknown.

    Parameters
    ----------
    paths : sequence of Path
        Pictures, or folders of pictures.
    reporter : Reporter
        Receives warnings about colour profiles.

    Raises
    ------
    SourceError
        If a picture cannot be read.
    """
    return [read_reference(file, reporter=reporter) for file in reference_files(paths)]


def reference_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files of references: pictures, and all pictures in folders.

    Raises
    ------
    SourceError
        If a path does not exist.
    """
    from cartoonize.video.images import pictures_in

    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SourceError(
                f"{path} does not exist", "Give a coloured picture, or a folder of coloured pictures."
            )
        files += pictures_in(path) if path.is_dir() else [path]
    return files


def read_reference(path: Path, area: Area | None = None, *, reporter: Reporter = LOG) -> Reference:
    """Read one coloured picture, or an area of it; see `read_references`."""
    from cartoonize.annotations.picture import read_painting
    from cartoonize.color.lab import lightness_on_grid, rgb_to_lab
    from cartoonize.video.planes import luma_of_rgb

    picture = read_painting(path, reporter=reporter)
    picture = picture if area is None else area.of(picture)
    height, width = picture.shape[:2]
    painted = np.where(picture[..., 3:] >= 128, np.uint8(255), np.uint8(0))
    share = area_average(painted, COLOR_SIZE) / np.float32(255)
    # Unpainted pixels must not darken the edges of painted areas.
    visible = area_average(np.where(painted > 0, picture[..., :3], 0).astype(np.uint8))
    rgb = np.clip(visible / np.maximum(share, 1e-3)[..., None], 0, 255).astype(np.uint8)
    ab = rgb_to_lab(rgb)[..., 1:].astype(np.float32)
    hints = ColorHints(ab, (share >= _MIN_CELL_SHARE).astype(np.float32))
    grey = luma_of_rgb(np.ascontiguousarray(picture[..., :3]), "bt601")
    lightness = lightness_on_grid(grey, COLOR_SIZE, COLOR_SIZE)
    has_frame_below = _has_frame_below(picture)
    known = np.full_like(painted, 255) if has_frame_below else painted
    whole = area_average(known[..., 0], _SIDE).ravel() == 255
    details = np.where(whole, details_of(grey), 0).astype(np.float32)
    signature = Signature(_of_length_1(details), whole)
    return Reference(lightness, hints, path, (width, height), rgb, signature, has_frame_below)


def _has_frame_below(picture: NDArray[np.uint8]) -> bool:
    """Return whether the transparent pixels of a picture (height, width, 4) are grey, and not flat."""
    hidden = picture[picture[..., 3] == 0][:, :3]
    if not hidden.size or np.ptp(hidden, 1).max() > _GREY:
        return False
    return bool(hidden[:, 1].std() >= _TEXTURE)


def details_of(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the details of a picture (height, width) without brightness and contrast, (128 * 128,)."""
    import cv2

    small = area_average(grey, _SIDE).astype(np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), _DETAIL)
    strength = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _DETAIL))
    return np.asarray(fine / (strength + 6), np.float32).ravel()


def _of_length_1(details: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(details / max(float(np.linalg.norm(details)), 1e-6), np.float32)
