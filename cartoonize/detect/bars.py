"""Detection of black bars around the picture, and of the rounded corners of a film gate.

The borders of each shot are measured over all its frames (`ShotBorders`), and then decided for all shots of
a film together (`picture_areas`), because a dark shot shows no border, and because bars do not jump.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.area_means import AreaMeans, halved
from cartoonize.detect.film_gate import Corners
from cartoonize.frames import Area

#: Part of the keys of cached shots. Raise it when the same input yields other areas.
VERSION = 3

#: Number of pieces into which a line of a border is divided. An edge is straight if it is in most of them.
_N_PIECES = 16
#: A border that is lighter than this, in codes of 0..255, is not a bar.
_LIGHTEST = 56.0
#: A bar that is lighter than this counts only if another shot has it, too: a dark wall may look like a bar.
_CERTAIN = 40.0
#: A pixel belongs to the picture if it is lighter than the bar by this, or by this many times the noise.
_LEAST_RISE, _NOISES = 6.0, 3.0
#: An edge is sharp if the lightness rises by this, and by this share of the whole rise, within five lines.
_SHARP, _SHARP_SHARE = 10.0, 0.4
#: Largest size of a bar, as a share of the height or width.
_LARGEST = 0.45
#: Edges of different shots, and pieces of one edge, are the same up to this share, and at least this.
_SLACK_SHARE, _SLACK = 0.006, 3
#: Bars on opposite sides belong together if they differ by at most this share of the larger one.
_SYMMETRICAL = 0.25
#: Number of frames from which the second- and the third-largest value over time counts as the largest.
_RANKS_FROM = (4, 12)
#: A bar that is thinner than this share belongs to the print, and counts only if most shots have it.
_THIN = 0.015


@dataclass(frozen=True, slots=True)
class Edge:
    """Border of a shot on one side, as measured in its frames."""

    size: int | None
    """Lines from the edge of the frame to the edge of the picture; None if the shot is too dark to tell."""
    at_most: int
    """Lines that are dark in all frames of the shot, so that a bar may have at most this size."""
    level: float = 0.0
    """Lightness of the bar, 0..255."""


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Borders of one shot."""

    edges: tuple[Edge, Edge, Edge, Edge]
    """Top, bottom, left and right."""
    shape: tuple[int, int]
    """Height and width of the frames."""
    corners: Corners
    """Corners of the picture."""


class ShotBorders:
    """Measurement of the borders of one shot, frame by frame.

    Memory does not grow with the length of the shot. Lines are compared by the largest means of their pieces
    over time, without up to two outliers, so that a drop-out of a tape does not count as picture.
    """

    def __init__(self) -> None:
        self._n_frames = 0
        self._shape = (0, 0)
        self._rows = self._columns = self._small = _Largest()

    def add(self, grey: NDArray[np.uint8]) -> None:
        """Add the next frame, (height, width)."""
        height, width = self._shape = (grey.shape[0], grey.shape[1])
        if not self._n_frames:
            self._rows, self._columns, self._small = _Largest(), _Largest(), _Largest()
        self._n_frames += 1
        means = AreaMeans(grey)
        self._rows.add(means.of_grid(height, _N_PIECES))
        self._columns.add(means.of_grid(_N_PIECES, width))
        self._small.add(halved(grey, _n_halvings(height, width)))

    def measured(self) -> Borders:
        """Return the borders of the shot, of which at least one frame was added."""
        rows = self._rows.mean, self._rows.largest
        columns = self._columns.mean.T, self._columns.largest.T
        edges = (
            _edge(*rows),
            _edge(*(lines[::-1] for lines in rows)),
            _edge(*columns),
            _edge(*(lines[::-1] for lines in columns)),
        )
        return Borders(
            edges,
            self._shape,
            Corners.of([edge.size or 0 for edge in edges], self._shape, self._small.largest),
        )


