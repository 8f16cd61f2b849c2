"""Plate: the tracks that were visible at each place of a shot, to recognise regions that were hidden."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Number of tracks that are remembered at each pixel.
_N_LAYERS = 4
#: A zoom or turn of the camera is applied when it moves a corner of the picture by at least this many pixels.
_MIN_ZOOM = 1.5


class Plate:
    """The last few tracks that were visible at each pixel, with their lightness there.

    The pixels move with the camera.

    Parameters
    ----------
    height, width : int
        Size of the drawings.
    """

    def __init__(self, height: int, width: int) -> None:
        self._tracks = np.full((_N_LAYERS, height, width), -1, np.int32)
        """(layers, height, width) numbers of tracks, the latest first; -1 where there is none."""
        self._lightness = np.zeros((_N_LAYERS, height, width), np.float32)
        """(layers, height, width) CIE L of these tracks."""
        self._rest: NDArray[Any] = np.eye(3)
        """Motion of the camera that is not applied yet, an affine map (3, 3)."""
        self._random = np.random.default_rng(0)

    def move(self, camera: NDArray[np.float64]) -> None:
        """Move all pixels with the camera.

        Motion by less than a pixel is added up until it is a pixel, so that slow motion is not lost. Shifts
        by whole pixels are exact. Zooms and turns are rounded to pixels. So that the rounding errors do not
        add up, a random shift by a fraction of a pixel is added to each of them, and subtracted at the next.

        Parameters
        ----------
        camera : float64 array, shape (2, 3)
            Affine map of positions (x, y) from the previous drawing to this one.
        """
        self._rest = np.vstack([camera, (0, 0, 1)]) @ self._rest
        height, width = self._tracks.shape[1:]
        corners = np.array([(0, 0, 1), (width - 1, 0, 1), (0, height - 1, 1), (width - 1, height - 1, 1)]).T
        moved = (self._rest @ corners - corners)[:2].T
        shift = moved.mean(0)
        if np.abs(moved - shift).max() >= _MIN_ZOOM:
            jitter = np.eye(3)
            jitter[:2, 2] = self._random.uniform(-0.5, 0.5, 2)
            self._tracks = _warped(self._tracks, jitter @ self._rest, -1)
            self._lightness = _warped(self._lightness, jitter @ self._rest, 0)
            self._rest = np.linalg.inv(jitter)
            return
        dx, dy = (int(d) for d in np.rint(shift))
        self._rest[:2, 2] -= dx, dy
        if dx or dy:
            self._tracks = _shifted(self._tracks, dx, dy, -1)
            self._lightness = _shifted(self._lightness, dx, dy, 0)

    def fade(self, gain: float, offset: float) -> None:
        """Change the lightness of all tracks, as a fade does."""
        self._lightness = self._lightness * np.float32(gain) + np.float32(offset)

    def recall(
        self,
        regions: NDArray[np.int32],
        lightness: NDArray[np.float32],
        wanted: NDArray[np.bool_],
        tolerance: float,
    ) -> NDArray[np.int64]:
        """Return the track that was visible at the place of each wanted region.

        A pixel votes for the latest track that had the same lightness there. The track with most votes is
        returned if at least half of the pixels of the region voted for it.

        Parameters
        ----------
        regions : int32 array, shape (height, width)
            Number of the region of each pixel.
        lightness : float32 array, shape (height, width)
            CIE L.
        wanted : bool array, shape (regions,)
            True for the regions to look for.
        tolerance : float
            Largest difference in CIE L.

        Returns
        -------
        int64 array, shape (regions,)
            Numbers of tracks; -1 where none was found, or the region is not wanted.
        """
        codes = _recalled(self._tracks, self._lightness, regions, lightness, wanted, np.float32(tolerance))
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
        """Add the visible tracks as the latest layer.

        Parameters
        ----------
        tracks : int32 array, shape (height, width)
            Number of the track of each pixel; -1 for none.
        lightness : float32 array, shape (height, width)
            CIE L.
        """
        _remember(self._tracks, self._lightness, tracks, lightness)


def _shifted(layers, dx: int, dy: int, empty):  # type: ignore[no-untyped-def]
    """Return layers (layers, height, width) shifted by whole pixels."""
    out = np.full_like(layers, empty)
    height, width = layers.shape[1:]
    if abs(dx) < width and abs(dy) < height:
        out[:, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = layers[
            :, max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
        ]
    return out


def _warped(layers: NDArray[Any], camera: NDArray[Any], empty: float) -> NDArray[Any]:
    """Return layers (layers, height, width) warped by an affine map (3, 3), to the nearest pixel."""
    size = layers.shape[:0:-1]
    # float32 holds numbers of tracks exactly up to 2**24.
    moved = [
        cv2.warpAffine(layer.astype(np.float32), camera[:2], size, flags=cv2.INTER_NEAREST, borderValue=empty)
        for layer in layers
    ]
    return np.stack(moved).astype(layers.dtype)


@njit(cache=True, nogil=True)
def _recalled(tracks, lightness0, regions, lightness, wanted, tolerance):  # type: ignore[no-untyped-def]
    """Return region * 2**32 + track for the pixels of wanted regions with a layer of the same lightness."""
    n_layers, height, width = tracks.shape
    codes = np.empty(height * width, np.int64)
    n = 0
    for y in range(height):
        for x in range(width):
            if not wanted[regions[y, x]]:
                continue
            for k in range(n_layers):
                if tracks[k, y, x] >= 0 and abs(lightness0[k, y, x] - lightness[y, x]) < tolerance:
                    codes[n] = (np.int64(regions[y, x]) << 32) + tracks[k, y, x]
                    n += 1
                    break
    return codes[:n]


@njit(cache=True, nogil=True)
def _remember(tracks, lightness0, visible, lightness):  # type: ignore[no-untyped-def]
    """Move each visible track to the first layer, in place. A track has at most one layer at a pixel."""
    n_layers, height, width = tracks.shape
    for y in range(height):
        for x in range(width):
            track = visible[y, x]
            if track < 0:
                continue
            last = n_layers - 1
            for k in range(n_layers):
                if tracks[k, y, x] == track:
                    last = k
                    break
            for k in range(last, 0, -1):
                tracks[k, y, x] = tracks[k - 1, y, x]
                lightness0[k, y, x] = lightness0[k - 1, y, x]
            tracks[0, y, x] = track
            lightness0[0, y, x] = lightness[y, x]
