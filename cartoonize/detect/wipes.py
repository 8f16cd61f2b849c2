"""Detection of wipes: a straight edge, a circle or a clock's hand that uncovers the next picture.

Each pixel of a wipe shows the picture before it, and from one moment on the picture after it. The moments
depend on one coordinate alone: on the place along a line, on the distance from a centre, or on the angle. So
the coordinate is fitted to the moments, and then the path of the front along it is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.wipe_checks import evenness, stillness, trail
from cartoonize.detect.wipe_path import edge_of, path_of, steady
from cartoonize.detect.wipe_shapes import candidate_fronts
from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

#: Smallest number of frames of a wipe.
_MIN_FRAMES = 4
#: Which possible pictures before a wipe are looked at, counted back from the last one.
_BACK = (0, 2, 6, 14, 30)
#: Smallest root mean square difference of the two pictures, in codes, and their smallest decorrelation.
_MIN_CHANGE, _MIN_DECORRELATION = 24.0, 0.42
#: Smallest share of the picture that changes: (sum of changes)^2 / (pixels x sum of squared changes). An
#: actor who enters changes less. If the front is clear, that is if the cost is small, less is enough.
_MIN_AREA, _MIN_CLEAR_AREA, _CLEAR_COST = 0.47, 0.28, 0.9
#: Smallest mean change in a sixth of the way of the front, as a share of the mean change.
_MIN_EVENNESS = 0.15
#: A thumbnail with a smaller standard deviation, in codes, is flat, as beside an iris. Both pictures of a
#: wipe have at least the second one: something dark that covers the picture is not a wipe.
_FLAT, _CLEAR = 4.0, 16.0
#: Limits for the measured share of the next picture: its largest difference from 0 before and from 1 after,
#: and its largest fall and rise between two frames.
_MAX_EDGE, _MAX_FALL, _MAX_RISE = 0.25, 0.16, 0.5
#: Smallest part of the frames that a mixture with one share for all pixels does not explain, as a share of
#: the difference between the two pictures. A dissolve has less.
_MIN_RESIDUAL = 0.07
#: Largest mean square change within the frames before or after a wipe, as a share of the one between them.
_MAX_UNREST = 0.2
#: Smallest share of the frames between two pictures in which the front moves.
_MIN_MOVING = 0.5
#: The cost is the error of the path and the part of the changes that is not explained, divided by these ...
_PATH_SCALE, _UNEXPLAINED_SCALE = 0.06, 0.1
#: ... and at most this. A slice of an iris may look like a clock, which has a lower limit.
_MAX_COST, _MAX_CLOCK_COST = 2.5, 1.8
#: Smallest `stillness` and largest `trail`.
_MIN_STILLNESS, _MAX_TRAIL = 1.3, 1.45
#: A frame with a narrower part of the other picture, as a share of the way, does not count as wiped.
_PRECISION = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class WipeFit:
    """A wipe between two pictures."""

    cost: float
    """How badly the frames fit, from 0."""
    start: int
    """Position of the first wiped frame."""
    stop: int
    """Position of the frame after the last wiped one."""
    fronts: tuple[Front, ...]
    """For each wiped frame the edge of the picture that comes next."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two pictures between which a wipe may be."""

    start: int
    """Position of the last frame that shows only the first picture."""
    end: int
    """Position of the first frame that shows only the second picture."""
    around: NDArray[np.int64]
    """Positions of the frames between them, and of some before and after."""
    has_flat: bool
    """True if one of the pictures is flat."""
    area: float
    """Share of the picture that changes."""

    @property
    def ramp(self) -> NDArray[np.float64]:
        """The way of a steady front, 0..1, in each frame around."""
        return np.clip((self.around - self.start) / (self.end - self.start), 0, 1)


def wipe_ending_at(
    end: int,
    thumbnails: NDArray[np.float32],
    products: NDArray[np.float64],
    *,
    margin: int,
    first: int,
    aspect: float,
) -> WipeFit | None:
    """Return the best wipe after which a frame is the first one that shows only the next picture, or None.

    Parameters
    ----------
    end : int
        Position of that frame.
    thumbnails : float32 array, shape (n, height, width)
        Codes 0..255 of the frames.
    products : float64 array, shape (n, n)
        Mean products of each two of them.
    margin : int
        Number of frames before and after a wipe that must show one picture alone.
    first : int
        Position before which no wipe may begin.
    aspect : float
        Height of the frames in units of their width.
    """
    fits: list[WipeFit] = []
    for pair in _pairs(end, thumbnails, products, margin, first):
        fits += _fits(pair, thumbnails, aspect)
    return min(fits, key=lambda fit: fit.cost, default=None)


