"""Doubts: which shots are worth a look, and which frames' colouring would help most."""

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

#: Tracks that are told of a shot, those with most doubt.
_N_REGIONS = 8
#: A frame shows a track if it has this part of the most pixels that it has in any.
_SHOWN = 0.25


@dataclass(frozen=True)
class DoubtfulRegion:
    """A track that may have the wrong colour, where it is largest."""

    frame: int
    x: float
    y: float
    """Its centre there, as shares of the picture, 0..1."""
    area: float
    """Share of the shot's picture area, over all its frames."""
    confidence: float


@dataclass(frozen=True)
class ShotDoubt:
    """How sure the colours of a shot are."""

    shot: int
    start: int
    stop: int
    """Frames, half open, as they are numbered in the source."""
    seconds: float
    """When it starts."""
    confidence: float
    """Mean over all areas and frames, 0..1: how much of it is likely right."""
    regions: tuple[DoubtfulRegion, ...]
    """Those with most doubt, the product of area and 1 - confidence, first."""


@dataclass(frozen=True, slots=True)
class PartConfidence:
    """Confidence of the colours of a shot, or of a part of a long one, summed over its frames."""

    shot: int
    """Number of the shot."""
    start: int
    stop: int
    """Half-open range of frame indices."""
    area: float
    """Pixels of the 256x256 grid, over all frames, outlines left out."""
    confident_area: float
    """Sum of the confidence of these pixels."""
    regions: tuple[DoubtfulRegion, ...]
    """The most doubtful tracks, with areas in pixels."""

    @classmethod
    def of(cls, shot: TrackedShot) -> Self:
        """Sum up the tracks of a shot, or of a part of it."""
        tally = _Tally(shot)
        confident = float((tally.areas * tally.confidence).sum())
        area = float(tally.areas.sum())
        return cls(shot.number, shot.start, shot.stop, area, confident, tuple(tally.regions()))


class Doubts:
    """Sums up, shot by shot, how sure colours are.

    Parameters
    ----------
    frame_rate : float
        Frames per second.
    first : int
        Frames of the source before the one with index 0.
    """

    def __init__(self, *, frame_rate: float, first: int = 0) -> None:
        self._frame_rate, self._first = frame_rate, first
        self._shots: dict[int, _Sum] = {}

    def add(self, part: PartConfidence) -> None:
        """Add a shot, or the next part of one."""
        total = self._shots.setdefault(part.shot, _Sum(part.start))
        total.stop = part.stop
        total.area += part.area
        total.sure += part.confident_area
        total.regions = sorted([*total.regions, *part.regions], key=lambda r: -r.area * (1 - r.confidence))
        del total.regions[_N_REGIONS:]

    def shots(self) -> list[ShotDoubt]:
        """Return what was summed up, in the order of the film."""
        return [self._doubt(number, total) for number, total in self._shots.items()]

    def _doubt(self, number: int, total: _Sum) -> ShotDoubt:
        start, stop, area = total.start + self._first, total.stop + self._first, max(total.area, 1.0)
        regions = [
            replace(r, frame=r.frame + self._first, area=round(r.area / area, 4)) for r in total.regions
        ]
        confidence = round(total.sure / area, 4)
        return ShotDoubt(number, start, stop, round(start / self._frame_rate, 3), confidence, tuple(regions))


@dataclass
class _Sum:
    """Of one shot: frames without those before index 0, areas in pixels over all frames."""

    start: int
    stop: int = 0
    area: float = 0.0
    sure: float = 0.0
    regions: list[DoubtfulRegion] = field(default_factory=list)


