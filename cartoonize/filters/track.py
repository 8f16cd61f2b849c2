"""Track: follow the regions of a shot, and give each track the same colours in all its drawings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, area_average
from cartoonize.prefetch import map_parallel
from cartoonize.tracking.tracked import PartPrediction, TrackedDrawing, TrackedShot

if TYPE_CHECKING:
    from cartoonize.annotations.hints import ColorHints
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.carry import Palettes
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.pooling import HintShares, Shares
    from cartoonize.tracking.steady import Steady

#: Part of the keys of cached shots. Raise it when the colours that this file paints change.
VERSION = 1

#: Drawings that may wait before the first is coloured; a longer shot is decided in parts.
MOST_DRAWINGS = 160
#: Bytes of frames that may wait, since frames of a large film are large.
MOST_BYTES = 512 << 20

#: One in this many drawings is looked up in the album.
_LOOK_EVERY = 10

_NO_HINTS: Mapping[int, ColorHints] = MappingProxyType({})

Find = Callable[[NDArray[np.uint8]], "ColorHints | None"]
Recall = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
Record = Callable[[PartPrediction, TrackedShot], None]


def as_predicted(histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the histograms as they are: the answer of an empty memory."""
    return histograms


def _ignore(prediction: PartPrediction, tracked: TrackedShot) -> None:
    return None


@dataclass(frozen=True)
class TrackSources:
    """What tracks take colours from beside the predictions."""

    hints: Mapping[int, ColorHints] = field(default_factory=lambda: _NO_HINTS)
    """Known colours of some frames, by index. They count more than any prediction."""
    recall: Recall = as_predicted
    """Mixes remembered colours into histograms (n, 313) of regions of CIE L (n,), as `Memory.recall`."""
    find: Find | None = None
    """Looks a drawing (256, 256) up and returns its known colours, as `Album.find`; asked for every tenth."""
    record: Record = _ignore
    """Called with each shot, or part of a long one, when all its frames have been yielded."""


NO_SOURCES = TrackSources()


def track_frames(frames: Iterable[Frame], *, sources: TrackSources = NO_SOURCES) -> Iterator[Frame]:
    """Add one ``ab``, and ``confidence``, to frames that have ``histogram``; see `track_shot`.

    Parameters
    ----------
    frames : iterable of Frame
        Any number of shots, with ``drawing`` and ``shot`` numbers and ``histogram``.
    sources : TrackSources
        What tracks take colours from beside the predictions.
    """
    for _, shot in groupby(frames, key=lambda frame: frame.shot):
        yield from track_shot(shot, sources=sources)


