"""Detection of gradual transitions between shots: dissolves, fades from or to one flat colour, and wipes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.transition_choice import MARGIN, MAX_FRAMES, Kind, Pending, Transition, rank_of
from cartoonize.detect.wipes import wipe_ending_at

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 4

#: Width and height of the thumbnails that are compared.
_SIZE = (48, 36)
#: Shortest transition, in frames that are mixed.
_MIN_FRAMES = 3
#: Largest root mean square difference between the measured shares and a linear ramp, for dissolves and fades.
_MAX_RAMP_ERROR, _MAX_FADE_ERROR = 0.17, 0.12
#: The variance of a mixture of two pictures is smaller than between them. This is the largest difference of
#: this dip from the one that a dissolve has, as a share of it; and the largest residual of the mixture, as a
#: share of the difference between the two pictures. Motion has a residual, too, but no dip.
_MAX_DIP_ERROR, _MAX_RESIDUAL = 0.4, 0.3
#: The cost is the sum of these three, divided by these numbers, ...
_RAMP_SCALE, _RESIDUAL_SCALE, _DIP_SCALE = 0.06, 0.12, 0.3
#: ... and at most this. If the first two are less than the second number together, the dip has no limit.
_MAX_COST, _CLEAR_COST = 3.4, 0.9
#: Smallest root mean square difference of the two pictures of a dissolve, in codes, and their smallest
#: decorrelation.
_MIN_CHANGE, _MIN_DECORRELATION = 30.0, 0.5
#: A thumbnail with a smaller standard deviation, in codes, is flat. The picture on the other side of a fade
#: has at least the second one.
_FLAT, _CLEAR = 4.0, 8.0
#: Largest mean difference between the share of a picture in a fade and the share that its lightest or darkest
#: pixels have. They reach it at once if something dark uncovers the picture.
_MAX_RANGE_ERROR = 0.12
#: Largest deviation of the mean of a faded picture from the mean that its contrast predicts, in codes.
_MAX_MEAN_ERROR = 12.0
#: Smallest difference of the frames from the picture that is nearer to them, pixel by pixel, as a share of
#: their difference from the mixture. The frames of a wipe have less.
_MIN_NEARER = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A transition that begins after the frame at a position, and ends at a given one."""

    cost: float
    start: int
    kind: Kind
    shares: NDArray[np.float64]
    level: float = 0.0


