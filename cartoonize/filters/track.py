"""Tracks: what is followed through a shot keeps its colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, area_average
from cartoonize.tracking.tracked import TrackedDrawing, TrackedShot

if TYPE_CHECKING:
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.carry import ColorHints
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.steady import Steady
    from cartoonize.tracking.votes import Shares

#: Drawings that are waited for before the first is coloured; a longer shot is decided in parts.
MOST_DRAWINGS = 160
#: Bytes of frames that may wait, since those of a large film are large.
MOST_BYTES = 512 << 20

#: One of so many drawings is looked for elsewhere.
_LOOK_EVERY = 10

_NOTHING: Mapping[int, ColorHints] = MappingProxyType({})

Find = Callable[[NDArray[np.uint8]], "ColorHints | None"]


class Remembers(Protocol):
    """A `Memory`, or what stands before one."""

    def recall(self, histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put what is remembered of the like into histograms (n, 313) of things of CIE L (n,)."""


def track_frames(
    frames: Iterable[Frame],
    *,
    given: Mapping[int, ColorHints] = _NOTHING,
    memory: Remembers | None = None,
    find: Find | None = None,
    tell: Callable[[TrackedShot], None] = lambda shot: None,
) -> Iterator[Frame]:
    """Add one ``ab``, and ``confidence``, to frames that have ``histogram``, from all drawings of their shot.

    Regions are followed through the shot, what is predicted for them is added up, and every track keeps its
    colours, told by lightness; outlines get as much of them as they are light; and what goes on from one
    drawing to the next, most of the colour that it was shown in (`Steady`). Frames come out when their shot
    is over. Where more than `MOST_DRAWINGS` or `MOST_BYTES` wait, the earlier half comes out first; what
    goes on from there keeps the colours that were shown. Frames with ``chroma`` are left alone.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers and ``histogram``.
    given : mapping of int to ColorHints
        Colours that are known of some frames, by index. They go before everything that is predicted.
    memory : Memory, or what stands before one, optional
        What is known of the like.
    find : callable, optional
        Returns what is known of a drawing (256, 256) that was seen elsewhere, as `Album.find` does; asked of
        every tenth drawing of a shot.
    tell : callable
        Called with the tracks of every shot, or part of a long one, when all its frames have come out.
    """
    shot, number = _Shot(memory, find), None
    for frame in frames:
        if frame.shot != number:
            yield from shot.colored(tell)
            shot, number = _Shot(memory, find), frame.shot
        if frame.chroma is not None:
            yield frame
            continue
        shot.add(frame, given.get(frame.index))
        if shot.is_full:
            earlier, shot = shot.parted(tell)
            yield from earlier
    yield from shot.colored(tell)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """A drawing, what is predicted for its regions, and the frames that hold it."""

    number: int
    grey: NDArray[np.uint8]
    parts: Parts
    shares: Shares
    frames: list[Frame]

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """Find the regions of a drawing, and what is predicted for them."""
        from cartoonize.tracking.parts import parts_of_grey
        from cartoonize.tracking.votes import pool

        assert frame.histogram is not None
        parts = parts_of_grey(frame.seen)
        return cls(frame.drawing, area_average(frame.seen), parts, pool(frame.histogram, parts), [])

    def told(self, tracks: NDArray[np.int64], confidence: NDArray[np.float32]) -> TrackedDrawing:
        """Say of a coloured drawing which tracks are in it, and how sure their colours are."""
        from cartoonize.tracking.parts import region_means

        parts = self.parts
        sure = region_means(confidence, parts.regions, parts.lines).astype(np.float32)
        return TrackedDrawing(self.frames[0].index, len(self.frames), tracks, parts.areas, sure, parts.places)


