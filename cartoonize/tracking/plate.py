"""The plate of a shot: what was seen at each place before, kept while something is in front of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Things that are remembered at a place, latest first.
_N_LAYERS = 4
#: A zoom or turn of the camera waits until it makes so many pixels at some corner of the picture.
_LEAST_ZOOM = 1.5


class Plate:
    """Tracks by place, in layers.

    The place moves with the camera. A layer is a track and how light it was there.
    """

    def __init__(self, height: int, width: int) -> None:
        self._tracks = np.full((_N_LAYERS, height, width), -1, np.int32)
        self._light = np.zeros((_N_LAYERS, height, width), np.float32)
        self._rest: NDArray[Any] = np.eye(3)
        """How the camera moved since places were last moved."""
        self._random = np.random.default_rng(0)

    def move(self, camera: NDArray[np.float64]) -> None:
        """Move all places with the camera.

        What is less than a pixel adds up until it is one, so that slow motion is not lost. Shifts by whole
        pixels are exact; zooms and turns are rounded, every time at other places (a random shift by part of a
        pixel is made with them, and taken back with the next), so that the errors do not add up.

        Parameters
        ----------
        camera : array, shape (2, 3)
            Affine map of places, x and y, from the drawing before to this one.
        """
        self._rest = np.vstack([camera, (0, 0, 1)]) @ self._rest
        height, width = self._tracks.shape[1:]
        corners = np.array([(0, 0, 1), (width - 1, 0, 1), (0, height - 1, 1), (width - 1, height - 1, 1)]).T
        moved = (self._rest @ corners - corners)[:2].T
        shift = moved.mean(0)
        if np.abs(moved - shift).max() >= _LEAST_ZOOM:
            off = np.eye(3)
            off[:2, 2] = self._random.uniform(-0.5, 0.5, 2)
            self._tracks = _warped(self._tracks, off @ self._rest, -1)
            self._light = _warped(self._light, off @ self._rest, 0)
            self._rest = np.linalg.inv(off)
            return
        dx, dy = (int(d) for d in np.rint(shift))
        self._rest[:2, 2] -= dx, dy
        if dx or dy:
            self._tracks = _shifted(self._tracks, dx, dy, -1)
            self._light = _shifted(self._light, dx, dy, 0)

    def brighten(self, gain: float, offset: float) -> None:
        """Change the lightness of everything that is remembered, as a fade does."""
        self._light = self._light * np.float32(gain) + np.float32(offset)

    def recall(
        self,
        regions: NDArray[np.int32],
        lightness: NDArray[np.float32],
        wanted: NDArray[np.bool_],
        same: float,
    ) -> NDArray[np.int64]:
        """Return the track that was seen where a region is, for those wanted: (regions,), -1 for none.

        It is the one that most of its pixels had in some layer, equally light within ``same``, if that is at
        least half of them.
        """
        codes = _recalled(self._tracks, self._light, regions, lightness, wanted, np.float32(same))
        found = np.full(len(wanted), -1, np.int64)
        if len(codes) == 0:
            return found
        sizes = np.bincount(regions.ravel(), minlength=len(wanted))
        pairs, counts = np.unique(codes, return_counts=True)
        for k in np.argsort(counts, kind="stable"):
            region, track = divmod(int(pairs[k]), 1 << 32)
            if 2 * counts[k] >= sizes[region]:
                found[region] = track
        return found

    def remember(self, tracks: NDArray[np.int32], lightness: NDArray[np.float32]) -> None:
        """Put what is seen, track by pixel (height, width), -1 for nothing, on top of the layers."""
        _remember(self._tracks, self._light, tracks, lightness)


def _shifted(layers, dx: int, dy: int, empty):  # type: ignore[no-untyped-def]
    out = np.full_like(layers, empty)
    height, width = layers.shape[1:]
    if abs(dx) < width and abs(dy) < height:
        out[:, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = layers[
            :, max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
        ]
    return out


def _warped(layers: NDArray[Any], camera: NDArray[Any], empty: float) -> NDArray[Any]:
    """Return layers whose places moved by an affine map (3, 3), to the nearest pixel."""
    size = layers.shape[:0:-1]
    # Numbers of tracks are exact in float32 up to 2**24.
    moved = [
        cv2.warpAffine(layer.astype(np.float32), camera[:2], size, flags=cv2.INTER_NEAREST, borderValue=empty)
        for layer in layers
    ]
    return np.stack(moved).astype(layers.dtype)


@njit(cache=True, nogil=True)
def _recalled(tracks, light, regions, lightness, wanted, same):  # type: ignore[no-untyped-def]
    """Return region * 2**32 + track for every pixel of wanted regions that finds a layer like it."""
    n_layers, height, width = tracks.shape
    codes = np.empty(height * width, np.int64)
    n = 0
    for y in range(height):
        for x in range(width):
            if not wanted[regions[y, x]]:
                continue
            for k in range(n_layers):
                if tracks[k, y, x] >= 0 and abs(light[k, y, x] - lightness[y, x]) < same:
                    codes[n] = (np.int64(regions[y, x]) << 32) + tracks[k, y, x]
                    n += 1
                    break
    return codes[:n]


@njit(cache=True, nogil=True)
def _remember(tracks, light, seen, lightness):  # type: ignore[no-untyped-def]
    n_layers, height, width = tracks.shape
    for y in range(height):
        for x in range(width):
            track = seen[y, x]
            if track < 0:
                continue
            last = n_layers - 1
            for k in range(n_layers):
                if tracks[k, y, x] == track:
                    last = k
                    break
            for k in range(last, 0, -1):
                tracks[k, y, x] = tracks[k - 1, y, x]
                light[k, y, x] = light[k - 1, y, x]
            tracks[0, y, x] = track
            light[0, y, x] = lightness[y, x]