def track_shot(frames: Iterable[Frame], *, sources: TrackSources = NO_SOURCES) -> Iterator[Frame]:
    """Add one ``ab``, and ``confidence``, to the frames of a shot, from the predictions for all its drawings.

    Regions are followed through the shot, and their predictions are summed. Each track keeps its colours,
    which depend on lightness only. Outlines get less colour the darker they are. What goes on from one
    drawing to the next keeps most of the colour that was shown before (`Steady`). Frames are yielded when
    the shot is over. If more than `MOST_DRAWINGS` or `MOST_BYTES` wait, the earlier half is yielded first,
    and tracks that go on keep the colours that were shown.

    Parameters
    ----------
    frames : iterable of Frame
        Of one shot, with ``drawing`` numbers and ``histogram``.
    sources : TrackSources
        What tracks take colours from beside the predictions.
    """
    part = _PredictedPart(sources)
    for frame in frames:
        part.add(frame)
        if part.is_full:
            yield from part.painted(len(part.drawings) // 2)
            part = part.rest(len(part.drawings) // 2)
    yield from part.painted(len(part.drawings))


def repaint_shot(
    frames: Iterable[Frame], predictions: Sequence[PartPrediction], *, sources: TrackSources = NO_SOURCES
) -> Iterator[Frame]:
    """Add ``ab`` and ``confidence`` as `track_shot` does, from predictions that it recorded earlier.

    No network runs. Regions and paths are found again, several drawings at once. Drawings are looked up again
    only if ``sources.find`` is given.

    Parameters
    ----------
    frames : iterable of Frame
        The same frames of the shot; ``histogram`` is not needed.
    predictions : sequence of PartPrediction
        All parts of the shot.
    sources : TrackSources
        What tracks take colours from beside the predictions.
    """
    part = _Part(sources)
    outlined = _outlined(frames)
    for prediction in predictions:
        while part.n_frames < prediction.n_frames:
            part.take(*next(outlined))
        part.tracks = list(prediction.tracks)
        if sources.find is not None:
            prediction = part.looked_up(prediction)
        yield from part.painted(prediction.n_painted, prediction)
        part = part.after(prediction.n_painted)


def _outlined(frames: Iterable[Frame]) -> Iterator[tuple[Frame, _Drawing | None, Paths | None]]:
    """Yield frames; with those that begin a drawing, the drawing and the paths from the one before."""
    n_threads = os.cpu_count() or 1

    def drawings() -> Iterator[tuple[Frame, bool]]:
        number = None
        for frame in frames:
            yield frame, frame.drawing != number
            number = frame.drawing

    def outline(item: tuple[Frame, bool]) -> tuple[Frame, _Drawing | None]:
        frame, is_new = item
        return frame, _Drawing.of(frame) if is_new else None

    def pairs() -> Iterator[tuple[Frame, _Drawing | None, _Drawing | None]]:
        before = None
        for frame, drawing in map_parallel(outline, drawings(), n_threads=n_threads):
            yield frame, drawing, before
            before = drawing or before

    def join(
        item: tuple[Frame, _Drawing | None, _Drawing | None],
    ) -> tuple[Frame, _Drawing | None, Paths | None]:
        from cartoonize.tracking.tracks import paths_between

        frame, drawing, before = item
        if drawing is None or before is None:
            return frame, drawing, None
        return frame, drawing, paths_between(before.grey, before.parts.lightness, drawing.grey)

    return map_parallel(join, pairs(), n_threads=n_threads)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """A drawing, its regions, and the frames that hold it."""

    number: int
    grey: NDArray[np.uint8]
    """(256, 256) the drawing, without grain."""
    parts: Parts
    frames: list[Frame]
    shares: Shares | None = None
    """Predictions for its regions, while these are still to be followed."""

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """Find the regions of a drawing, and pool the predictions for them if the frame has any."""
        from cartoonize.tracking.parts import parts_of_grey
        from cartoonize.tracking.pooling import pool

        parts = parts_of_grey(frame.seen)
        shares = pool(frame.histogram, parts) if frame.histogram is not None else None
        return cls(frame.drawing, area_average(frame.seen), parts, [], shares)

    def record(self, tracks: NDArray[np.int64], confidence: NDArray[np.float32]) -> TrackedDrawing:
        """Return a record of the tracks in the drawing and their confidence."""
        from cartoonize.tracking.parts import region_means

        parts = self.parts
        mean = region_means(confidence, parts.regions, parts.lines).astype(np.float32)
        return TrackedDrawing(self.frames[0].index, len(self.frames), tracks, parts.areas, mean, parts.places)


class _Part:
    """The drawings of a shot, or of a part of it, that wait for their colours."""

    def __init__(self, sources: TrackSources) -> None:
        from cartoonize.tracking.steady import Steady

        self._sources = sources
        self.drawings: list[_Drawing] = []
        self.tracks: list[NDArray[np.int64]] = []
        """For each drawing: the tracks of its regions."""
        self.paths: list[Paths] = []
        """From each drawing but the first to the one before."""
        self.n_frames = 0
        self._shown = np.empty((0, 1, 3), np.float32)
        """ab and confidence (tracks, knots, 3) of the first tracks, shown already; NaN for the others."""
        self._hints: dict[int, ColorHints] = {}
        """Known colours of some drawings, by position."""
        self._steady: Steady = Steady()
        self._entrance: Paths | None = None
        """From the first drawing to the one before, which was coloured in an earlier part."""
        self._decided = self._shown
        self._carried: list[ColorHints] = []

    def take(self, frame: Frame, drawing: _Drawing | None, paths: Paths | None) -> None:
        """Add a frame; the first frame of a drawing comes with it and with the paths from the one before."""
        if drawing is not None:
            self._append(drawing, paths)
        self._hold(frame)

    def _append(self, drawing: _Drawing, paths: Paths | None) -> None:
        if self.drawings and paths is not None:
            self.paths.append(paths)
        self.drawings.append(drawing)

    def _hold(self, frame: Frame) -> None:
        hints = self._sources.hints.get(frame.index)
        if hints is not None:
            self._hints[len(self.drawings) - 1] = hints
        self.drawings[-1].frames.append(frame.having(histogram=None))
        self.n_frames += 1

    @property
    def _kept(self) -> NDArray[np.int64]:
        """Tracks that were shown already."""
        return np.flatnonzero(~np.isnan(self._shown[:, 0, 0]))

    def after(self, n_painted: int) -> _Part:
        """Return the part that goes on after so many drawings, with the others of this one."""
        return self._go_on(_Part(self._sources), n_painted)

    def _go_on(self, rest: _Part, n_painted: int) -> _Part:
        if n_painted == len(self.drawings):
            return rest
        seen = np.zeros(len(self._decided), bool)
        seen[self._kept] = True
        seen[np.concatenate(self.tracks[:n_painted])] = True
        first = self.tracks[n_painted]
        rest._shown = np.where(seen[first, None, None], self._decided[first], np.float32(np.nan))
        rest._hints = {k - n_painted: hints for k, hints in self._hints.items() if k >= n_painted}
        if self._carried:
            rest._hints[0] = self._carried[n_painted]
        rest._steady, rest._entrance = self._steady, self.paths[n_painted - 1]
        for k in range(n_painted, len(self.drawings)):
            rest._append(self.drawings[k], self.paths[k - 1])
            rest.n_frames += len(self.drawings[k].frames)
        return rest

    def looked_up(self, prediction: PartPrediction) -> PartPrediction:
        """Return a prediction after the same drawings were looked up again."""
        return replace(prediction, found={k: self._find(k) for k in prediction.found})

    def _find(self, k: int) -> HintShares | None:
        from cartoonize.tracking.pooling import pool_hints

        assert self._sources.find is not None
        found = self._sources.find(self.drawings[k].grey)
        return pool_hints(found, self.drawings[k].parts) if found is not None else None

    def _decide(self, prediction: PartPrediction) -> None:
        """Decide on the colours of the tracks: ab and confidence (tracks, knots, 3); what was shown stays."""
        from cartoonize.tracking.borders import Borders
        from cartoonize.tracking.carry import carried
        from cartoonize.tracking.decision import Decision
        from cartoonize.tracking.pooling import pool_hints

        borders = Borders()
        for drawing, tracks in zip(self.drawings, self.tracks, strict=True):
            borders.add(tracks, drawing.parts)
        decision = Decision(prediction.votes, borders)
        for k, shares in prediction.found.items():
            if self.drawings[k].frames[0].index not in self._sources.hints:
                decision.add_found(self.tracks[k], self.drawings[k].parts.areas, shares)
        if self._hints:
            greys, parts = [d.grey for d in self.drawings], [d.parts for d in self.drawings]
            self._carried = carried(greys, parts, self.paths, self._hints)
        for drawing, tracks, hints in zip(self.drawings, self.tracks, self._carried, strict=False):
            decision.add_hints(tracks, pool_hints(hints, drawing.parts))
        self._decided = decision.decide(self._sources.recall)
        self._decided[self._kept] = self._shown[self._kept]

    def painted(self, n_painted: int, prediction: PartPrediction) -> Iterator[Frame]:
        """Decide, and yield the frames of the first drawings with their colours."""
        from cartoonize.tracking.carry import Palettes

        if not self.drawings:
            return
        self._decide(prediction)
        palettes = Palettes()
        for k, hints in self._hints.items():
            palettes.add(self.tracks[k], self.drawings[k].parts, hints)
        records = []
        for k, drawing in enumerate(self.drawings[:n_painted]):
            ab, confidence = self._paint(k, palettes)
            records.append(drawing.record(self.tracks[k], confidence))
            one = ab[None]
            for frame in drawing.frames:
                yield frame.having(ab=one, confidence=confidence)
        self._sources.record(prediction, TrackedShot(self.drawings[0].frames[0].shot, records))

    def _paint(self, k: int, palettes: Palettes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return ab (256, 256, 2) and confidence (256, 256) of a drawing."""
        from cartoonize.tracking.decision import KNOWN_CONFIDENCE

        parts, tracks = self.drawings[k].parts, self.tracks[k]
        painted = parts.painted(self._decided[tracks])
        ab, confidence = np.ascontiguousarray(painted[..., :2]), painted[..., 2].copy()
        if self._carried:
            carried = self._carried[k]
            share = palettes.share(ab, tracks, parts, carried)
            ab = parts.overpainted(ab, carried.ab, share)
            confidence[share > 0] = KNOWN_CONFIDENCE
        own = self._hints.get(k)
        given = own.confidence == 1 if own else None
        path = self._entrance if k == 0 else self.paths[k - 1]
        ab = self._steady.show(ab, parts.lightness, path, given)
        if own and own.exact is not None:
            ab = np.where(own.exact[..., None], own.ab, ab)
        return ab, confidence


class _PredictedPart(_Part):
    """A part whose frames come with predictions: its regions are followed, and looked up in an album."""

    def __init__(self, sources: TrackSources) -> None:
        from cartoonize.tracking.tracks import Follower
        from cartoonize.tracking.votes import Votes

        super().__init__(sources)
        self._n_bytes = 0
        self._follower, self._votes = Follower(), Votes()
        self._found: dict[int, HintShares | None] = {}

    @property
    def is_full(self) -> bool:
        """True if no more frames should wait."""
        n_drawings = len(self.drawings)
        return n_drawings >= MOST_DRAWINGS or (n_drawings > 1 and self._n_bytes >= MOST_BYTES)

    def add(self, frame: Frame) -> None:
        """Add the next frame."""
        if not self.drawings or self.drawings[-1].number != frame.drawing:
            self._append(_Drawing.of(frame), None)
            self._look_up()
        self._hold(frame)

    def _append(self, drawing: _Drawing, paths: Paths | None) -> None:
        assert drawing.shares is not None
        tracks = self._follower.add(drawing.grey, drawing.parts)
        self._votes.add_drawing(tracks, drawing.shares)
        self.drawings.append(drawing)
        self.tracks.append(tracks)
        self.paths = self._follower.paths

    def _hold(self, frame: Frame) -> None:
        super()._hold(frame)
        self._n_bytes += _n_bytes(frame)

    def _look_up(self) -> None:
        """Look the last drawing up if it is its turn. What is found counts only while it has no hints."""
        k = len(self.drawings) - 1
        if self._sources.find is not None and k % _LOOK_EVERY == 0:
            self._found[k] = self._find(k)

    def painted(self, n_painted: int, prediction: PartPrediction | None = None) -> Iterator[Frame]:
        """Decide from what was predicted here, and yield the frames of the first drawings."""
        if self.drawings:
            votes = self._votes.summed()
            predicted = PartPrediction(self.n_frames, n_painted, self.tracks, votes, self._found)
            yield from super().painted(n_painted, predicted)

    def rest(self, n_painted: int) -> _PredictedPart:
        """Return the part that goes on after so many drawings, with the others of this one."""
        rest = _PredictedPart(self._sources)
        self._go_on(rest, n_painted)
        rest._n_bytes = sum(_n_bytes(frame) for drawing in rest.drawings for frame in drawing.frames)
        return rest


def _n_bytes(frame: Frame) -> int:
    return int(frame.luma.nbytes + frame.grey.nbytes)