class _Shot:
    """The drawings of a shot, or of a part of it, that wait for their colours."""

    def __init__(self, memory: Remembers | None, find: Find | None) -> None:
        from cartoonize.tracking.steady import Steady
        from cartoonize.tracking.tracks import Follower
        from cartoonize.tracking.votes import Votes

        self._memory, self._find = memory, find
        self._drawings: list[_Drawing] = []
        self._tracks: list[NDArray[np.int64]] = []
        """Of the regions of each drawing."""
        self._n_bytes = 0
        self._follower, self._votes = Follower(), Votes(memory.recall) if memory is not None else Votes()
        self._shown = np.empty((0, 1, 3), np.float32)
        """ab and confidence (tracks, knots, 3) of the first tracks, shown already; NaN for the others."""
        self._given: dict[int, ColorHints] = {}
        """What is known of a few drawings, by their place in the shot."""
        self._steady: Steady = Steady()
        self._entrance: Paths | None = None
        """From the first drawing to the one before, which came out already."""

    @property
    def is_full(self) -> bool:
        """Whether no more should wait."""
        n_drawings = len(self._drawings)
        return n_drawings >= MOST_DRAWINGS or (n_drawings > 1 and self._n_bytes >= MOST_BYTES)

    def add(self, frame: Frame, given: ColorHints | None) -> None:
        """Take the next frame, and what is known of it."""
        if not self._drawings or self._drawings[-1].number != frame.drawing:
            self._follow(_Drawing.of(frame))
            self._look_for(given)
        if given is not None:
            self._given[len(self._drawings) - 1] = given
        self._drawings[-1].frames.append(frame.having(histogram=None))
        self._n_bytes += _n_bytes(frame)

    def _look_for(self, given: ColorHints | None) -> None:
        """Look now and then for the last drawing elsewhere, unless all is known of it."""
        if self._find is not None and given is None and (len(self._drawings) - 1) % _LOOK_EVERY == 0:
            drawing = self._drawings[-1]
            self._votes.find(self._tracks[-1], drawing.parts, self._find(drawing.grey))

    def _follow(self, drawing: _Drawing) -> None:
        tracks = self._follower.add(drawing.grey, drawing.parts)
        self._votes.add(tracks, drawing.parts, drawing.shares)
        self._drawings.append(drawing)
        self._tracks.append(tracks)

    @property
    def _kept(self) -> NDArray[np.int64]:
        """Tracks that were shown already."""
        return np.flatnonzero(~np.isnan(self._shown[:, 0, 0]))

    def colored(self, tell: Callable[[TrackedShot], None]) -> Iterator[Frame]:
        """Colour all frames."""
        known = self._carried()
        return self._painted(len(self._drawings), self._decided(known), known, tell)

    def parted(self, tell: Callable[[TrackedShot], None]) -> tuple[Iterator[Frame], _Shot]:
        """Colour the earlier half of the drawings; return it, and a shot that goes on with the rest."""
        n_given, known = len(self._drawings) // 2, self._carried()
        decided = self._decided(known)
        seen = np.zeros(len(decided), bool)
        seen[self._kept] = True
        seen[np.concatenate(self._tracks[:n_given])] = True
        rest = _Shot(self._memory, self._find)
        for drawing in self._drawings[n_given:]:
            rest._follow(drawing)
            rest._n_bytes += sum(map(_n_bytes, drawing.frames))
        first = self._tracks[n_given]
        rest._shown = np.where(seen[first, None, None], decided[first], np.float32(np.nan))
        rest._given = {k - n_given: given for k, given in self._given.items() if k >= n_given}
        if known:
            rest._given[0] = known[n_given]
        rest._steady, rest._entrance = self._steady, self._follower.paths[n_given - 1]
        return self._painted(n_given, decided, known, tell), rest

    def _carried(self) -> list[ColorHints]:
        """Carry what is known of a few drawings to all; an empty list if that is nothing."""
        from cartoonize.tracking.carry import carried

        if not self._given:
            return []
        greys, parts = [d.grey for d in self._drawings], [d.parts for d in self._drawings]
        return carried(greys, parts, self._follower.paths, self._given)

    def _decided(self, known: list[ColorHints]) -> NDArray[np.float32]:
        """Decide on ab and confidence (tracks, knots, 3); what was shown stays."""
        if not self._drawings:
            return self._shown
        for drawing, tracks, here in zip(self._drawings, self._tracks, known, strict=False):
            self._votes.know(tracks, drawing.parts, here)
        decided = self._votes.decide()
        decided[self._kept] = self._shown[self._kept]
        return decided

    def _painted(
        self,
        n_drawings: int,
        decided: NDArray[np.float32],
        known: list[ColorHints],
        tell: Callable[[TrackedShot], None],
    ) -> Iterator[Frame]:
        from cartoonize.tracking.carry import Palettes
        from cartoonize.tracking.votes import KNOWN_CONFIDENCE

        palettes = Palettes()
        for k, given in self._given.items():
            palettes.add(self._tracks[k], self._drawings[k].parts, given)
        told, paths = [], [self._entrance, *self._follower.paths]
        for k, (drawing, tracks) in enumerate(zip(self._drawings[:n_drawings], self._tracks, strict=False)):
            painted = drawing.parts.painted(decided[tracks])
            ab, confidence = np.ascontiguousarray(painted[..., :2]), painted[..., 2].copy()
            if known:
                share = palettes.share(ab, tracks, drawing.parts, known[k])
                ab = drawing.parts.overpainted(ab, known[k].ab, share)
                confidence[share > 0] = KNOWN_CONFIDENCE
            own = self._given.get(k)
            exact = own.sure == 1 if own else None
            ab = self._steady.show(ab, drawing.parts.lightness, paths[k], exact)
            if own and own.exact is not None:
                ab = np.where(own.exact[..., None], own.ab, ab)
            told.append(drawing.told(tracks, confidence))
            one = ab[None]
            for frame in drawing.frames:
                yield frame.having(ab=one, confidence=confidence)
        if told:
            tell(TrackedShot(self._drawings[0].frames[0].shot, told))


def _n_bytes(frame: Frame) -> int:
    return int(frame.luma.nbytes + frame.grey.nbytes)