class TransitionDetector:
    """Detector that gets one frame at a time and finds transitions a few frames after their end.

    Wipes, and dissolves that may be parts of wipes, are returned later.

    A mixture of two pictures A and B is ``F = (1 - share) A + share B``. Frames are reduced to thumbnails.
    For each pair of frames, the shares of all frames are measured by least squares. A pair is a dissolve if

    - the shares rise like a linear ramp from 0 to 1 between the two frames, and stay there for some frames
      before and after;
    - little of the frames between is not explained by the mixture;
    - the two pictures differ in structure (decorrelation), so that they are different shots.

    If one of the two pictures is flat, the pair is a fade. Then the shares follow from the contrast and the
    mean of the frames, which do not depend on motion.

    If each pixel shows one of the two pictures instead of a mixture, the pair may be a wipe (`wipes`).

    Of all pairs that overlap each other, the one with the best `Transition.rank` counts.
    """

    def __init__(self) -> None:
        self._n_frames = 0
        self._aspect = 1.0
        """Height of the frames in units of their width."""
        self._thumbnails: list[NDArray[np.float32]] = []
        """The last frames, as vectors."""
        self._means: list[float] = []
        """Mean of each of them."""
        self._ranges: list[tuple[float, float]] = []
        """Darkest and lightest code of each of them, without a few pixels."""
        self._products = np.zeros((0, 0))
        """Mean products of each two of them."""
        self._pending = Pending()

    def add(self, grey: NDArray[np.uint8]) -> list[Transition]:
        """Add the next frame, (height, width); return the transitions that have turned out to be complete."""
        self._remember(grey)
        end = len(self._thumbnails) - 1 - MARGIN
        found = []
        for best_ending_at in (self._gradual_ending_at, self._wipe_ending_at):
            candidate = best_ending_at(end)
            if candidate is not None:
                found.append(self._pending.add(candidate, self._n_frames))
        found.append(self._pending.due(self._n_frames))
        return [one for one in found if one is not None]

    def finish(self) -> list[Transition]:
        """Return the last transition, if there is one, after the last frame."""
        last = self._pending.taken()
        return [] if last is None else [last]

    def _remember(self, grey: NDArray[np.uint8]) -> None:
        thumbnail = _thumbnail(grey)
        self._aspect = grey.shape[0] / grey.shape[1]
        self._n_frames += 1
        self._thumbnails.append(thumbnail)
        self._means.append(float(thumbnail.mean()))
        low, high = np.percentile(thumbnail, (2, 98))
        self._ranges.append((float(low), float(high)))
        n_most = MAX_FRAMES + 2 + 2 * MARGIN
        self._thumbnails, self._means = self._thumbnails[-n_most:], self._means[-n_most:]
        self._ranges = self._ranges[-n_most:]
        n = len(self._thumbnails)
        kept = self._products[-(n - 1) :, -(n - 1) :] if n > 1 else np.zeros((0, 0))
        self._products = np.pad(kept, ((0, 1), (0, 1)))
        row = np.array([one @ thumbnail for one in self._thumbnails]) / thumbnail.size
        self._products[-1, :], self._products[:, -1] = row, row

    def _gradual_ending_at(self, end: int) -> Transition | None:
        """Return the best dissolve or fade that ends before the frame at a position, or None."""
        first = self._n_frames - len(self._thumbnails)
        starts = np.arange(max(self._pending.last_stop - 1 - first, 0), end - _MIN_FRAMES)
        if not len(starts):
            return None
        means = np.array(self._means)
        deviations = np.sqrt(np.maximum(np.diag(self._products) - means**2, 0))
        fits = self._dissolves(starts, end, means, deviations)
        fits += self._fades(starts, end, means, deviations)
        best = min(fits, key=lambda fit: rank_of(fit.cost, end - fit.start - 1), default=None)
        if best is None:
            return None
        start, stop = first + best.start + 1, first + end
        return Transition(best.kind, start, stop, tuple(best.shares.tolist()), best.level, best.cost)

    def _wipe_ending_at(self, end: int) -> Transition | None:
        """Return the best wipe or iris that ends before the frame at a position, or None."""
        first = self._n_frames - len(self._thumbnails)
        if end <= _MIN_FRAMES or (first + end) % 2:
            return None  # half of the frames are enough, because the front says when the wipe ends
        means = np.array(self._means)
        deviations = np.sqrt(np.maximum(np.diag(self._products) - means**2, 0))
        width, height = _SIZE
        fit = wipe_ending_at(
            end,
            np.array(self._thumbnails).reshape(-1, height, width),
            self._products,
            margin=MARGIN,
            first=max(self._pending.last_stop - first, 0),
            aspect=self._aspect,
        )
        if fit is None:
            return None
        before, after = max(fit.start - 1, 0), min(fit.stop, len(means) - 1)
        kind: Kind = "wipe"
        level = 0.0
        if deviations[after] < _FLAT:
            kind, level = "iris out", float(means[after])
        elif deviations[before] < _FLAT:
            kind, level = "iris in", float(means[before])
        if kind != "wipe" and fit.fronts[0].shape != "circle":
            return None
        shares = tuple(float(front.share(height, width).mean()) for front in fit.fronts)
        start, stop = first + fit.start, first + fit.stop
        return Transition(kind, start, stop, shares, level, fit.cost, fit.fronts)

    def _dissolves(
        self, starts: NDArray[np.int64], end: int, means: NDArray[np.float64], deviations: NDArray[np.float64]
    ) -> list[_Fit]:
        products = self._products
        power = np.diag(products)
        difference = power[starts] + power[end] - 2 * products[starts, end]
        covariance = products[starts, end] - means[starts] * means[end]
        clear = (deviations[starts] > _FLAT) & (deviations[end] > _FLAT)
        correlation = covariance / np.maximum(deviations[starts] * deviations[end], 1e-6)
        possible = clear & (difference > _MIN_CHANGE**2) & (1 - correlation > _MIN_DECORRELATION)
        fits: list[_Fit] = []
        for start, d in zip(starts[possible], difference[possible], strict=True):
            around = np.arange(max(start - MARGIN, 0), min(end + MARGIN + 1, len(power)))
            towards = products[around, end] - products[around, start]
            shares = (towards - products[start, end] + power[start]) / d
            error = _ramp_error(shares, around, int(start), end)
            if error > _MAX_RAMP_ERROR:
                continue
            inside = np.arange(start + 1, end)
            shares = shares[inside - around[0]]
            distance = power[inside] + power[start] - 2 * products[inside, start]
            residual = float(distance.mean() / d - (shares**2).mean())
            cost = error / _RAMP_SCALE + residual / _RESIDUAL_SCALE
            dip = _dip_error(deviations[[start, *inside, end]] ** 2, covariance[start - starts[0]])
            if cost < _CLEAR_COST or (residual < _MAX_RESIDUAL and dip < _MAX_DIP_ERROR):
                cost += dip / _DIP_SCALE
                if cost < _MAX_COST and not self._is_patchwork(inside, int(start), end, shares):
                    fits.append(_Fit(cost, int(start), "dissolve", np.clip(shares, 0, 1)))
        return fits

    def _fades(
        self, starts: NDArray[np.int64], end: int, means: NDArray[np.float64], deviations: NDArray[np.float64]
    ) -> list[_Fit]:
        fits: list[_Fit] = []
        for start in starts:
            out = deviations[end] < _FLAT and deviations[start] > _CLEAR
            into = deviations[start] < _FLAT and deviations[end] > _CLEAR
            if not out and not into:
                continue
            pure, flat = (int(start), end) if out else (end, int(start))
            # The flat colour may last for one frame only, until the next fade begins.
            first, last = (start - MARGIN, end) if out else (start, end + MARGIN)
            around = np.arange(max(first, 0), min(last + 1, len(means)))
            contrast = deviations[around] / deviations[pure]
            shares = 1 - contrast if out else contrast
            error = _ramp_error(shares, around, int(start), end)
            if error > _MAX_FADE_ERROR:
                continue
            inside = np.arange(start + 1, end)
            shares, contrast = shares[inside - around[0]], contrast[inside - around[0]]
            expected = means[flat] + contrast * (means[pure] - means[flat])
            if np.abs(means[inside] - expected).max() >= _MAX_MEAN_ERROR:
                continue
            if self._range_error(
                inside, pure, contrast, means[flat]
            ) < _MAX_RANGE_ERROR and not self._is_patchwork(inside, int(start), end, shares):
                kind: Kind = "fade out" if out else "fade in"
                level = float(means[flat])
                fits.append(_Fit(error / _RAMP_SCALE, int(start), kind, np.clip(shares, 0, 1), level))
        return fits

    def _is_patchwork(
        self, inside: NDArray[np.int64], start: int, end: int, shares: NDArray[np.float64]
    ) -> bool:
        """Return whether each pixel rather shows one of two pictures than a mixture of both, as in a wipe."""
        frames = np.array([self._thumbnails[k] for k in inside])
        before, after = self._thumbnails[start], self._thumbnails[end]
        share = shares[:, None].astype(np.float32)
        mixed = np.abs(frames - (1 - share) * before - share * after)
        single = np.minimum(np.abs(frames - before), np.abs(frames - after))
        return float(single.sum()) < _MIN_NEARER * float(mixed.sum())

    def _range_error(
        self, inside: NDArray[np.int64], pure: int, contrast: NDArray[np.float64], level: float
    ) -> float:
        """Return the mean difference between the shares of faded frames and those of their range of codes."""
        low, high = np.array(self._ranges).T
        distances = np.maximum(level - low, high - level)
        shares = distances[inside] / max(distances[pure], 1.0)
        return float(np.abs(shares - contrast).mean())


