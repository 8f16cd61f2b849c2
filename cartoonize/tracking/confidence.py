"""Confidence: certainty of the colours of shots, and suggestions of frames that a user should colour."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import write_text
from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE
from cartoonize.tracking.tracked import TrackedShot

FORMAT, VERSION = "cartoonize-confidence", 1
SUFFIX = ".confidence.json"

#: Number of regions that are listed for a shot.
_N_REGIONS = 8
#: A drawing shows a track if it has at least this share of the pixels that the track has where it is largest.
_SHOWN = 0.25


@dataclass(frozen=True)
class DoubtfulRegion:
    """A track that may have a wrong colour, and the place where it is largest."""

    frame: int
    """Number of the first frame of the drawing in which it is largest."""
    x: float
    y: float
    """Centre of the track in this frame, as shares of the width and height, 0..1."""
    area: float
    """Share of the picture area of the shot, over all its frames, 0..1."""
    confidence: float
    """Mean confidence of the track, 0..1."""


@dataclass(frozen=True)
class ShotDoubt:
    """Confidence of the colours of a shot."""

    shot: int
    """Number of the shot."""
    start: int
    stop: int
    """Half-open range of frames, as numbered in the source."""
    seconds: float
    """Start time in seconds from the start of the source."""
    confidence: float
    """Mean over all pixels and frames, 0..1: the expected share of the area with the right colour."""
    regions: tuple[DoubtfulRegion, ...]
    """The most doubtful tracks, by area x (1 - confidence), in descending order."""


@dataclass(frozen=True, slots=True)
class PartConfidence:
    """Confidence of the colours of a shot, or of a part of a long one, summed over its frames."""

    shot: int
    """Number of the shot."""
    start: int
    stop: int
    """Half-open range of frame indices."""
    area: float
    """Pixels of the 256x256 grid, over all frames, without outlines."""
    confident_area: float
    """Sum of the confidence of these pixels."""
    regions: tuple[DoubtfulRegion, ...]
    """The most doubtful tracks, with areas in pixels."""

    @classmethod
    def of(cls, shot: TrackedShot) -> Self:
        """Sum up the confidence of the tracks of a shot, or of a part of it."""
        tally = _Tally(shot)
        confident = float((tally.areas * tally.confidence).sum())
        area = float(tally.areas.sum())
        return cls(shot.number, shot.start, shot.stop, area, confident, tuple(tally.regions()))


class Doubts:
    """Confidence of the shots of a film, summed up part by part.

    Parameters
    ----------
    frame_rate : float
        Frames per second.
    first : int
        Number of frames of the source before the frame with index 0.
    """

    def __init__(self, *, frame_rate: float, first: int = 0) -> None:
        self._frame_rate, self._first = frame_rate, first
        self._shots: dict[int, _Sum] = {}

    def add(self, part: PartConfidence) -> None:
        """Add a shot, or the next part of one."""
        total = self._shots.setdefault(part.shot, _Sum(part.start))
        total.stop = part.stop
        total.area += part.area
        total.confident_area += part.confident_area
        total.regions = sorted([*total.regions, *part.regions], key=lambda r: -r.area * (1 - r.confidence))
        del total.regions[_N_REGIONS:]

    def shots(self) -> list[ShotDoubt]:
        """Return the confidence of each shot, in the order of the film."""
        return [self._doubt(number, total) for number, total in self._shots.items()]

    def _doubt(self, number: int, total: _Sum) -> ShotDoubt:
        start, stop, area = total.start + self._first, total.stop + self._first, max(total.area, 1.0)
        regions = [
            replace(r, frame=r.frame + self._first, area=round(r.area / area, 4)) for r in total.regions
        ]
        confidence = round(total.confident_area / area, 4)
        return ShotDoubt(number, start, stop, round(start / self._frame_rate, 3), confidence, tuple(regions))


@dataclass
class _Sum:
    """Sum over the parts of one shot, in the units of `PartConfidence`."""

    start: int
    stop: int = 0
    area: float = 0.0
    confident_area: float = 0.0
    regions: list[DoubtfulRegion] = field(default_factory=list)


class _Tally:
    """Areas and confidence of the tracks of a shot, over all its frames."""

    def __init__(self, shot: TrackedShot) -> None:
        self.shot = shot
        self.n = 1 + max(int(drawing.tracks.max()) for drawing in shot.drawings)
        self.areas = np.zeros(self.n)
        """(tracks,) pixels over all frames."""
        self.drawn = np.zeros((len(shot.drawings), self.n))
        """(drawings, tracks) pixels of each track in each drawing."""
        confident_areas = np.zeros(self.n)
        for k, drawing in enumerate(shot.drawings):
            self.drawn[k] = np.bincount(drawing.tracks, drawing.areas, self.n)
            self.areas += drawing.n_frames * self.drawn[k]
            confident = np.bincount(drawing.tracks, drawing.areas * drawing.confidence, self.n)
            confident_areas += drawing.n_frames * confident
        self.confidence: NDArray[Any] = confident_areas / np.maximum(self.areas, 1)
        """(tracks,) mean confidence."""

    @property
    def doubt(self) -> NDArray[Any]:
        """Expected pixels with a wrong colour, over all frames, (tracks,)."""
        return self.areas * (1 - self.confidence)

    def regions(self) -> list[DoubtfulRegion]:
        """Return the most doubtful tracks, with areas in pixels."""
        found = []
        for track in np.argsort(-self.doubt, kind="stable")[:_N_REGIONS]:
            drawing = self.shot.drawings[int(self.drawn[:, track].argmax())]
            pieces = np.flatnonzero(drawing.tracks == track)
            if len(pieces):
                largest = pieces[drawing.areas[pieces].argmax()]
                x, y = (drawing.centers[largest] / COLOR_SIZE).round(3).tolist()
                confidence = round(float(self.confidence[track]), 4)
                found.append(DoubtfulRegion(drawing.index, x, y, float(self.areas[track]), confidence))
        return found


@dataclass(frozen=True)
class Suggestion:
    """A frame that a user should colour."""

    index: int
    """Index of the frame."""
    shot: int
    """Number of its shot."""
    covers: float
    """Share of the picture area of the episode, over all frames, on tracks that this frame shows and no
    better suggestion shows, 0..1."""
    mends: float
    """Share of the expected errors of the episode on these tracks, 0..1."""


class Suggestions:
    """Selection of the frames that show most of the expected errors.

    A colour that a user gives in one frame follows its tracks. The value of a frame is therefore the number
    of pixels, over all frames, that are expected to be wrong on the tracks that it shows. Frames are selected
    one after the other, and tracks that an earlier selection shows do not count again. Tracks end with their
    shot, so each shot is evaluated when it is added, and is not stored.

    Parameters
    ----------
    n : int
        Largest number of suggestions. There are fewer if no more errors are expected.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._found: list[Suggestion] = []
        """Suggestions of all shots, with pixels in place of shares."""
        self._area = self._doubt = 0.0

    def add(self, shot: TrackedShot) -> None:
        """Add a shot, or the next part of one."""
        tally = _Tally(shot)
        self._area += float(tally.areas.sum())
        self._doubt += float(tally.doubt.sum())
        shows = tally.drawn >= np.maximum(_SHOWN * tally.drawn.max(0), 1)
        is_left = np.ones(tally.n, bool)
        for _ in range(self._n):
            gains = shows @ (tally.doubt * is_left)
            drawing = int(gains.argmax())
            if gains[drawing] <= 0:
                break
            new = shows[drawing] & is_left
            covers = float(tally.areas[new].sum())
            self._found.append(
                Suggestion(shot.drawings[drawing].index, shot.number, covers, float(gains[drawing]))
            )
            is_left &= ~new

    def best(self) -> list[Suggestion]:
        """Return the best suggestions of all shots, in descending order."""
        best = sorted(self._found, key=lambda s: -s.mends)[: self._n]
        area, doubt = max(self._area, 1.0), max(self._doubt, 1e-9)
        return [replace(s, covers=round(s.covers / area, 4), mends=round(s.mends / doubt, 4)) for s in best]


