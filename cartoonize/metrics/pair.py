"""Frames as the metrics look at them: converted once, and what follows from one alone computed once."""

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
    """One frame in the colour spaces of the metrics; make it with `of`."""

    rgb: NDArray[np.uint8]
    """(height, width, 3) sRGB 0..255; 256x256 by the protocol."""
    lab: NDArray[Any]
    """(height, width, 3) CIELAB, D65, float32 or float64: L 0..100, a and b about -110..110."""
    luma: NDArray[np.uint8]
    """(height, width) Y' 0..255: as the video has it, or by BT.601."""

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
            The precision of CIELAB.
        luma : uint8 array, shape (height, width), optional
            Y' 0..255 as a video stores it; default: BT.601 of ``rgb``, which differs from that where
            colours outside the gamut were clipped.

        Raises
        ------
        UsageError
            If it is anything else, such as an array of floating point, with NaN or without.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
            raise _no_frame(rgb)
        lab = rgb_to_lab(rgb if dtype == np.float32 else rgb.astype(dtype) / 255)
        if luma is None:
            luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        return cls(rgb, lab, luma)

    @property
    def ab(self) -> NDArray[Any]:
        """(height, width, 2) CIELAB a and b."""
        return self.lab[..., 1:]


class Shared:
    """Something that several metrics compute the same things from."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def once(self, compute: Callable[[Any, *Ts], T], *arguments: *Ts) -> T:
        """Return ``compute(self, *arguments)``, computed at the first call with these arguments."""
        key = (compute, arguments)
        if key not in self._known:
            self._known[key] = compute(self, *arguments)
        return self._known[key]


class Reference(Shared):
    """A frame of the original; all results that are scored against it share what follows from it alone.

    Parameters
    ----------
    colors : FrameColors
        The frame.
    before : FrameColors, optional
        The frame before it, if that is in the same shot: what changes over a cut is no flicker.
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
        Of the original.
    colorized : FrameColors
        Of the result, of the same size.
    colorized_before : FrameColors, optional
        The result's frame before it; counts only where the reference has one, too.

    Raises
    ------
    UsageError
        If they differ in size.
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
    """Return for each pixel (height, width) how far the result's ab is from the original's."""
    return ab_distance(pair.reference.colors.lab, pair.colorized.lab)


def ab_distance(lab: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Return the Euclidean distance of ab for each pixel of two CIELAB pictures (height, width, 3)."""
    return _ab_distance(lab.reshape(-1, 3), other.reshape(-1, 3)).reshape(lab.shape[:2])


def total_inside(values: NDArray[Any], mask: NDArray[np.uint8]) -> tuple[float, int]:
    """Return the sum of an array (height, width) where a mask is not 0, and the number of those pixels."""
    n_inside = cv2.countNonZero(mask)
    return cv2.mean(values, mask)[0] * n_inside, n_inside


def _no_frame(rgb: NDArray[Any]) -> UsageError:
    found = f"{rgb.dtype} {rgb.shape}"
    if np.issubdtype(rgb.dtype, np.floating) and np.isnan(rgb).any():
        found += f" with NaN (first at {tuple(int(i) for i in np.argwhere(np.isnan(rgb))[0])})"
    return UsageError(
        f"a frame to score is uint8 (height, width, 3) in 0..255, not {found}",
        "Convert sRGB in 0..1 by cartoonize.color.lab.quantize, once it has no NaN.",
    )


@njit(cache=True, nogil=True)
def _ab_distance(lab, other):  # type: ignore[no-untyped-def]
    distances = np.empty(len(lab), lab.dtype)
    for i in range(len(lab)):
        a, b = lab[i, 1] - other[i, 1], lab[i, 2] - other[i, 2]
        distances[i] = np.sqrt(a * a + b * b)
    return distances
