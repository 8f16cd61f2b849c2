"""Tracks: the regions of a shot, followed from one drawing to the next."""

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
VERSION = 2

#: Largest difference in CIE L between a region and the region that it continues, ...
_MAX_DIFFERENCE = 6.0
#: ... and the stricter limit if the match is not mutual.
_STRICT_DIFFERENCE = 3.0
#: Two regions match only if they have at least this share of the smaller one in common.
_MIN_SHARE = 0.3
#: A drawing is dim if its contrast (see `contrast_of`) is smaller than this.
_DIM_RANGE = 25.0
#: Largest number of drawings for which a track may be hidden.
_MAX_HIDDEN = 25


@dataclass(slots=True)
class _TrackState:
    """Last position and motion of a track."""

    last_seen: int
    """Number of the last drawing that shows it."""
    center: NDArray[np.float64]
    """x and y in that drawing, in pixels."""
    speed: NDArray[np.float64]
    """x and y, in pixels per drawing."""
    lightness: float
    """Mean CIE L."""
    area: int
    """Largest number of pixels in any drawing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    grey: NDArray[np.uint8]
    parts: Parts
    tracks: NDArray[np.int64]
    is_dim: bool
    """True if many of its regions may be merged because the picture is nearly black, as in fades."""


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Pairs of regions of two successive drawings that share pixels along the flow."""

    now: NDArray[np.int64]
    """(pairs,) region of the later drawing."""
    before: NDArray[np.int64]
    """(pairs,) region of the earlier drawing."""
    counts: NDArray[np.int64]
    """(pairs,) number of shared pixels."""


