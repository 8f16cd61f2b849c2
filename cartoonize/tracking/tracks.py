"""Tracks: the regions of a shot's drawings, followed from one drawing to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import lightness_on_grid
from cartoonize.optical_flow import Paths, camera_motion, flow_and_paths
from cartoonize.tracking.parts import Parts, region_means
from cartoonize.tracking.plate import Plate

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Greatest difference in CIE L of a region from the one that it follows ...
_SAME = 6.0
#: ... and where less speaks for it.
_STRICTLY_SAME = 3.0
#: Partners share this part of the smaller one at least.
_LEAST_SHARE = 0.3
#: Drawings for which something may be hidden.
_LONGEST_HIDDEN = 25


@dataclass(slots=True)
class _Thing:
    """Where a track was last, and how it moved."""

    seen: int
    place: NDArray[np.float64]
    speed: NDArray[np.float64]
    lightness: float
    area: int
    """The largest that it was."""


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    grey: NDArray[np.uint8]
    parts: Parts
    tracks: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Pixels that regions of two successive drawings share along the flow."""

    now: NDArray[np.int64]
    before: NDArray[np.int64]
    counts: NDArray[np.int64]


class Follower:
    """Number the tracks of successive drawings of one shot.

    A region goes on with the track of the region before with which it shares most pixels along the optical
    flow, if that holds the other way round, too, and both are equally light; a part that came off, with that
    of what it came off from; what comes to light again, with the track that was seen at that place before
    (`Plate`), or that went out of sight not far from there. Anything else begins a track. A fade changes the
    lightness of everything; that is taken out first.
    """

    def __init__(self) -> None:
        self.n_tracks = 0
        self.paths: list[Paths] = []
        """From every drawing but the first to the one before, and back."""
        self._time = -1
        self._last: _Drawing | None = None
        self._plate: Plate | None = None
        self._things: dict[int, _Thing] = {}

    def add(self, grey: NDArray[np.uint8], parts: Parts) -> NDArray[np.int64]:
        """Take the next drawing; return the track of each of its regions, (regions,)."""
        self._time += 1
        places = parts.places
        if self._last is None:
            tracks = np.full(len(parts.areas), -1, np.int64)
            self._plate = Plate(*grey.shape)
        else:
            tracks = self._go_on(grey, parts, places)
        tracks = self._begin(tracks)
        seen = np.where(parts.lines, -1, tracks[parts.regions]).astype(np.int32)
        assert self._plate is not None
        self._plate.remember(seen, parts.lightness)
        self._note(parts, tracks, places)
        self._last = _Drawing(grey, parts, tracks)
        return tracks

    def _go_on(self, grey: NDArray[np.uint8], parts: Parts, places: NDArray[np.float64]) -> NDArray[np.int64]:
        last, plate = self._last, self._plate
        assert last is not None and plate is not None
        grey0, lightness0 = faded(last.grey, last.parts.lightness, grey)
        means0 = last.parts.means
        if grey0 is not last.grey:
            means0 = region_means(lightness0, last.parts.regions, last.parts.lines)
            slope, shift = _line(last.parts.lightness, lightness0)
            plate.brighten(slope, shift)
            for thing in self._things.values():
                thing.lightness = slope * thing.lightness + shift
        flow, paths = flow_and_paths(grey, grey0)
        self.paths.append(paths)
        links = _links(paths, parts, last.parts, lightness0)
        apart = np.abs(parts.means[links.now] - means0[links.before])
        tracks = np.full(len(parts.areas), -1, np.int64)
        partner = _partners(links, apart, parts, last.parts)
        tracks[partner >= 0] = last.tracks[partner[partner >= 0]]
        came_off = _came_off(links, apart, parts)
        free = (tracks < 0) & (came_off >= 0)
        tracks[free] = last.tracks[came_off[free]]
        plate.move(camera_motion(flow))
        free = tracks < 0
        if free.any():
            again = plate.recall(parts.regions, parts.lightness, free, _STRICTLY_SAME)
            tracks[free] = again[free]
        self._find_again(tracks, parts, places)
        return tracks

    def _find_again(self, tracks: NDArray[np.int64], parts: Parts, places: NDArray[np.float64]) -> None:
        """Give regions without a track that of a thing that may have been hidden since."""
        free = np.flatnonzero(tracks < 0)
        hidden = {
            n: thing
            for n, thing in self._things.items()
            if 1 < self._time - thing.seen <= _LONGEST_HIDDEN and n not in tracks
        }
        if not len(free) or not hidden:
            return
        for region in free:
            best, least = -1, np.inf
            for n, thing in hidden.items():
                if abs(thing.lightness - parts.means[region]) > _STRICTLY_SAME:
                    continue
                if parts.areas[region] > 1.5 * thing.area:
                    continue
                gone = self._time - thing.seen
                expected = thing.place + thing.speed * gone
                off = float(np.hypot(*(places[region] - expected)))
                if off < min(2 * np.sqrt(thing.area) + gone, least):
                    best, least = n, off
            if best >= 0:
                tracks[region] = best

    def _begin(self, tracks: NDArray[np.int64]) -> NDArray[np.int64]:
        fresh = tracks < 0
        n_fresh = int(fresh.sum())
        tracks[fresh] = self.n_tracks + np.arange(n_fresh)
        self.n_tracks += n_fresh
        return tracks

    def _note(self, parts: Parts, tracks: NDArray[np.int64], places: NDArray[np.float64]) -> None:
        """Keep where every track is now and how it moves; forget those hidden for too long."""
        order = np.argsort(parts.areas, kind="stable")  # of a track in several pieces the largest counts
        for region in order:
            n, place, area = int(tracks[region]), places[region], int(parts.areas[region])
            thing = self._things.get(n)
            if thing is None:
                self._things[n] = _Thing(self._time, place, np.zeros(2), float(parts.means[region]), area)
                continue
            gone = self._time - thing.seen
            if gone == 1:
                thing.speed = 0.5 * thing.speed + 0.5 * (place - thing.place)
            thing.seen, thing.place = self._time, place
            thing.lightness, thing.area = float(parts.means[region]), max(area, thing.area)
        old = [n for n, thing in self._things.items() if self._time - thing.seen > _LONGEST_HIDDEN]
        for n in old:
            del self._things[n]


