"""Parts of shots: drawings whose colours are decided together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from cartoonize.filters.part_hints import PartHints
from cartoonize.filters.segments import SegmentedDrawing, SegmentedFrame
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame
from cartoonize.prefetch import map_parallel
from cartoonize.tracking.edits import EditedPart, edited, region_finder
from cartoonize.tracking.paint_changes import ColorNotes
from cartoonize.tracking.tracked import PartPrediction, TrackedShot

if TYPE_CHECKING:
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.carry import Palettes
    from cartoonize.tracking.decision import Decision
    from cartoonize.tracking.ink import Ink
    from cartoonize.tracking.pooling import PooledHints
    from cartoonize.tracking.steady import Steady

S = TypeVar("S")
T = TypeVar("T")


class ShotPart:
    """Drawings of a shot, or of a part of a long one, whose colours are decided together."""

    def __init__(self, sources: TrackSources, n_threads: int = 1) -> None:
        from cartoonize.tracking.steady import Steady

        self._sources, self._n_threads = sources, n_threads
        self.drawings: list[SegmentedDrawing] = []
        self.tracks: list[NDArray[np.int64]] = []
        """For each drawing (regions,): the track of each region."""
        self.paths: list[Paths] = []
        """For each drawing but the first: paths to the drawing before."""
        self.n_frames = 0
        self._shown = np.empty((0, 1, 3), np.float32)
        """ab and confidence (tracks, knots, 3) of tracks shown in an earlier part; NaN for other tracks."""
        self._hints = PartHints()
        self._steady: Steady = Steady()
        self._entrance: Paths | None = None
        """Paths from the first drawing to the last drawing of the earlier part, if there is one."""
        self._edited: EditedPart | None = None
        """The part with divided and joined tracks; None before colours are decided."""
        self._decided = self._shown
        """ab and confidence (tracks, knots, 3) of all tracks."""

    def add_segmented(self, one: SegmentedFrame) -> None:
        """Add a frame. For the first frame of a drawing, add the drawing and its paths to the one before."""
        if one.drawing is not None:
            self._add_drawing(replace(one.drawing, frames=[]), one.paths)
        self._add_frame(one.frame)

    def _add_drawing(self, drawing: SegmentedDrawing, paths: Paths | None) -> None:
        if self.drawings and paths is not None:
            self.paths.append(paths)
        self.drawings.append(drawing)

    def _add_frame(self, frame: Frame) -> None:
        hints = self._sources.hints.get(frame.index)
        if hints is not None:
            if frame.unsteadiness is not None:  # they lie on the frame of the film
                (height, width), (h, w) = hints.confidence.shape, frame.grey.shape
                at = frame.unsteadiness.scaled(height / h, width / w)
                hints = hints.shifted(-round(at.down), -round(at.right))
            self._hints.add(len(self.drawings) - 1, hints)
        self.drawings[-1].frames.append(frame.having(histogram=None, descriptors=None))
        self.n_frames += 1

    @property
    def _shown_tracks(self) -> NDArray[np.int64]:
        """Tracks that were shown in an earlier part."""
        return np.flatnonzero(~np.isnan(self._shown[:, 0, 0]))

    def after(self, n_painted: int) -> ShotPart:
        """Return the next part. It begins with the drawings after the first ``n_painted``."""
        following = ShotPart(self._sources, self._n_threads)
        self._hand_over(following, n_painted)
        return following

    def copy(self, sources: TrackSources) -> ShotPart:
        """Return a copy to which other frames can be added, before its colours are decided.

        Parameters
        ----------
        sources : TrackSources
            Sources of what is added. What an earlier part has handed over stays.
        """
        other = ShotPart(sources, self._n_threads)
        other.drawings = [replace(drawing, frames=[*drawing.frames]) for drawing in self.drawings]
        other.paths, other.n_frames = [*self.paths], self.n_frames
        other._shown, other._hints = self._shown, self._hints.copy()
        other._steady, other._entrance = self._steady, self._entrance
        return other

    def _hand_over(self, following: ShotPart, n_painted: int) -> None:
        """Add the drawings after the first ``n_painted`` to the next part."""
        if n_painted == len(self.drawings):
            return
        is_shown = np.zeros(len(self._decided), bool)
        is_shown[self._shown_tracks] = True
        is_shown[np.concatenate(self.tracks[:n_painted])] = True
        # Tracks are numbered anew: the regions of the first drawing are the first tracks.
        first = self.tracks[n_painted]
        following._shown = np.where(is_shown[first, None, None], self._decided[first], np.float32(np.nan))
        following._hints = self._hints.after(n_painted, self._trusted(n_painted))
        following._steady, following._entrance = self._steady, self.paths[n_painted - 1]
        for k in range(n_painted, len(self.drawings)):
            drawing = replace(self.drawings[k], frames=[*self.drawings[k].frames])
            following._add_drawing(drawing, self.paths[k - 1])
            following.n_frames += len(self.drawings[k].frames)

    def _trusted(self, k: int) -> NDArray[np.bool_] | None:
        """Return where this part trusts the known colours of a drawing; None if there are none."""
        known = self._hints.known.get(k)
        if known is None:
            return None
        return self._palettes().trusts(self.tracks[k], self.drawings[k].parts, known)

    def looked_up(self, prediction: PartPrediction) -> PartPrediction:
        """Return the prediction with the results of looking the same drawings up again."""
        return replace(prediction, found={k: self._find(k) for k in prediction.found})

    def _find(self, k: int) -> PooledHints | None:
        from cartoonize.tracking.pooling import pool_hints

        assert self._sources.find is not None
        found = self._sources.find(self.drawings[k].grey)
        return pool_hints(found, self.drawings[k].parts) if found is not None else None

    def drawing_of(self, index: int) -> int:
        """Return the position of the drawing that a frame shows, or the number of drawings if none does."""
        for k, drawing in enumerate(self.drawings):
            if index <= drawing.frames[-1].index:
                return k
        return len(self.drawings)

    def decide(self, prediction: PartPrediction, *, alone: int | None = None) -> None:
        """Decide on the ab and confidence of the tracks. Tracks that were shown keep theirs.

        Parameters
        ----------
        prediction : PartPrediction
            Predictions for this part.
        alone : int, optional
            Position of the only drawing that will be painted. Hints are not carried to others then, and
            borders between tracks are looked for in this drawing alone.
        """
        from cartoonize.tracking.borders import Borders
        from cartoonize.tracking.decision import Decision
        from cartoonize.tracking.pooling import pool_hints

        prediction = self._with_edits(prediction)
        borders = Borders()
        for k in range(len(self.drawings)) if alone is None else (alone,):
            borders.add(self.tracks[k], self.drawings[k].parts)
        decision = Decision(prediction.votes, borders)
        for k, found in prediction.found.items():
            areas, found = self._without_hinted(k, found)
            if areas.any():
                decision.add_found(self.tracks[k], areas, found)
        if alone is None:
            self._hints.carry(self.drawings, self.paths)
        else:
            self._hints.use_given(self.drawings)
        votes = self._hints.votes
        pooled_hints = self._map(lambda k: pool_hints(votes[k], self.drawings[k].parts), votes)
        for k, pooled in zip(votes, pooled_hints, strict=True):
            for some in self._on_own_side(k, pooled):
                decision.add_hints(self.tracks[k], some)
        self._add_pinned(decision)
        self._decided = decision.decide(self._sources.recall)
        self._decided[self._shown_tracks] = self._shown[self._shown_tracks]

    def _add_pinned(self, decision: Decision) -> None:
        """Add pins, and paint on a part of a picture. They decide about the things that they are on."""
        from cartoonize.tracking.patches import painted_in_part
        from cartoonize.tracking.pooling import pool_hints

        for k, given in self._hints.given.items():
            parts = self.drawings[k].parts
            for is_paint, mask in enumerate((given.pinned, painted_in_part(given, parts))):
                if mask is not None and mask.any():
                    pooled = pool_hints(given.without(~mask), parts)
                    decision.add_pinned(self.tracks[k], parts.areas, pooled, is_paint=bool(is_paint))

    def _with_edits(self, prediction: PartPrediction) -> PartPrediction:
        """Divide and join tracks as the user says; return the prediction for these tracks."""
        frames = [frame.index for drawing in self.drawings for frame in drawing.frames]
        own = self._sources.edits.within(frames[0], frames[-1] + 1)

        parts = [drawing.parts for drawing in self.drawings]
        find = region_finder(parts, self.drawing_of)
        areas = [one.areas for one in parts]
        self._edited = edited(prediction, areas, own, find) if own else EditedPart(prediction)
        self.tracks = self._edited.prediction.tracks
        return self._edited.prediction

    def _on_own_side(self, k: int, hints: PooledHints) -> list[PooledHints]:
        """Return the hints of a drawing. Those that were carried to divided tracks are left out.

        They may come from the other side, where the thing is another one.
        """
        from cartoonize.tracking.pooling import pool_hints

        assert self._edited is not None
        is_divided = np.isin(self.tracks[k], list(self._edited.divided))
        if not is_divided.any():
            return [hints]
        parts, given = self.drawings[k].parts, None
        if k in self._hints.given:
            given = pool_hints(self._hints.voting(k, parts), parts).without(~is_divided)
        return [some for some in (hints.without(is_divided), given) if some is not None]

    def _without_hinted(
        self, k: int, pooled: PooledHints | None
    ) -> tuple[NDArray[np.int64], PooledHints | None]:
        """Return the areas of the regions of a drawing, and what was found for it, without hinted regions.

        A hint for one region says nothing about the others, as when a person pins a single colour.
        """
        parts = self.drawings[k].parts
        if not any(frame.index in self._sources.hints for frame in self.drawings[k].frames):
            return parts.areas, pooled
        free = (self._hints.whole(k, parts).confidence > 0) & ~parts.lines
        is_hinted = np.bincount(parts.regions[free], minlength=len(parts.areas)) > 0
        return np.where(is_hinted, 0, parts.areas), pooled and pooled.without(is_hinted)

    def painted(self, n_painted: int, prediction: PartPrediction) -> Iterator[Frame]:
        """Decide on the colours, and yield the painted frames of the first ``n_painted`` drawings."""
        if not self.drawings:
            return
        self.decide(prediction)
        palettes, ink = self._palettes(), self._ink()
        records, notes = [], ColorNotes()
        decided = self._map(lambda k: self._paint(k, palettes, ink), range(n_painted))
        for k, (ab, confidence) in enumerate(decided):
            drawing = self.drawings[k]
            notes.add(ab, drawing.parts.lightness)
            ab = self._steadied(k, self._with_paints(k, ab))
            records.append(drawing.record(self.tracks[k], confidence))
            combined = ab[None]
            for frame in drawing.frames:
                yield frame.having(ab=combined, confidence=confidence)
        number = self.drawings[0].frames[0].shot
        self._sources.record(prediction, TrackedShot(number, records, notes.colors()))

    def painted_alone(self, index: int, prediction: PartPrediction) -> Frame:
        """Decide on the colours of the drawing that a frame shows, and return this frame, painted."""
        k = self.drawing_of(index)
        self.decide(prediction, alone=k)
        ab, confidence = self._paint(k, self._palettes(), self._ink())
        frame = next(frame for frame in self.drawings[k].frames if frame.index >= index)
        ab = self._exact(k, self._with_paints(k, ab))
        return frame.having(ab=ab[None], confidence=confidence)

    def _palettes(self) -> Palettes:
        """Return the colours that the hints of this part show in tracks."""
        from cartoonize.tracking.carry import Palettes

        palettes = Palettes()
        for k, hints in self._hints.given.items():
            palettes.add(self.tracks[k], self.drawings[k].parts, hints)
        return palettes

    def _ink(self) -> Ink:
        """Return the colours that the hints of this part show on outlines."""
        from cartoonize.tracking.ink import Ink

        ink = Ink()
        for k in self._hints.given:
            parts = self.drawings[k].parts
            ink.add(self.tracks[k], parts, self._hints.whole(k, parts))
        return ink

    def _paint(self, k: int, palettes: Palettes, ink: Ink) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return ab (256, 256, 2) and confidence (256, 256) of a drawing, as decided."""
        from cartoonize.tracking.decision import KNOWN_CONFIDENCE

        parts, tracks = self.drawings[k].parts, self.tracks[k]
        painted = parts.painted(self._decided[tracks])
        ab, confidence = np.ascontiguousarray(painted[..., :2]), painted[..., 2].copy()
        known = self._hints.known.get(k)
        if known is not None:
            ab, inked = ink.drawn(ab, tracks, parts)
            share = palettes.share(ab, tracks, parts, known)
            ab = parts.overpainted(ab, known.ab, share, inked)
            confidence[share > 0] = KNOWN_CONFIDENCE
        return ab, confidence

    def _with_paints(self, k: int, ab: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (256, 256, 2) of a drawing with the paints that a user has replaced or fixed."""
        return self._sources.paints.applied(ab, self.drawings[k].parts.lightness)

    def _steadied(self, k: int, ab: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (256, 256, 2) as it is shown: steady in time, and exact where hints are exact."""
        own = self._hints.given.get(k)
        is_given = own.confidence == 1 if own else None
        begins = self._edited.begins.get(k) if self._edited is not None else None
        if begins:
            is_new = np.isin(self.tracks[k], begins)[self.drawings[k].parts.regions]
            is_given = is_new if is_given is None else is_given | is_new
        paths = self._entrance if k == 0 else self.paths[k - 1]
        return self._exact(k, self._steady.show(ab, self.drawings[k].parts.lightness, paths, is_given))

    def _exact(self, k: int, ab: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (256, 256, 2) with the hints of a drawing where they are exact."""
        own = self._hints.given.get(k)
        if own is None or own.exact is None:
            return ab
        return np.where(own.exact[..., None], own.ab, ab)

    def _map(self, work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
        """Return the results of the work on each item, in order, computed in the threads of this part."""
        if self._n_threads == 1:
            return map(work, items)
        return map_parallel(work, items, n_threads=self._n_threads)
