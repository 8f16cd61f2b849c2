"""Confidence: certainty of the colours of shots, and the frames that a user should colour."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import COLOR_SIZE
from cartoonize.tracking.things import NO_THINGS, Things, select_frames
from cartoonize.tracking.tracked import TrackedShot

if TYPE_CHECKING:
    from cartoonize.tracking.votes import TrackVotes

#: Left, top, right and bottom of a rectangle, as shares of the width and height, 0..1.
Box = tuple[float, float, float, float]

#: Number of regions that are listed for a shot.
_N_REGIONS = 8
#: Largest number of frames that are suggested for a shot, or for a part of a long one.
_N_CANDIDATES = 32
#: Largest number of frames that are suggested for a film.
_N_SUGGESTIONS = 256
#: A drawing is clear enough to be painted if it has at least this share of the largest contrast of its shot.
_CLEAR = 0.95
#: A drawing shows a track if it has at least this share of the pixels that the track has where it is largest.
_SHOWN = 0.25
#: Areas that differ by at most this share of the median are similar.
_SIMILAR = 0.05
#: Colours with at least this confidence are probably right; with less than the second, probably wrong.
_RIGHT, _WRONG = 0.75, 0.5


@dataclass(frozen=True)
class DoubtfulRegion:
    """A track that may have a wrong colour, and its place in a typical frame."""

    frame: int
    """Number of the first frame of a drawing in which it is about as large as in most frames."""
    x: float
    y: float
    """Centre of the track in this frame, as shares of the width and height, 0..1."""
    area: float
    """Share of the picture area of the shot, over all its frames, 0..1."""
    confidence: float
    """Mean confidence of the track, 0..1."""
    seconds: float = 0.0
    """Time of the frame in seconds from the start of the source."""
    box: Box | None = None
    """Smallest rectangle around the track in this frame; None in files of version 1."""

    @property
    def place(self) -> str:
        """Place in the picture in words, such as ``lower left``; ``middle`` in the middle."""
        row = ("upper", "middle", "lower")[min(int(self.y * 3), 2)]
        column = ("left", "middle", "right")[min(int(self.x * 3), 2)]
        if row == "middle":
            return column
        return f"{row} {column}"

    @property
    def verdict(self) -> str:
        """Confidence in words: ``probably right``, ``may be wrong`` or ``probably wrong``."""
        if self.confidence >= _RIGHT:
            return "probably right"
        return "may be wrong" if self.confidence >= _WRONG else "probably wrong"


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

    @property
    def wrong_frames(self) -> float:
        """Expected area with wrong colours, over all frames, in units of one whole frame."""
        return (self.stop - self.start) * (1 - self.confidence)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame of a shot that a user could colour. It counts beside the better candidates of the shot."""

    index: int
    """Index of the frame."""
    covers: float
    """Pixels of the 256x256 grid, over all frames, on tracks that this frame shows and no better candidate
    shows."""


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
    candidates: tuple[Candidate, ...] = ()
    """Frames that a user could colour, the best first."""
    things: Things = NO_THINGS
    """The most doubtful tracks, and which of them the candidates show."""

    @classmethod
    def of(cls, shot: TrackedShot, votes: TrackVotes | None = None) -> Self:
        """Sum up the confidence of the tracks of a shot, or of a part of it.

        Parameters
        ----------
        shot : TrackedShot
            The tracks.
        votes : TrackVotes, optional
            Predictions for them.
        """
        tally = _Tally(shot)
        candidates, shown = tally.candidates()
        return cls(
            shot.number,
            shot.start,
            shot.stop,
            area=float(tally.areas.sum()),
            confident_area=float((tally.areas * tally.confidence).sum()),
            regions=tuple(tally.regions()),
            candidates=tuple(candidates),
            things=Things.of(tally.doubt, shown, votes),
        )


@dataclass(frozen=True)
class Suggestion:
    """A frame of a film that a user should colour."""

    frame: int
    """Number of the frame, as numbered in the source."""
    seconds: float
    """Time of the frame in seconds from the start of the source."""
    shot: int
    """Number of its shot."""
    covers: float
    """Share of the picture area of the film, over all frames, on tracks that this frame shows and no better
    suggestion of its shot shows, 0..1."""
    mends: float
    """Share of the expected errors of the film on tracks that this frame shows, and on those of other shots
    that are recognised as the same things, beside all better suggestions, 0..1."""


