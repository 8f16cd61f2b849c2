"""Locate: find the frames to which annotations belong, in one pass over a film."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.references import Reference, details_of
from cartoonize.frames import Frame

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 1

#: Smallest correlation of details at which a picture counts as a frame. The right frame has at least 0.97,
#: also with another contrast, and 0.7 with strong noise. Frames of other shots of two films had at most 0.39.
MIN_LIKENESS = 0.5
#: The same if the file name gives the number of the frame. Pictures with flat paint have at least 0.2.
MIN_LIKENESS_BY_NAME = 0.1


@dataclass(frozen=True)
class Sighting:
    """The frame that is most similar to a reference."""

    index: int = -1
    """Index of the most similar frame; -1 if no frame was compared yet."""
    likeness: float = -1.0
    """Correlation of details, -1..1."""
    named: tuple[int, float] = (-1, -1.0)
    """Index of the frame whose number is in the file name, and the absolute value of its correlation, so that
    negatives count, too; (-1, -1) if there is no such frame."""

    @property
    def frame(self) -> int:
        """Index of the frame that the reference shows; -1 if it shows none."""
        if self.likeness >= MIN_LIKENESS:
            return self.index
        return self.named[0] if self.named[1] >= MIN_LIKENESS_BY_NAME else -1


@dataclass
class Located:
    """Result of a pass over a film."""

    sightings: list[Sighting]
    """The most similar frame for each reference."""
    frames: dict[int, Frame] = field(default_factory=dict)
    """Frames to which annotations belong, by index, as returned by `alone`."""
    n_frames: int = 0
    """Number of frames that were read."""


def locate(
    frames: Iterable[Frame], references: Sequence[Reference] = (), *, wanted: Collection[int] = ()
) -> Located:
    """Find the frame of each reference, and select frames by their indices, in one pass.

    The pass ends early if there are no references and all wanted frames were found.

    Parameters
    ----------
    frames : iterable of Frame
        Frames of the film, from its start if references are looked for, because numbers in file names count
        from there. At most one frame is in memory, apart from those that are returned.
    references : sequence of Reference
        References that were read from files.
    wanted : collection of int
        Indices of frames to return.
    """
    search = _Search(references) if references else None
    located = Located([Sighting() for _ in references])
    left = set(wanted)
    if search is None and not left:
        return located
    for frame in frames:
        located.n_frames += 1
        if frame.index in left:
            left.discard(frame.index)
            located.frames[frame.index] = alone(frame)
        if search is not None:
            search.look(frame)
        elif not left:
            break
    if search is not None:
        located.sightings = search.sightings
        located.frames |= {f.index: alone(f) for f in search.candidates()}
    return located


def alone(frame: Frame) -> Frame:
    """Return a copy of a frame that is a drawing of its own, without luma, which only writers need."""
    return frame.having(drawing=frame.index, shot=0, luma=frame.grey)


class _Search:
    """Search for the most similar frame of each reference. If several are equal, the first one counts."""

    def __init__(self, references: Sequence[Reference]) -> None:
        signatures = [r.signature for r in references if r.signature is not None]
        self._directions = np.stack([signature.details for signature in signatures])
        self._masks = np.stack([signature.painted for signature in signatures]).astype(np.float32)
        self._numbers = [frame_number(reference.path) for reference in references]
        self.sightings = [Sighting() for _ in references]
        self._frames: dict[tuple[int, bool], Frame] = {}
        """Candidates by number of the reference, and True for the frame that the file name gives."""
        self._last: NDArray[np.uint8] | None = None
        self._likeness: list[float] = []
        """Likeness of the last picture to each reference."""

    def look(self, frame: Frame) -> None:
        """Compare a frame with all references."""
        if self._last is None or not np.array_equal(self._last, frame.shown):
            details = details_of(frame.shown)
            lengths = np.sqrt(np.maximum(self._masks @ (details * details), 1e-12))
            self._likeness = (self._directions @ details / lengths).tolist()
            self._last = frame.shown
        for k, like in enumerate(self._likeness):
            if frame.index == self._numbers[k]:
                self.sightings[k] = replace(self.sightings[k], named=(frame.index, abs(like)))
                self._frames[k, True] = frame
            if like > self.sightings[k].likeness + 1e-4:
                self.sightings[k] = replace(self.sightings[k], index=frame.index, likeness=like)
                self._frames[k, False] = frame

    def candidates(self) -> list[Frame]:
        """Return the frames that the references show."""
        shown = {sighting.frame for sighting in self.sightings}
        return [frame for frame in self._frames.values() if frame.index in shown]


def frame_number(path: Path) -> int:
    """Return the number at the end of a file name, such as ``e03-000120.png``; -1 if there is none."""
    digits = path.stem[len(path.stem.rstrip("0123456789")) :]
    return int(digits) if digits else -1