def confidence_path(output: Path) -> Path:
    """Return the path of the confidence file of a coloured video."""
    return output.with_name(output.stem + SUFFIX)


def write_doubts(output: Path, doubts: Sequence[ShotDoubt]) -> Path:
    """Write the confidence file of a coloured video beside it; return its path."""
    path = confidence_path(output)
    data = {"format": FORMAT, "version": VERSION, "output": output.name, "shots": [asdict(d) for d in doubts]}
    write_text(path, json.dumps(data, indent=1) + "\n")
    return path


def read_doubts(path: Path) -> list[ShotDoubt]:
    """Read a confidence file.

    Parameters
    ----------
    path : Path
        The file, or the coloured video beside it.

    Raises
    ------
    SourceError
        If the file does not exist or is damaged.
    """
    if not path.name.endswith(SUFFIX):
        path = confidence_path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(
            f"{path} does not exist", "Colour the film with --refine tracks, which writes this file."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path}: cannot be read ({error})", _REMEDY) from error
    try:
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise ValueError("another format or version")
        return [
            ShotDoubt(**{**shot, "regions": tuple(DoubtfulRegion(**r) for r in shot["regions"])})
            for shot in data["shots"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{path}: damaged, or written by another version", _REMEDY) from error


_REMEDY = "Colour the film with --refine tracks again."