class Doubts:
    """Confidence of the shots of a film, summed up part by part.

    Parameters
    ----------
    frame_rate : float
        Frames per second. It determines the times of frames for which `add_frame` was not called.
    first : int
        Number of frames of the source before the frame with index 0.
    """

    def __init__(self, *, frame_rate: float, first: int = 0) -> None:
        self._frame_rate, self._first = frame_rate, first
        self._shots: dict[int, _Sum] = {}
        self._parts: list[PartConfidence] = []
        self._seconds = array("d")

    def add(self, part: PartConfidence) -> None:
        """Add a shot, or the next part of one."""
        total = self._shots.setdefault(part.shot, _Sum(part.start))
        total.stop = part.stop
        total.area += part.area
        total.confident_area += part.confident_area
        total.regions = sorted([*total.regions, *part.regions], key=lambda r: -r.area * (1 - r.confidence))
        del total.regions[_N_REGIONS:]
        self._parts.append(part)

    def add_frame(self, seconds: float) -> None:
        """Add the time of the next frame, in seconds from the start of the source."""
        self._seconds.append(seconds)

    @property
    def first_seconds(self) -> float:
        """Time of the first frame in seconds from the start of the source."""
        return self._time(0)

    def shots(self) -> list[ShotDoubt]:
        """Return the confidence of each shot, in the order of the film."""
        return [self._doubt(number, total) for number, total in self._shots.items()]

    def suggestions(self) -> list[Suggestion]:
        """Return the frames that a user should colour, at most 256, the best first.

        A colour that a user gives in one frame follows its tracks, and things that are recognised in other
        shots get it, too. The value of a frame is therefore the number of pixels, over all frames, that are
        expected to be wrong on these tracks. What a better suggestion mends does not count again.
        """
        totals = self._shots.values()
        area = max(sum(total.area for total in totals), 1.0)
        doubt = max(sum(total.area - total.confident_area for total in totals), 1e-9)
        found = []
        for number, position, mends in select_frames([p.things for p in self._parts], _N_SUGGESTIONS):
            part = self._parts[number]
            candidate = part.candidates[position]
            found.append(
                Suggestion(
                    frame=candidate.index + self._first,
                    seconds=self._time(candidate.index),
                    shot=part.shot,
                    covers=round(candidate.covers / area, 4),
                    mends=round(mends / doubt, 4),
                )
            )
        return found

    def _doubt(self, number: int, total: _Sum) -> ShotDoubt:
        start, stop, area = total.start + self._first, total.stop + self._first, max(total.area, 1.0)
        regions = [
            replace(r, frame=r.frame + self._first, area=round(r.area / area, 4), seconds=self._time(r.frame))
            for r in total.regions
        ]
        confidence = round(total.confident_area / area, 4)
        return ShotDoubt(number, start, stop, self._time(total.start), confidence, tuple(regions))

    def _time(self, index: int) -> float:
        """Return the time of the frame with this index."""
        if index < len(self._seconds):
            return round(self._seconds[index], 4)
        return round((index + self._first) / self._frame_rate, 4)


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
            drawing = self.shot.drawings[self._typical(int(track))]
            pieces = np.flatnonzero(drawing.tracks == track)
            if len(pieces):
                largest = pieces[drawing.areas[pieces].argmax()]
                x, y = (drawing.centers[largest] / COLOR_SIZE).round(3).tolist()
                left, top, right, bottom = (drawing.boxes[largest] / COLOR_SIZE).round(4).tolist()
                area, confidence = float(self.areas[track]), round(float(self.confidence[track]), 4)
                box = (left, top, right, bottom)
                found.append(
                    DoubtfulRegion(max(drawing.clear_at, drawing.index), x, y, area, confidence, box=box)
                )
        return found

    def _typical(self, track: int) -> int:
        """Return the position of a drawing that shows a track as large as most frames do.

        It is the middle one of those with nearly the median area. At the start or the end of a shot, a
        track may be far larger: when the picture fades to black, it may fill all of it.
        """
        sizes = self.drawn[:, track]
        n_frames = np.array([drawing.n_frames for drawing in self.shot.drawings])
        ascending = np.argsort(sizes)
        frames_until = np.cumsum((n_frames * (sizes > 0))[ascending])
        median = sizes[ascending[np.searchsorted(frames_until, frames_until[-1] / 2)]]
        similar = np.flatnonzero(np.abs(sizes - median) <= _SIMILAR * median)
        return int(similar[len(similar) // 2])

    def candidates(self) -> tuple[list[Candidate], NDArray[np.bool_]]:
        """Return the frames that show most of the expected errors, and which tracks they show.

        Frames are selected one after the other. Tracks that an earlier one shows do not count again. Tracks
        end with their shot, so the choice in one shot does not depend on other shots. Frames of fades are
        not selected: little can be seen in them, and little painted.

        Returns
        -------
        list of Candidate
            The best first.
        bool array, shape (candidates, tracks)
            Which tracks they show.
        """
        contrast = np.array([drawing.contrast for drawing in self.shot.drawings])
        shows = self.drawn >= np.maximum(_SHOWN * self.drawn.max(0), 1)
        is_clear = contrast >= _CLEAR * contrast.max()
        is_clear &= np.array([drawing.clear_at >= 0 for drawing in self.shot.drawings])
        shows &= is_clear[:, None]
        is_left = np.ones(self.n, bool)
        found: list[Candidate] = []
        drawings: list[int] = []
        while len(found) < _N_CANDIDATES:
            gains = shows @ (self.doubt * is_left)
            drawing = int(gains.argmax())
            if gains[drawing] <= 0:
                break
            new = shows[drawing] & is_left
            covers = float(self.areas[new].sum())
            found.append(Candidate(self.shot.drawings[drawing].clear_at, covers))
            drawings.append(drawing)
            is_left &= ~new
        return found, shows[drawings]
