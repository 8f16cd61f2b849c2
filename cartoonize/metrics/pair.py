"""Frames in the form that metrics use: converted once, with cached intermediate results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, TypeVarTuple

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import UsageError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True, eq=False)
class FrameColors:
    """One frame in the colour spaces of the metrics, created by `of`."""

    rgb: NDArray[np.uint8]
    """(height, width, 3) sRGB 0..255; 256x256 by the protocol."""
    lab: NDArray[Any]
    """(height, width, 3) CIELAB, D65, float32 or float64: L 0..100, a and b about -110..110."""
    luma: NDArray[np.uint8]
    """(height, width) Y' 0..255, as stored in the video or computed by BT.601."""

    @classmethod
    def of(
        cls,
        rgb: NDArray[np.uint8],
        dtype: type[np.floating] = np.float32,
        luma: NDArray[np.uint8] | None = None,
    ) -> FrameColors:
        """Convert a frame.

        Parameters
        ----------
        rgb : uint8 array, shape (height, width, 3)
            sRGB 0..255.
        dtype : float32 or float64
            Precision of CIELAB.
        luma : uint8 array, shape (height, width), optional
            Y' 0..255 as stored in a video. The default is BT.601 of ``rgb``, which differs from the stored
            luma where colours outside the gamut were clipped.

        Raises
        ------
        UsageError
            If ``rgb`` has another type or shape, or is empty.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
            raise _frame_error(rgb)
        lab = rgb_to_lab(rgb if dtype == np.float32 else rgb.astype(dtype) / 255)
        if luma is None:
            luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        return cls(rgb, lab, luma)

    @property
    def ab(self) -> NDArray[Any]:
        """(height, width, 2) CIELAB a and b."""
        return self.lab[..., 1:]


class Shared:
    """Base of objects that cache what several metrics compute from them."""

    def __init__(self) -> None:
        self._cache: dict[Any, Any] = {}

    def once(self, compute: Callable[[Any, *Ts], T], *arguments: *Ts) -> T:
        """Return ``compute(self, *arguments)``, computed only at the first call with these arguments."""
        key = (compute, arguments)
        if key not in self._cache:
            self._cache[key] = compute(self, *arguments)
        return self._cache[key]


class Reference(Shared):
    """A frame of the original. All results scored against it share what is computed from it alone.

    Parameters
    ----------
    colors : FrameColors
        The frame.
    before : FrameColors, optional
        The previous frame, if it is in the same shot. A change across a cut is not flicker.
    """

    def __init__(self, colors: FrameColors, before: FrameColors | None = None) -> None:
        super().__init__()
        self.colors = colors
        self.before = before


class Pair(Shared):
    """A frame of the original and the same frame of a result.

    Parameters
    ----------
    reference : Reference
        Frame of the original.
    colorized : FrameColors
        Frame of the result, of the same size.
    colorized_before : FrameColors, optional
        Previous frame of the result. It is ignored if the reference has no previous frame.

    Raises
    ------
    UsageError
        If the frames differ in size.
    """

    def __init__(
        self, reference: Reference, colorized: FrameColors, colorized_before: FrameColors | None = None
    ) -> None:
        super().__init__()
        if reference.colors.rgb.shape != colorized.rgb.shape:
            height, width = reference.colors.luma.shape
            other_height, other_width = colorized.luma.shape
            raise UsageError(
                f"a frame of {other_height}x{other_width} pixels cannot be scored against "
                f"one of {height}x{width}",
                "Resize both to 256x256: cartoonize.frames.area_average.",
            )
        self.reference = reference
        self.colorized = colorized
        self.colorized_before = colorized_before if reference.before is not None else None


def ab_error(pair: Pair) -> NDArray[Any]:
    """Return the distance of the result's ab from the original's for each pixel, (height, width)."""
    return ab_distance(pair.reference.colors.lab, pair.colorized.lab)


def ab_distance(lab: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Return the Euclidean distance of ab for each pixel of two CIELAB pictures, (height, width, 3)."""
    return _ab_distance(lab.reshape(-1, 3), other.reshape(-1, 3)).reshape(lab.shape[:2])


def total_inside(values: NDArray[Any], mask: NDArray[np.uint8]) -> tuple[float, int]:
    """Return the sum of an array (height, width) where a mask is not 0, and the number of these pixels."""
    n_inside = cv2.countNonZero(mask)
    return cv2.mean(values, mask)[0] * n_inside, n_inside


def _frame_error(rgb: NDArray[Any]) -> UsageError:
    found = f"{rgb.dtype} {rgb.shape}"
    if np.issubdtype(rgb.dtype, np.floating) and np.isnan(rgb).any():
        found += f" with NaN (first at {tuple(int(i) for i in np.argwhere(np.isnan(rgb))[0])})"
    return UsageError(
        f"a frame to score must be uint8 (height, width, 3) in 0..255, got {found}",
        "Convert sRGB in 0..1 with cartoonize.color.lab.quantize after removing NaN.",
    )


@njit(cache=True, nogil=True)
def _ab_distance(lab, other):  # type: ignore[no-untyped-def]
    distances = np.empty(len(lab), lab.dtype)
    for i in range(len(lab)):
        a, b = lab[i, 1] - other[i, 1], lab[i, 2] - other[i, 2]
        distances[i] = np.sqrt(a * a + b * b)
    return distances
