"""A stage: a painted set, a foreground, figures between them, and a camera that shows a part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.sample.paints import INK
from cartoonize.sample.pen import SUPERSAMPLING, Pen, reduced
from cartoonize.sample.sets.scenery import HALF

#: Height of a set in scene units, which is the height of a view at zoom 1.
SET_HEIGHT = 480.0

Painter = Callable[[Pen, np.random.Generator], None]


@dataclass(frozen=True, slots=True)
class View:
    """Part of a set that the camera shows: a centre in scene units and a zoom factor."""

    x: float = 0
    y: float = SET_HEIGHT / 2
    zoom: float = 1

    def towards(self, other: View, share: float) -> View:
        """Return the view at ``share`` (0..1) of the way to another view."""
        return View(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
            self.zoom * (other.zoom / self.zoom) ** share,
        )


class Stage:
    """The unchanging parts of a shot, painted once and shown by a camera.

    Parameters
    ----------
    height, width : int
        Size of the pictures in pixels.
    backdrop : callable
        Paints the set.
    front : callable, optional
        Paints the foreground, in front of the figures; the rest of that layer is transparent.
    drift : float
        Speed of the foreground relative to the set when the camera moves; 1 is the same speed.
    seed : sequence of int
        Seed of the random details of the painters.
    """

    def __init__(
        self,
        height: int,
        width: int,
        backdrop: Painter,
        front: Painter | None,
        *,
        drift: float = 1,
        seed: tuple[int, ...] = (0,),
    ) -> None:
        self._scale = SUPERSAMPLING * height / SET_HEIGHT
        self._size = (SUPERSAMPLING * width, SUPERSAMPLING * height)  # (width, height), as in OpenCV
        self._drift = drift
        rows, columns = self._size[1], round(2 * HALF * self._scale)
        self._on_set = np.array([[self._scale, 0, HALF * self._scale], [0, self._scale, 0], [0, 0, 1]])
        self._set = np.zeros((rows, columns, 3), np.uint8)
        backdrop(Pen(self._set, self._on_set), np.random.default_rng([*seed, 0]))
        self._front: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        if front is not None:
            layer = np.empty_like(self._set)
            layer[:] = INK.rgb  # the colour of outlines, into which the edges of the layer blend
            mask = np.zeros((rows, columns), np.uint8)
            front(Pen(layer, self._on_set, mask), np.random.default_rng([*seed, 1]))
            solid, clear = cv2.merge([mask] * 3), cv2.merge([255 - mask] * 3)
            self._front = _bytes(cv2.multiply(layer, solid, scale=1 / 255)), _bytes(clear)

    def shoot(
        self, view: View, act: Callable[[Pen], None], before: Callable[[Pen], None] | None = None
    ) -> NDArray[np.uint8]:
        """Draw one picture.

        Parameters
        ----------
        view : View
            Part of the set to show; clamped to the set.
        act, before : callable
            Draw the figures behind and in front of the foreground.

        Returns
        -------
        ndarray, shape (height, width, 3), uint8
            sRGB.
        """
        placed = self._placed(view, 1)
        canvas = self._seen(self._set, placed)
        pen = Pen(canvas, placed @ self._on_set)
        act(pen)
        if self._front is not None:
            layer, clear = (self._seen(part, self._placed(view, self._drift)) for part in self._front)
            cv2.multiply(canvas, clear, canvas, scale=1 / 255)
            cv2.add(canvas, layer, canvas)
        if before is not None:
            before(pen)
        return reduced(canvas)

    def _placed(self, view: View, drift: float) -> NDArray[np.float64]:
        """Return the map from set pixels to canvas pixels; at zoom 1 it shifts by whole pixels."""
        width, height = self._size
        zoom = max(view.zoom, 1)
        reach_x = max(HALF - width / self._scale / zoom / 2, 0)
        reach_y = SET_HEIGHT / 2 - height / self._scale / zoom / 2
        x = float(np.clip(view.x * drift, -reach_x, reach_x))
        y = float(np.clip(view.y, SET_HEIGHT / 2 - reach_y, SET_HEIGHT / 2 + reach_y))
        dx = width / 2 - zoom * self._scale * (x + HALF)
        dy = height / 2 - zoom * self._scale * y
        if zoom == 1:
            dx, dy = round(dx), round(dy)
        return np.array([[zoom, 0, dx], [0, zoom, dy], [0, 0, 1]])

    def _seen(self, layer: NDArray[np.uint8], placed: NDArray[np.float64]) -> NDArray[np.uint8]:
        width, height = self._size
        left, top = -placed[0, 2], -placed[1, 2]
        if placed[0, 0] == 1 and 0 <= left <= layer.shape[1] - width:
            return layer[int(top) : int(top) + height, int(left) : int(left) + width].copy()
        seen = cv2.warpAffine(
            layer, placed[:2], self._size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return _bytes(seen)


def _bytes(picture: Any) -> NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)
