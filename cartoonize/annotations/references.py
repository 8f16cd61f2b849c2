"""References: coloured frames of an episode, found again in it by what they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.tracking.carry import ColorHints

LOOKAHEAD = 0

#: Correlation of details from which on a picture is that of a frame. The right frame has .97 and more, also
#: with other contrast, and .7 with strong noise; frames of other shots of two films had .39 at most.
LIKE = 0.5
#: The same where the file's name says which frame it is: pictures painted flat on top have .2 and more.
LIKE_BY_NAME = 0.1
#: Side on which pictures are compared, and the deviation of the Gaussian that tells details from light.
_SIDE, _DETAIL = 128, 4.0
#: Chroma under which everything is grey, in CIELAB units.
_GREY = 4.0
#: Part of a cell that has to be painted for its colour to be known, and of a picture, to find its frame.
_PAINTED, _LEAST_PAINTED = 0.75, 0.02
#: Part of a picture that has to be painted to learn from it.
_WHOLE = 0.98


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture of which some or all is coloured."""

    path: Path
    size: tuple[int, int]
    """Width and height of the file, in pixels."""
    known: ColorHints
    details: NDArray[np.float32]
    """(128 * 128,) what is compared; 0 where it is not painted, of length 1."""
    painted: NDArray[np.bool_]
    """(128 * 128,)"""
    rgb: NDArray[np.uint8]
    """(256, 256, 3) sRGB."""

    @property
    def is_whole(self) -> bool:
        """Whether nearly all of it is painted."""
        return bool(self.known.sure.mean() > _WHOLE)


@dataclass(frozen=True)
class Sighting:
    """The frame that looks most like a reference."""

    index: int = -1
    likeness: float = -1.0
    """Correlation of details, -1..1."""
    named: tuple[int, float] = (-1, -1.0)
    """The frame that the file's name says, if it says one, and its likeness, also as a negative."""

    @property
    def frame(self) -> int:
        """Index of the frame of which the reference is; -1 if it is of none."""
        if self.likeness >= LIKE:
            return self.index
        return self.named[0] if self.named[1] >= LIKE_BY_NAME else -1


def read_references(paths: Sequence[Path]) -> list[Reference]:
    """Read coloured pictures; folders stand for all that are in them.

    What is transparent is not coloured, and unknown; an opaque picture says that what is grey is grey.

    Raises
    ------
    SourceError
        If one cannot be read, is grey all over, or has nothing painted.
    """
    from cartoonize.video.images import pictures_in

    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SourceError(
                f"{path} does not exist", "A reference is a coloured picture, or a folder of them."
            )
        files += pictures_in(path) if path.is_dir() else [path]
    return [_read(path) for path in files]


def _read(path: Path) -> Reference:
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.video.images import read_picture_with_alpha
    from cartoonize.video.planes import luma_of_rgb

    picture = read_picture_with_alpha(path)
    height, width = picture.shape[:2]
    painted = np.where(picture[..., 3:] >= 128, np.uint8(255), np.uint8(0))
    share = area_average(painted, COLOR_SIZE) / np.float32(255)
    if (share >= _PAINTED).mean() < _LEAST_PAINTED:
        raise SourceError(
            f"{path} is transparent nearly everywhere", "Paint more of it, on the frame's own picture."
        )
    # What is not painted must not darken the edges of what is.
    visible = area_average(np.where(painted > 0, picture[..., :3], 0).astype(np.uint8))
    rgb = np.clip(visible / np.maximum(share, 1e-3)[..., None], 0, 255).astype(np.uint8)
    ab = rgb_to_lab(rgb)[..., 1:].astype(np.float32)
    sure = (share >= _PAINTED).astype(np.float32)
    if np.hypot(ab[..., 0], ab[..., 1])[sure > 0].max() < _GREY:
        raise SourceError(f"{path} has no colour", "A reference is a frame that was coloured.")
    grey = luma_of_rgb(np.ascontiguousarray(picture[..., :3]), "bt601")
    whole = area_average(painted[..., 0], _SIDE).ravel() == 255
    details = np.where(whole, details_of(grey), 0).astype(np.float32)
    return Reference(path, (width, height), ColorHints(ab, sure), _of_length_1(details), whole, rgb)


def details_of(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what a picture shows, (128 * 128,), whatever its brightness and contrast."""
    import cv2

    small = area_average(grey, _SIDE).astype(np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), _DETAIL)
    strength = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _DETAIL))
    return np.asarray(fine / (strength + 6), np.float32).ravel()


def _of_length_1(details: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(details / max(float(np.linalg.norm(details)), 1e-6), np.float32)


def sight_references(
    frames: Iterable[Frame], references: Sequence[Reference], *, first: int = 0
) -> list[Sighting]:
    """Find the frame that looks most like each reference; of equal ones the first.

    Parameters
    ----------
    frames : iterable of Frame
        Of the episode, looked at one by one.
    references : sequence of Reference
        At least one.
    first : int
        Frames of the episode before the one with index 0, as files are named by the number in the episode.
    """
    directions = np.stack([reference.details for reference in references])
    masks = np.stack([reference.painted for reference in references]).astype(np.float32)
    names = [frame_number(reference.path) for reference in references]
    found = [Sighting() for _ in references]
    last: NDArray[np.uint8] | None = None
    for frame in frames:
        if last is None or not np.array_equal(last, frame.grey):
            details = details_of(frame.grey)
            lengths = np.sqrt(np.maximum(masks @ (details * details), 1e-12))
            likeness = directions @ details / lengths
            last = frame.grey
        for k, like in enumerate(likeness.tolist()):
            if frame.index + first == names[k]:
                found[k] = replace(found[k], named=(frame.index, abs(like)))
            if like > found[k].likeness + 1e-4:
                found[k] = replace(found[k], index=frame.index, likeness=like)
    return found


def frame_number(path: Path) -> int:
    """Return the number at the end of a file's name, ``e03-000120.png``; -1 if there is none."""
    digits = path.stem[len(path.stem.rstrip("0123456789")) :]
    return int(digits) if digits else -1