class _Tally:
    """Areas and confidence of the tracks of a shot, over all its frames."""

    def __init__(self, shot: TrackedShot) -> None:
        self.shot = shot
        self.n = 1 + max(int(drawing.tracks.max()) for drawing in shot.drawings)
        self.areas, sure = np.zeros(self.n), np.zeros(self.n)
        self.shown = np.zeros((len(shot.drawings), self.n))
        """Pixels of every track in every drawing."""
        for k, drawing in enumerate(shot.drawings):
            self.shown[k] = np.bincount(drawing.tracks, drawing.areas, self.n)
            self.areas += drawing.n_frames * self.shown[k]
            sure += drawing.n_frames * np.bincount(drawing.tracks, drawing.areas * drawing.confidence, self.n)
        self.confidence: NDArray[Any] = sure / np.maximum(self.areas, 1)

    @property
    def doubt(self) -> NDArray[Any]:
        """(tracks,) pixels, over all frames, that are likely wrong."""
        return self.areas * (1 - self.confidence)

    def regions(self) -> list[DoubtfulRegion]:
        """Return those with most doubt, areas in pixels."""
        found = []
        for track in np.argsort(-self.doubt, kind="stable")[:_N_REGIONS]:
            drawing = self.shot.drawings[int(self.shown[:, track].argmax())]
            pieces = np.flatnonzero(drawing.tracks == track)
            if len(pieces):
                x, y = (drawing.places[pieces[drawing.areas[pieces].argmax()]] / COLOR_SIZE).round(3).tolist()
                sure = round(float(self.confidence[track]), 4)
                found.append(DoubtfulRegion(drawing.index, x, y, float(self.areas[track]), sure))
        return found


@dataclass(frozen=True)
class Suggestion:
    """A frame whose colouring would help."""

    index: int
    shot: int
    covers: float
    """Share of the episode's picture area, over all frames, whose tracks it shows and no earlier one does."""
    mends: float
    """Share of the episode's likely errors among those."""


class Suggestions:
    """Picks the frames that show most of what is likely wrong, each after those before it.

    A colour that is given in one frame goes along its tracks. So a frame is worth the pixels, in all frames,
    that are likely wrong on the tracks that it shows: new objects, low confidence, long tracks. Tracks end
    with their shot; so the best frames of each are found at once, and nothing else of it is kept.

    Parameters
    ----------
    n : int
        How many at most; fewer if there is no more doubt.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._found: list[Suggestion] = []
        """With pixels, not shares."""
        self._area = self._wrong = 0.0

    def add(self, shot: TrackedShot) -> None:
        """Take a shot, or the next part of one."""
        tally = _Tally(shot)
        self._area += float(tally.areas.sum())
        self._wrong += float(tally.doubt.sum())
        shows = tally.shown >= np.maximum(_SHOWN * tally.shown.max(0), 1)
        left = np.ones(tally.n, bool)
        for _ in range(self._n):
            gains = shows @ (tally.doubt * left)
            drawing = int(gains.argmax())
            if gains[drawing] <= 0:
                break
            new = shows[drawing] & left
            covers = float(tally.areas[new].sum())
            self._found.append(
                Suggestion(shot.drawings[drawing].index, shot.number, covers, float(gains[drawing]))
            )
            left &= ~new

    def best(self) -> list[Suggestion]:
        """Return the best of all shots, the first the best; what they cover and mend are shares."""
        best = sorted(self._found, key=lambda s: -s.mends)[: self._n]
        area, wrong = max(self._area, 1.0), max(self._wrong, 1e-9)
        return [replace(s, covers=round(s.covers / area, 4), mends=round(s.mends / wrong, 4)) for s in best]


def confidence_path(output: Path) -> Path:
    """Return where the doubts about a coloured video are."""
    return output.with_name(output.stem + SUFFIX)


def write_doubts(output: Path, doubts: Sequence[ShotDoubt]) -> Path:
    """Write the doubts about a coloured video beside it; return the path."""
    path = confidence_path(output)
    data = {"format": FORMAT, "version": VERSION, "output": output.name, "shots": [asdict(d) for d in doubts]}
    write_text(path, json.dumps(data, indent=1) + "\n")
    return path


def read_doubts(path: Path) -> list[ShotDoubt]:
    """Read what `write_doubts` wrote; a video stands for what lies beside it.

    Raises
    ------
    SourceError
        If there is none, or it is damaged.
    """
    if not path.name.endswith(SUFFIX):
        path = confidence_path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist", "Colour with --refine tracks: that writes it.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path}: cannot be read ({error})", _AGAIN) from error
    try:
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise ValueError("not of this version")
        return [
            ShotDoubt(**{**shot, "regions": tuple(DoubtfulRegion(**r) for r in shot["regions"])})
            for shot in data["shots"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{path}: damaged, or of another version", _AGAIN) from error


_AGAIN = "Colour with --refine tracks again."