class _Largest:
    """Mean and largest value over time of each element of arrays of one shape.

    Of enough frames, it is not the largest value but the second- or third-largest.
    """

    def __init__(self) -> None:
        self._n = 0
        self._sum: NDArray[Any] = np.zeros(1, np.float32)
        self._ranks: list[NDArray[np.uint8]] = []

    def add(self, values: NDArray[np.uint8]) -> None:
        if not self._n:
            self._sum = np.zeros(values.shape, np.float64)
            self._ranks = [np.zeros_like(values) for _ in range(3)]
        self._n += 1
        self._sum += values
        for rank in self._ranks:
            values, rank[:] = np.minimum(rank, values), np.maximum(rank, values)

    @property
    def mean(self) -> NDArray[np.float32]:
        return np.asarray(self._sum / self._n, np.float32)

    @property
    def largest(self) -> NDArray[np.float32]:
        return self._ranks[bisect_right(_RANKS_FROM, self._n)].astype(np.float32)


def _n_halvings(height: int, width: int) -> int:
    """Return how often the picture in which corners are looked for is halved."""
    return max(0, round(math.log2(min(height, width) / 270)))


def _edge(mean: NDArray[np.float32], largest: NDArray[np.float32]) -> Edge:
    """Find the edge of the picture in lines (n, pieces) from the edge of the frame inwards.

    Parameters
    ----------
    mean, largest : float32 arrays, shape (n, pieces)
        Mean and largest lightness over time of each piece of each line.
    """
    n = len(mean)
    outermost = slice(0, max(2, n // 200))
    level = float(np.median(mean[outermost]))
    if max(level, float(np.median(largest[outermost]))) > _LIGHTEST:  # also if it is lighter at times
        return Edge(0, 0, level)
    noise = float(np.median((largest - mean)[outermost]))
    lit = largest > level + max(_LEAST_RISE, _NOISES * noise)
    lit[:-1] &= lit[1:]  # one line alone is noise
    starts = np.where(lit.any(0), lit.argmax(0), n)
    found = np.sort(starts[starts < _LARGEST * n])
    if len(found) < 2:
        return Edge(None, n, level)
    first = int(found[1])  # the first one may be dirt, or the logo of a broadcaster
    if first <= 1:
        return Edge(0, 0, level)
    near = np.abs(starts - first) <= _slack(n)
    if near.sum() < max(_N_PIECES // 4, len(found) / 2) or not _is_sharp(largest[:, near], first, level):
        return Edge(None, first, level)
    size = int(np.quantile(_refined(mean[:, near], largest[:, near], first, level), 0.75, method="higher"))
    return Edge(size, max(size, first), level)


def _slack(n: int) -> int:
    return max(_SLACK, round(_SLACK_SHARE * n))


def _is_sharp(largest: NDArray[np.float32], first: int, level: float) -> bool:
    """Return whether the lightness rises at once at an edge, and not slowly as in a dark sky."""
    profile = np.median(largest, 1)
    inside = float(profile[first + 3 : first + 13].mean()) if first + 3 < len(profile) else level
    rise = float(profile[min(first + 3, len(profile) - 1)] - profile[max(first - 2, 0)])
    return rise >= max(_SHARP, _SHARP_SHARE * (inside - level))


def _refined(
    mean: NDArray[np.float32], largest: NDArray[np.float32], first: int, level: float
) -> NDArray[np.int64]:
    """Return the first line of the picture in each piece of an edge that is known to a few lines.

    A line belongs to the picture if its lightness is nearer to that of the picture than to that of the bar,
    so that the blur of an encoder along the edge does not count.
    """
    begin = max(0, first - _slack(len(mean)) - 2)
    inner = slice(first + 4, first + 12)
    found = []
    for k in range(mean.shape[1]):
        inside = mean[inner, k].mean()
        lines = mean[:, k] if inside - level > _SHARP else largest[:, k]
        least = level + 0.45 * (float(lines[inner].mean()) - level)
        found.append(begin + int((lines[begin : first + 12] > least).argmax()))
    return np.array(found)


def picture_areas(shots: Sequence[Borders], *, line_step: int = 2) -> list[Area | None]:
    """Decide on the picture area of each shot of a film; None if the picture fills the frame.

    1. Edges that are the same in several shots get one size.
    2. A bar on one side only, or one that is not quite black, counts if another shot has it, too.
    3. A shot that is too dark to show an edge gets that of its neighbours, if they agree.

    Areas begin and end at even pixels, because most films have one colour for two by two pixels; in
    interlaced frames, two lines of one field have it.

    Parameters
    ----------
    shots : sequence of Borders
        Borders of all shots, in order, with frames of one size.
    line_step : int
        Areas begin and end at multiples of this number of lines: 4 in interlaced frames.
    """
    if not shots:
        return []
    height, width = shots[0].shape
    sizes = [
        _decided([shot.edges[side] for shot in shots], [shot.edges[side ^ 1] for shot in shots], n)
        for side, n in enumerate((height, height, width, width))
    ]
    areas = [
        Area(
            _multiple(top, line_step),
            height - _multiple(bottom, line_step),
            _multiple(left),
            width - _multiple(right),
        )
        for top, bottom, left, right in zip(*sizes, strict=True)
    ]
    rounded = _with_corners(areas, shots)
    whole = Area(0, height, 0, width)
    return [None if area == whole else area for area in rounded]


def _multiple(size: int, step: int = 2) -> int:
    """Round the size of a bar up, so that no pixel of it is coloured. A single line is not a bar."""
    return 0 if size < 2 else -(-size // step) * step


def _decided(edges: Sequence[Edge], opposite: Sequence[Edge], n: int) -> list[int]:
    """Return the size of the bar on one side of each shot."""
    slack = _slack(n)
    measured = _clustered([edge.size for edge in edges], slack)
    counts = {size: measured.count(size) for size in set(measured)}
    known = list(measured)
    n_known = sum(size is not None for size in measured)
    for k, (edge, other) in enumerate(zip(edges, opposite, strict=True)):
        size = measured[k]
        if not size:
            continue
        if size <= _THIN * n and 2 * counts[size] < n_known:
            known[k] = 0
            continue
        alone = counts[size] == 1 and n_known > 1
        one_sided = (
            other.size is None or abs(other.size - size) > _SYMMETRICAL * max(other.size, size) + slack
        )
        if alone and (one_sided or edge.level > _CERTAIN):
            known[k] = None
        elif counts[size] == 1 and edge.level > _CERTAIN:
            known[k] = 0
    return [_filled(known, edges, k, slack) for k in range(len(edges))]


def _clustered(sizes: Sequence[int | None], slack: int) -> list[int | None]:
    """Replace sizes that are nearly the same by their median."""
    ordered = sorted({size for size in sizes if size})
    groups: list[list[int]] = []
    for size in ordered:
        if groups and size - groups[-1][0] <= slack:
            groups[-1].append(size)
        else:
            groups.append([size])
    same = {}
    for group in groups:
        members = sorted(size for size in sizes if size in group)
        same.update(dict.fromkeys(group, members[len(members) // 2]))
    return [same[size] if size else size for size in sizes]


def _filled(known: Sequence[int | None], edges: Sequence[Edge], k: int, slack: int) -> int:
    """Return the size of a bar; for a shot that does not show it, that of its neighbours if they agree."""
    size = known[k]
    if size is not None:
        return size
    before = next((s for s in reversed(known[:k]) if s is not None), None)
    after = next((s for s in known[k + 1 :] if s is not None), None)
    neighbours = {s for s in (before, after) if s is not None}
    if len(neighbours) == 1 and edges[k].at_most + slack >= min(neighbours):
        return neighbours.pop()
    return 0


def _with_corners(areas: Sequence[Area], shots: Sequence[Borders]) -> list[Area]:
    """Add rounded corners to the areas: those that most shots show, to all that do not contradict."""
    rounded = np.array([shot.corners.radii for shot in shots if shot.corners.radii])
    if len(rounded) <= sum(shot.corners.is_square for shot in shots):
        return list(areas)
    vertical, horizontal = np.rint(np.median(rounded, 0)).astype(int).tolist()
    return [
        area if shot.corners.is_square else replace(area, radii=(vertical, horizontal))
        for area, shot in zip(areas, shots, strict=True)
    ]