class Follower:
    """Numbering of the tracks in successive drawings of one shot.

    The regions of a drawing get tracks in this order:

    1. A region continues the track of the previous region with which it shares most pixels along the optical
       flow, if this holds in both directions and both have nearly the same lightness.
    2. A region that separated from a previous region gets the track of that region.
    3. A region that becomes visible again gets the track that was visible at its place before (`Plate`).
    4. Or it gets a hidden track that should be near its place, if it continued to move at the same speed.
    5. All other regions begin new tracks.

    Before regions are compared, the change of lightness by a fade is removed. After a dim drawing, only the
    first and the last rule hold: what separates from a region there was probably merged with it in the dark.
    """

    def __init__(self) -> None:
        self.n_tracks = 0
        self.paths: list[Paths] = []
        """For each drawing but the first: paths between the previous drawing and this one."""
        self._time = -1
        """Number of the current drawing."""
        self._last: _Drawing | None = None
        self._plate: Plate | None = None
        self._states: dict[int, _TrackState] = {}

    def add(self, grey: NDArray[np.uint8], parts: Parts) -> NDArray[np.int64]:
        """Add the next drawing, and return the tracks of its regions.

        Parameters
        ----------
        grey : uint8 array, shape (height, width)
            The drawing, 0..255.
        parts : Parts
            Regions of the drawing.

        Returns
        -------
        int64 array, shape (regions,)
        """
        self._time += 1
        centers = parts.centers
        if self._last is None:
            tracks = np.full(len(parts.areas), -1, np.int64)
            self._plate = Plate(*grey.shape)
        else:
            tracks = self._continued(grey, parts, centers)
        tracks = self._with_new_tracks(tracks)
        visible = np.where(parts.lines, -1, tracks[parts.regions]).astype(np.int32)
        is_dim = contrast_of(parts.lightness) < _DIM_RANGE
        assert self._plate is not None
        if not is_dim:
            self._plate.remember(visible, parts.lightness)
        self._update_states(parts, tracks, centers)
        self._last = _Drawing(grey, parts, tracks, is_dim)
        return tracks

    def _continued(
        self, grey: NDArray[np.uint8], parts: Parts, centers: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return the tracks of regions that continue earlier tracks, -1 for other regions."""
        last, plate = self._last, self._plate
        assert last is not None and plate is not None
        grey0, lightness0 = faded(last.grey, last.parts.lightness, grey)
        means0 = last.parts.means
        if grey0 is not last.grey:
            means0 = region_means(lightness0, last.parts.regions, last.parts.lines)
            slope, shift = _fit_line(last.parts.lightness, lightness0)
            plate.fade(slope, shift)
            for state in self._states.values():
                state.lightness = slope * state.lightness + shift
        flow, paths = flow_and_paths(grey, grey0)
        self.paths.append(paths)
        links = _links(paths, parts, last.parts, lightness0)
        difference = np.abs(parts.means[links.now] - means0[links.before])
        tracks = np.full(len(parts.areas), -1, np.int64)
        partner = _partners(links, difference, parts, last.parts)
        tracks[partner >= 0] = last.tracks[partner[partner >= 0]]
        plate.move(camera_motion(flow))
        if last.is_dim:
            return tracks
        origin = _origins(links, difference, parts)
        free = (tracks < 0) & (origin >= 0)
        tracks[free] = last.tracks[origin[free]]
        free = tracks < 0
        if free.any():
            recalled = plate.recall(parts.regions, parts.lightness, free, _STRICT_DIFFERENCE)
            tracks[free] = recalled[free]
        self._find_hidden(tracks, parts, centers)
        return tracks

    def _find_hidden(self, tracks: NDArray[np.int64], parts: Parts, centers: NDArray[np.float64]) -> None:
        """Give regions without a track, in place, the hidden track that is expected nearest to them."""
        free = np.flatnonzero(tracks < 0)
        hidden = {
            n: state
            for n, state in self._states.items()
            if 1 < self._time - state.last_seen <= _MAX_HIDDEN and n not in tracks
        }
        if not len(free) or not hidden:
            return
        for region in free:
            best, least = -1, np.inf
            for n, state in hidden.items():
                if abs(state.lightness - parts.means[region]) > _STRICT_DIFFERENCE:
                    continue
                if parts.areas[region] > 1.5 * state.area:
                    continue
                n_hidden = self._time - state.last_seen
                expected = state.center + state.speed * n_hidden
                distance = float(np.hypot(*(centers[region] - expected)))
                if distance < min(2 * np.sqrt(state.area) + n_hidden, least):
                    best, least = n, distance
            if best >= 0:
                tracks[region] = best

    def _with_new_tracks(self, tracks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Begin new tracks, in place, for regions without one."""
        is_new = tracks < 0
        n_new = int(is_new.sum())
        tracks[is_new] = self.n_tracks + np.arange(n_new)
        self.n_tracks += n_new
        return tracks

    def _update_states(self, parts: Parts, tracks: NDArray[np.int64], centers: NDArray[np.float64]) -> None:
        """Store position and motion of the visible tracks, and drop tracks that were hidden for too long."""
        order = np.argsort(parts.areas, kind="stable")  # if a track has several regions, the largest counts
        for region in order:
            n, center, area = int(tracks[region]), centers[region], int(parts.areas[region])
            state = self._states.get(n)
            if state is None:
                lightness = float(parts.means[region])
                self._states[n] = _TrackState(self._time, center, np.zeros(2), lightness, area)
                continue
            if self._time - state.last_seen == 1:
                state.speed = 0.5 * state.speed + 0.5 * (center - state.center)
            state.last_seen, state.center = self._time, center
            state.lightness, state.area = float(parts.means[region]), max(area, state.area)
        old = [n for n, state in self._states.items() if self._time - state.last_seen > _MAX_HIDDEN]
        for n in old:
            del self._states[n]


def paths_between(before: NDArray[np.uint8], lightness: NDArray[np.float32], now: NDArray[np.uint8]) -> Paths:
    """Return the paths between two successive drawings, as `Follower` finds them.

    Parameters
    ----------
    before, now : uint8 array, shape (height, width)
        The drawings, 0..255.
    lightness : float32 array, shape (height, width)
        CIE L of the earlier drawing, 0..100.
    """
    return flow_and_paths(now, faded(before, lightness, now)[0])[1]


def faded(
    before: NDArray[np.uint8], lightness: NDArray[np.float32], now: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Apply a fade between two successive drawings to the earlier one.

    Parameters
    ----------
    before, now : uint8 array, shape (height, width)
        The drawings, 0..255.
    lightness : float32 array, shape (height, width)
        CIE L of the earlier drawing, 0..100.

    Returns
    -------
    uint8 array, shape (height, width)
        The earlier drawing with the brightness of the later one; ``before`` itself if there is no fade.
    float32 array, shape (height, width)
        CIE L of this; ``lightness`` itself if there is no fade.
    """
    gain, offset = _fade(now, before)
    if (gain, offset) == (1, 0):
        return before, lightness
    grey = np.clip(np.rint(before * gain + offset), 0, 255).astype(np.uint8)
    return grey, lightness_on_grid(grey, *grey.shape)


def contrast_of(lightness: NDArray[np.float32]) -> float:
    """Return the range of CIE L that 96% of the pixels of a drawing (height, width) are in, 0..100."""
    low, high = np.percentile(lightness, (2, 98))
    return float(high - low)


def _fade(grey: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the gain and offset of a fade: now = gain x before + offset; (1, 0) if there is no fade."""
    small, small0 = (
        cv2.resize(g, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float64) for g in (grey, before)
    )
    change = np.abs(small - small0).mean()
    if change < 1 or small0.var() < 1:
        return 1.0, 0.0
    gain, offset = _fit_line(small0, small)
    residual = np.abs(small - gain * small0 - offset).mean()
    return (gain, offset) if residual < 0.5 * change and 0.1 < gain < 10 else (1.0, 0.0)


def _fit_line(before: NDArray[Any], after: NDArray[Any]) -> tuple[float, float]:
    """Fit after = slope x before + shift by least squares; return slope and shift."""
    variance = float(before.var())
    slope = float(((before - before.mean()) * (after - after.mean())).mean()) / variance if variance else 1.0
    return slope, float(after.mean() - slope * before.mean())


def _links(paths: Paths, parts: Parts, parts0: Parts, lightness0: NDArray[np.float32]) -> _Links:
    """Count the pixels that the regions of two drawings (0: the earlier) share, at nearly equal lightness."""
    back = paths.back
    good = (back >= 0) & ~parts.lines & ~parts0.lines.ravel()[back]
    good &= np.abs(parts.lightness - lightness0.ravel()[back]) < _MAX_DIFFERENCE
    n0 = len(parts0.areas)
    code = parts.regions[good].astype(np.int64) * n0 + parts0.regions.ravel()[back[good]]
    codes, counts = np.unique(code, return_counts=True)
    return _Links(codes // n0, codes % n0, counts)


def _partners(links: _Links, difference: NDArray[Any], parts: Parts, parts0: Parts) -> NDArray[np.int64]:
    """Return for each region its mutual best match of the previous regions, by shared pixels, or -1."""
    n, n0 = len(parts.areas), len(parts0.areas)
    smaller = np.minimum(parts.areas[links.now], parts0.areas[links.before])
    good = (difference < _MAX_DIFFERENCE) & (links.counts >= _MIN_SHARE * smaller)
    now, before, counts = links.now[good], links.before[good], links.counts[good]
    order = np.argsort(counts, kind="stable")
    now, before = now[order], before[order]
    best, best0 = np.full(n, -1, np.int64), np.full(n0, -1, np.int64)
    best[now], best0[before] = before, now  # the last one, with the most pixels, overwrites the others
    mutual = (best >= 0) & (best0[best] == np.arange(n))
    return np.where(mutual, best, -1)


def _origins(links: _Links, difference: NDArray[Any], parts: Parts) -> NDArray[np.int64]:
    """Return for each region the previous region that had at least half of its pixels, or -1."""
    good = (difference < _STRICT_DIFFERENCE) & (2 * links.counts >= parts.areas[links.now])
    origins = np.full(len(parts.areas), -1, np.int64)
    origins[links.now[good]] = links.before[good]
    return origins