def _ramp_error(shares: NDArray[np.float64], around: NDArray[np.int64], start: int, end: int) -> float:
    """Return the root mean square difference of shares from a ramp between two frames.

    Parameters
    ----------
    shares : float64 array, shape (n,)
        Measured shares.
    around : int64 array, shape (n,)
        Positions of their frames.
    start, end : int
        Positions of the frames with the shares 0 and 1.
    """
    ramp = np.clip((around - start) / (end - start), 0, 1)
    return float(np.sqrt(((shares - ramp) ** 2).mean()))


def _dip_error(variances: NDArray[np.float64], covariance: float) -> float:
    """Return how much the variances of frames differ from those of a dissolve, as a share of its dip.

    Parameters
    ----------
    variances : float64 array, shape (n,)
        Variance of each frame. The first and the last one are the two pictures.
    covariance : float
        Covariance of the two pictures.
    """
    share = np.linspace(0, 1, len(variances))
    first, last = variances[0], variances[-1]
    between = (1 - share) * first + share * last
    mixed = (1 - share) ** 2 * first + share**2 * last + 2 * share * (1 - share) * covariance
    return float(np.abs(variances - mixed).sum() / np.maximum(between - mixed, 1e-6).sum())


def is_flat(grey: NDArray[np.uint8]) -> bool:
    """Return whether a picture (height, width), 0..255, has only one lightness."""
    return float(_thumbnail(grey).std()) < _FLAT


def _thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a small, slightly blurred copy of a picture as a vector, so that small motion changes little."""
    small = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8).ravel(), np.float32)