def paths_between(before: NDArray[np.uint8], lightness: NDArray[np.float32], now: NDArray[np.uint8]) -> Paths:
    """Return the paths between two successive drawings, as `Follower` finds them.

    Parameters
    ----------
    before, now : uint8 array, shape (height, width)
        The drawings.
    lightness : float32 array, shape (height, width)
        CIE L of the earlier one.
    """
    return flow_and_paths(now, faded(before, lightness, now)[0])[1]


def faded(
    before: NDArray[np.uint8], lightness: NDArray[np.float32], now: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a drawing and its CIE L as a fade makes them until the next one; themselves if there is none."""
    gain, offset = _fade(now, before)
    if (gain, offset) == (1, 0):
        return before, lightness
    grey = np.clip(np.rint(before * gain + offset), 0, 255).astype(np.uint8)
    return grey, lightness_on_grid(grey, *grey.shape)


def _fade(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[float, float]:
    """Return (gain, offset) that make of the drawing before what is seen now, or (1, 0) where they do not."""
    small, small0 = (
        cv2.resize(g, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float64) for g in (grey, before)
    )
    change = np.abs(small - small0).mean()
    if change < 1 or small0.var() < 1:
        return 1.0, 0.0
    gain, offset = _line(small0, small)
    left = np.abs(small - gain * small0 - offset).mean()
    return (gain, offset) if left < 0.5 * change and 0.1 < gain < 10 else (1.0, 0.0)


def _line(before: NDArray[Any], after: NDArray[Any]) -> tuple[float, float]:
    """Return slope and shift that best make one of the other, by least squares."""
    spread = float(before.var())
    slope = float(((before - before.mean()) * (after - after.mean())).mean()) / spread if spread else 1.0
    return slope, float(after.mean() - slope * before.mean())


def _links(paths: Paths, parts: Parts, parts0: Parts, lightness0: NDArray[np.float32]) -> _Links:
    back = paths.back
    good = (back >= 0) & ~parts.lines & ~parts0.lines.ravel()[back]
    good &= np.abs(parts.lightness - lightness0.ravel()[back]) < _SAME
    n0 = len(parts0.areas)
    code = parts.regions[good].astype(np.int64) * n0 + parts0.regions.ravel()[back[good]]
    codes, counts = np.unique(code, return_counts=True)
    return _Links(codes // n0, codes % n0, counts)


def _partners(links: _Links, apart: NDArray[Any], parts: Parts, parts0: Parts) -> NDArray[np.int64]:
    """Return for each region the one before that shares most with it and with which it shares most, or -1."""
    n, n0 = len(parts.areas), len(parts0.areas)
    smaller = np.minimum(parts.areas[links.now], parts0.areas[links.before])
    good = (apart < _SAME) & (links.counts >= _LEAST_SHARE * smaller)
    now, before, counts = links.now[good], links.before[good], links.counts[good]
    order = np.argsort(counts, kind="stable")
    now, before = now[order], before[order]
    best, best0 = np.full(n, -1, np.int64), np.full(n0, -1, np.int64)
    best[now], best0[before] = before, now  # the last, largest, stays
    mutual = (best >= 0) & (best0[best] == np.arange(n))
    return np.where(mutual, best, -1)


def _came_off(links: _Links, apart: NDArray[Any], parts: Parts) -> NDArray[np.int64]:
    """Return for each region the one before that had at least half of its pixels, or -1."""
    good = (apart < _STRICTLY_SAME) & (2 * links.counts >= parts.areas[links.now])
    came = np.full(len(parts.areas), -1, np.int64)
    came[links.now[good]] = links.before[good]
    return came