def _pairs(
    end: int, thumbnails: NDArray[np.float32], products: NDArray[np.float64], margin: int, first: int
) -> list[_Pair]:
    """Return pairs of pictures between which the share of the second one rises, pixel by pixel."""
    starts = np.arange(max(first - 1, 0), end - _MIN_FRAMES)
    power, means = np.diag(products), thumbnails.mean((1, 2), dtype=np.float64)
    deviations = np.sqrt(np.maximum(power - means**2, 0))
    difference = power[starts] + power[end] - 2 * products[starts, end]
    covariance = products[starts, end] - means[starts] * means[end]
    correlation = covariance / np.maximum(deviations[starts] * deviations[end], 1e-6)
    least, most = (
        np.minimum(deviations[starts], deviations[end]),
        np.maximum(deviations[starts], deviations[end]),
    )
    has_flat = (least < _FLAT) & (most > _CLEAR)
    differ = (least > _CLEAR) & (1 - correlation > _MIN_DECORRELATION)
    possible = (difference > _MIN_CHANGE**2) & (has_flat | differ)
    found: list[_Pair] = []
    for start, d, flat in zip(starts[possible], difference[possible], has_flat[possible], strict=True):
        around = np.arange(max(start - margin, 0), min(end + margin + 1, len(power)))
        towards = products[around, end] - products[around, start]
        shares = (towards - products[start, end] + power[start]) / d
        before, after = around < start, around > end
        inside = shares[~before & ~after]
        steps = np.diff(inside)
        outside = np.abs(np.concatenate([shares[before], 1 - shares[after]])).max(initial=0)
        if outside > _MAX_EDGE or steps.min() < -_MAX_FALL or steps.max() > _MAX_RISE:
            continue
        between = np.arange(start + 1, end)
        distance = power[between] + power[start] - 2 * products[between, start]
        residual = float(distance.mean() / d - (inside[1:-1] ** 2).mean())
        unrest = max(
            float((power[k] + power[one] - 2 * products[k, one]).mean()) if len(k) else 0.0
            for k, one in ((around[before], start), (around[after], end))
        )
        if unrest > _MAX_UNREST * d:
            continue
        area = float(np.abs(thumbnails[start] - thumbnails[end]).mean() ** 2 / d)
        if residual > _MIN_RESIDUAL and area > _MIN_CLEAR_AREA:
            found.append(_Pair(int(start), end, around, bool(flat), area))
    return [found[-1 - k] for k in _BACK if k < len(found)]


def _fits(pair: _Pair, thumbnails: NDArray[np.float32], aspect: float) -> Iterator[WipeFit]:
    """Yield the fits of all shapes between two pictures."""
    frames = thumbnails[pair.around]
    before, after = thumbnails[pair.start], thumbnails[pair.end]
    evidence = _distance(frames, after) - _distance(frames, before)
    change = (_distance(before, after) + _distance(after, before)) * np.float32(0.5)
    for front in candidate_fronts(evidence, aspect, only_circle=pair.has_flat):
        coordinates = front.coordinates(*before.shape)
        low, high = float(coordinates.min()), float(coordinates.max())
        way = (coordinates - low) / max(high - low, 1e-6)
        if evenness(change, way) < _MIN_EVENNESS:
            continue
        path, explained = path_of(evidence, way, pair.ramp)
        share = explained / float(change.sum() * len(frames))
        if ((path > 0) & (path < 1)).sum() < 2:
            continue
        front_way = steady(pair.around, path)
        n_moving = int(((front_way > 0) & (front_way < 1)).sum())
        if n_moving < max(_MIN_FRAMES, _MIN_MOVING * (pair.end - pair.start)):
            continue
        error = float(np.sqrt(((path - np.clip(front_way, 0, 1)) ** 2).mean()))
        cost = error / _PATH_SCALE + (1 - share) / _UNEXPLAINED_SCALE
        if cost > (_MAX_CLOCK_COST if front.shape == "clock" else _MAX_COST):
            continue
        if pair.area <= _MIN_AREA and cost > _CLEAR_COST:
            continue
        if front.shape == "line" and stillness(frames, (before, after), front, path) < _MIN_STILLNESS:
            continue
        if trail(frames, (before, after), way, path) > _MAX_TRAIL:
            continue
        yield _with_fronts(pair, cost, front, front_way, (low, high), evidence, change, way)


def _distance(frames: NDArray[np.float32], picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far pixels are from all pixels around their place in a picture.

    So motion by one pixel of a thumbnail counts less.
    """
    around = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(picture, around), cv2.dilate(picture, around)
    return np.asarray(np.maximum(np.maximum(frames - high, low - frames), 0), np.float32)


def _with_fronts(
    pair: _Pair,
    cost: float,
    front: Front,
    positions: NDArray[np.float64],
    ends: tuple[float, float],
    evidence: NDArray[np.float32],
    change: NDArray[np.float32],
    way: NDArray[np.float32],
) -> WipeFit:
    """Return the fit with the front of each wiped frame."""
    softness, offset = edge_of(evidence, change, way, positions)
    low, high = ends
    beyond = softness / 2 - _PRECISION
    wiped = np.flatnonzero((positions + offset > -beyond) & (positions + offset < 1 + beyond))
    fronts = tuple(
        replace(front, position=low + k * (high - low), softness=softness * (high - low))
        for k in (positions[wiped] + offset).tolist()
    )
    start, stop = int(pair.around[wiped[0]]), int(pair.around[wiped[-1]]) + 1
    return WipeFit(cost, start, stop, fronts)
