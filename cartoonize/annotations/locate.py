"""Locate: find the frames that annotations are about, in one pass over a film."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.references import Reference, details_of
from cartoonize.frames import Frame

#: Correlation of details from which on a picture shows a frame. The right frame has .97 and more, also with
#: another contrast, and .7 with strong noise. Frames of other shots of two films had .39 at most.
LIKE = 0.5
#: The same if the file name gives the number of the frame: pictures painted flat have .2 and more.
LIKE_BY_NAME = 0.1


@dataclass(frozen=True)
class Sighting:
    """The frame that looks most like a reference."""

    index: int = -1
    """Index of the frame; -1 before any was seen."""
    likeness: float = -1.0
    """Correlation of details, -1..1."""
    named: tuple[int, float] = (-1, -1.0)
    """Index of the frame that the file name gives, or -1, and its likeness, of a negative too."""

    @property
    def frame(self) -> int:
        """Index of the frame that the reference shows; -1 if it shows none."""
        if self.likeness >= LIKE:
            return self.index
        return self.named[0] if self.named[1] >= LIKE_BY_NAME else -1


@dataclass
class Located:
    """Result of a pass over a film."""

    sightings: list[Sighting]
    """The most similar frame for each reference."""
    frames: dict[int, Frame] = field(default_factory=dict)
    """Frames that annotations are about, by index; each is a drawing of its own."""
    n_frames: int = 0
    """Frames that were looked at."""


def locate(
    frames: Iterable[Frame],
    references: Sequence[Reference] = (),
    *,
    wanted: Collection[int] = (),
    first: int = 0,
) -> Located:
    """Find the frame of each reference, and pick frames by their indices, in one pass.

    The pass ends early if there are no references and all wanted frames were seen.

    Parameters
    ----------
    frames : iterable of Frame
        Of the film; looked at one by one.
    references : sequence of Reference
        Read from files.
    wanted : collection of int
        Indices of frames to return.
    first : int
        Frames of the film before the one with index 0: file names count from the start of the film.
    """
    search = _Search(references, first) if references else None
    located = Located([Sighting() for _ in references])
    left = set(wanted)
    for frame in frames:
        if search is None and not left:
            break
        located.n_frames += 1
        if frame.index in left:
            left.discard(frame.index)
            located.frames[frame.index] = alone(frame)
        if search is not None:
            search.look(frame)
    if search is not None:
        located.sightings = search.sightings
        located.frames |= {f.index: alone(f) for f in search.candidates()}
    return located


def alone(frame: Frame) -> Frame:
    """Return a frame as a drawing of its own, without the luma that only a writer needs."""
    return frame.having(drawing=frame.index, shot=0, luma=frame.grey)


class _Search:
    """Looks for the most similar frame of each reference; of equally similar ones, the first."""

    def __init__(self, references: Sequence[Reference], first: int) -> None:
        signatures = [r.signature for r in references if r.signature is not None]
        self._directions = np.stack([signature.details for signature in signatures])
        self._masks = np.stack([signature.painted for signature in signatures]).astype(np.float32)
        self._numbers = [frame_number(reference.path) - first for reference in references]
        self.sightings = [Sighting() for _ in references]
        self._frames: dict[tuple[int, bool], Frame] = {}
        """Candidates by reference, and whether they are the named frame."""
        self._last: NDArray[np.uint8] | None = None
        self._likeness: list[float] = []

    def look(self, frame: Frame) -> None:
        """Compare a frame with all references."""
        if self._last is None or not np.array_equal(self._last, frame.grey):
            details = details_of(frame.grey)
            lengths = np.sqrt(np.maximum(self._masks @ (details * details), 1e-12))
            self._likeness = (self._directions @ details / lengths).tolist()
            self._last = frame.grey
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
