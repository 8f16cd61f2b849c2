"""A pen that draws smooth, outlined, flat shapes on a canvas, in scene units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.sample.paints import INK, Paint

#: Points in scene units: an array, (x, y) pairs, or a text "x,y x,y ..." as in SVG.
Points = str | Sequence[tuple[float, float]] | NDArray[np.float64]

#: Canvas pixels per picture pixel along each axis. Reducing the canvas makes edges smooth.
SUPERSAMPLING = 2
#: Width of an outline in scene units. A picture is 480 units high.
LINE = 2.5

_SUBPIXEL_BITS = 4


class Pen:
    """A pen that draws on a canvas through an affine map from scene units to canvas pixels.

    Parameters
    ----------
    canvas : ndarray, shape (height, width, 3), uint8
        sRGB; changed in place.
    matrix : ndarray, shape (2, 3) or (3, 3)
        Map from (x, y, 1), with x to the right and y downwards, to canvas pixels.
    mask : ndarray, shape (height, width), uint8, optional
        Set to 255 wherever something is drawn, so that the canvas can be laid over others.
    """

    def __init__(self, canvas: NDArray[np.uint8], matrix: Any, mask: NDArray[np.uint8] | None = None) -> None:
        self.canvas = canvas
        self.matrix = np.asarray(matrix, float)[:2]
        self.mask = mask
        (a, b, _), (c, d, _) = self.matrix.tolist()
        self._scale = abs(a * d - b * c) ** 0.5

    def at(
        self, x: float = 0, y: float = 0, *, size: float = 1, turn: float = 0, mirror: bool = False
    ) -> Pen:
        """Return a pen with origin (x, y), scaled by ``size``, turned by ``turn`` degrees clockwise."""
        cos, sin = size * np.cos(np.deg2rad(turn)), size * np.sin(np.deg2rad(turn))
        flip = -1 if mirror else 1
        local = np.array([[cos * flip, -sin, x], [sin * flip, cos, y], [0, 0, 1]])
        return Pen(self.canvas, self.matrix @ local, self.mask)

    def shape(
        self,
        points: Points,
        paint: Paint,
        *,
        line: Paint | None = INK,
        width: float = LINE,
        smooth: bool = True,
    ) -> None:
        """Fill a closed outline. A point that is given twice in a row is a sharp corner."""
        pixels = self._pixels(rounded(points) if smooth else points_of(points))
        self._fill(pixels, paint)
        if line is not None:
            self._trace(pixels, line, width, closed=True)

    def line(
        self,
        points: Points,
        paint: Paint = INK,
        width: float = LINE,
        *,
        smooth: bool = True,
        closed: bool = False,
    ) -> None:
        """Draw a line with round ends."""
        curve = rounded(points, closed=closed) if smooth else points_of(points)
        self._trace(self._pixels(curve), paint, width, closed)

    def limb(self, points: Points, paint: Paint, width: float, *, line: Paint | None = INK) -> None:
        """Draw a thick line with an outline around it, such as an arm, a leg or a branch."""
        pixels = self._pixels(rounded(points, closed=False))
        if line is not None:
            self._trace(pixels, line, width + 2 * LINE, closed=False)
        self._trace(pixels, paint, width, closed=False)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float | None = None,
        paint: Paint = INK,
        *,
        turn: float = 0,
        line: Paint | None = INK,
        width: float = LINE,
    ) -> None:
        """Fill an ellipse around (x, y) with half axes ``rx`` and ``ry``; without ``ry`` a circle."""
        ry = rx if ry is None else ry
        points = ring(x, y, rx, ry, turn=turn, n_points=24 if max(rx, ry) < 40 else 48)
        pixels = self._pixels(points)
        self._fill(pixels, paint)
        if line is not None:
            self._trace(pixels, line, width, closed=True)

    def cloud(
        self,
        puffs: Sequence[tuple[float, float, float]],
        paint: Paint,
        *,
        line: Paint | None = INK,
        width: float = LINE,
    ) -> None:
        """Fill the union of circles (x, y, radius), with one outline around all of them."""
        if line is not None:
            for x, y, r in puffs:
                self.oval(x, y, r + width, r + width, line, line=None)
        for x, y, r in puffs:
            self.oval(x, y, r, r, paint, line=None)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        paint: Paint,
        *,
        line: Paint | None = INK,
        line_width: float = LINE,
    ) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.shape(corners, paint, line=line, width=line_width, smooth=False)

    def wash(
        self,
        points: Points,
        top: Paint,
        bottom: Paint,
        *,
        smooth: bool = True,
        line: Paint | None = None,
        width: float = LINE,
    ) -> None:
        """Fill a closed outline with a vertical gradient from one paint to another."""
        pixels = self._pixels(rounded(points) if smooth else points_of(points))
        inside = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(inside, [pixels], 255, cv2.LINE_8, _SUBPIXEL_BITS)
        rows = np.clip(
            (pixels[[pixels[:, 1].argmin(), pixels[:, 1].argmax()], 1]) >> _SUBPIXEL_BITS, 0, len(inside)
        )
        height = max(int(rows[1] - rows[0]), 1)
        mix = np.clip((np.arange(len(inside)) - rows[0]) / height, 0, 1)[:, None]
        ramp = np.rint(np.array(top.rgb) * (1 - mix) + np.array(bottom.rgb) * mix).astype(np.uint8)
        np.copyto(self.canvas, ramp[:, None], where=inside[..., None] > 0)
        if self.mask is not None:
            np.maximum(self.mask, inside, out=self.mask)
        if line is not None:
            self._trace(pixels, line, width, closed=True)

    def _pixels(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        mapped = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return np.rint(mapped * (1 << _SUBPIXEL_BITS)).astype(np.int32)

    def _fill(self, pixels: NDArray[np.int32], paint: Paint) -> None:
        cv2.fillPoly(self.canvas, [pixels], paint.rgb, cv2.LINE_AA, _SUBPIXEL_BITS)
        if self.mask is not None:
            cv2.fillPoly(self.mask, [pixels], 255, cv2.LINE_AA, _SUBPIXEL_BITS)

    def _trace(self, pixels: NDArray[np.int32], paint: Paint, width: float, closed: bool) -> None:
        thickness = max(1, round(width * self._scale))
        cv2.polylines(self.canvas, [pixels], closed, paint.rgb, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
        if self.mask is not None:
            cv2.polylines(self.mask, [pixels], closed, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def rounded(points: Points, *, closed: bool = True) -> NDArray[np.float64]:
    """Return a smooth curve through points: a spline of Catmull and Rom (1974) with limited tangents.

    Parameters
    ----------
    points : text "x,y x,y ...", sequence of (x, y), or ndarray of shape (n, 2)
        Points on the curve. A point that is given twice in a row is a corner.
    closed : bool
        Whether the curve returns to its first point.

    Returns
    -------
    ndarray, shape (m, 2)
        Points along the curve.
    """
    p = points_of(points)
    if len(p) < 3:
        return p
    ahead, back = np.roll(p, -1, 0) - p, p - np.roll(p, 1, 0)
    if not closed:
        ahead[-1] = back[0] = 0
    reach = np.minimum(np.hypot(*ahead.T), np.hypot(*back.T))  # 0 (no tangent) at corners and open ends
    tangent = (ahead + back) / 2
    tangent *= np.minimum(1, 1.2 * reach / np.maximum(np.hypot(*tangent.T), 1e-9))[:, None]
    ends = np.stack([p, tangent, np.roll(p, -1, 0), np.roll(tangent, -1, 0)])
    curve = np.einsum("sk,knd->nsd", _hermite_basis(6), ends)
    return curve.reshape(-1, 2) if closed else np.concatenate([curve[:-1].reshape(-1, 2), p[-1:]])


def points_of(points: Points) -> NDArray[np.float64]:
    """Return points as an array of shape (n, 2)."""
    return _parsed(points) if isinstance(points, str) else np.asarray(points, float)


@lru_cache(4096)
def _parsed(text: str) -> NDArray[np.float64]:
    return np.array([[float(v) for v in point.split(",")] for point in text.split()])


@lru_cache
def _hermite_basis(n_steps: int) -> NDArray[np.float64]:
    t = np.arange(n_steps)[:, None] / n_steps
    return np.concatenate([1 - 3 * t**2 + 2 * t**3, t - 2 * t**2 + t**3, 3 * t**2 - 2 * t**3, t**3 - t**2], 1)


def reduced(canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture of a canvas, reduced by `SUPERSAMPLING`."""
    size = canvas.shape[1] // SUPERSAMPLING, canvas.shape[0] // SUPERSAMPLING
    return np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8)


def ring(
    x: float, y: float, rx: float, ry: float, *, turn: float = 0, n_points: int = 24
) -> NDArray[np.float64]:
    """Return points on an ellipse, shape (n_points, 2)."""
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    around = _circle(n_points) * [rx, ry]
    return around @ np.array([[cos, sin], [-sin, cos]]) + [x, y]


@lru_cache
def _circle(n_points: int) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], 1)
