"""Color hints: known colours of a picture, from any source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ColorHints:
    """Known colours of pixels of a picture.

    References, scribbles, pins and confident pixels of a network are all converted to this type.
    """

    ab: NDArray[np.float32]
    """(height, width, 2) CIELAB a and b; any value where the confidence is 0."""
    confidence: NDArray[np.float32]
    """(height, width) 0..1: 1 where a user gave the colour, less if it was carried there, 0 if unknown."""
    exact: NDArray[np.bool_] | None = None
    """(height, width) True where exactly this colour must be shown; None if nowhere."""
    pinned: NDArray[np.bool_] | None = None
    """(height, width) True where a person gave a whole thing this colour; None if nowhere."""
    unsure: NDArray[np.bool_] | None = None
    """(height, width) True where nobody can say whether the picture is grey or was left unpainted; None if
    nowhere. Other pixels of unknown colour were left."""

    @classmethod
    def everywhere(cls, ab: NDArray[np.float32]) -> ColorHints:
        """Return hints for every pixel, from ab (height, width, 2)."""
        return cls(ab, np.ones(ab.shape[:2], np.float32))

    @classmethod
    def at(cls, positions: NDArray[np.intp], ab: NDArray[np.float32], shape: tuple[int, int]) -> ColorHints:
        """Return hints at single pixels.

        Parameters
        ----------
        positions : int array, shape (n,)
            row x width + column; each at most once.
        ab : float32 array, shape (n, 2)
            CIELAB a and b.
        shape : (int, int)
            Height and width of the picture.
        """
        all_ab, confidence = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
        all_ab.reshape(-1, 2)[positions] = ab
        confidence.flat[positions] = 1
        return cls(all_ab, confidence)

    def pixels(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """Return the pixels with known colours, those with exact colours last.

        Returns
        -------
        int array, shape (n,)
            row x width + column.
        float32 array, shape (n, 2)
            CIELAB a and b.
        bool array, shape (n,)
            True for exact colours.
        """
        known = np.flatnonzero(self.confidence)
        exact = np.zeros(len(known), bool) if self.exact is None else self.exact.ravel()[known]
        order = np.argsort(exact, kind="stable")
        known = known[order]
        return known, self.ab.reshape(-1, 2)[known], exact[order]

    def combined_with(self, other: ColorHints) -> ColorHints:
        """Return the union of both. For each pixel, the more confident colour counts; if equal, this one."""
        better = other.confidence > self.confidence
        ab = np.where(better[..., None], other.ab, self.ab)
        confidence = np.where(better, other.confidence, self.confidence)
        exact = _either(better, other.exact, self.exact)
        pinned = _either(better, other.pinned, self.pinned)
        masks = [mask for mask in (self.unsure, other.unsure) if mask is not None]
        unsure = np.any(masks, axis=0) & (confidence == 0) if masks else None
        return ColorHints(ab, confidence, exact, pinned, unsure)

    def without(self, mask: NDArray[np.bool_]) -> ColorHints:
        """Return the hints without those of the pixels where the mask (height, width) is True."""
        exact, pinned = (None if one is None else one & ~mask for one in (self.exact, self.pinned))
        confidence = np.where(mask, np.float32(0), self.confidence)
        return ColorHints(self.ab, confidence, exact, pinned, self.unsure)

    def without_pinned(self) -> ColorHints:
        """Return the hints without the colours that a person gave to whole things."""
        return self if self.pinned is None else replace(self.without(self.pinned), pinned=None)

    def shifted(self, down: int, right: int) -> ColorHints:
        """Return the hints moved by whole pixels. Nothing is known where they did not reach."""
        height, width = self.confidence.shape
        rows, columns = np.arange(height) - down, np.arange(width) - right
        y, x = np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)
        known = (y[:, 0] == rows)[:, None] & (x == columns)
        exact, pinned, unsure = (
            None if mask is None else mask[y, x] & known for mask in (self.exact, self.pinned, self.unsure)
        )
        confidence = np.where(known, self.confidence[y, x], np.float32(0))
        return ColorHints(self.ab[y, x], confidence, exact, pinned, unsure)

    def __len__(self) -> int:
        """Return the number of pixels with known colours."""
        return int(np.count_nonzero(self.confidence))


def _either(
    where: NDArray[np.bool_], one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    """Return a mask with the first one where ``where`` is True, and the second one elsewhere."""
    if one is None:
        return other
    return np.where(where, one, False if other is None else other)


def fingerprint_of_hints(hints: Mapping[int, ColorHints], start: int, stop: int) -> str:
    """Return a fingerprint of the hints for the frames ``[start, stop)``; "" if there are none.

    Parameters
    ----------
    hints : mapping of int to ColorHints
        By frame index.
    start, stop : int
        Half-open range of frame indices.
    """
    arrays: list[NDArray[Any]] = []
    for index in sorted(hints):
        if start <= index < stop:
            known = hints[index]
            arrays += [np.array(index), known.ab, known.confidence]
            arrays += [mask for mask in (known.exact, known.pinned, known.unsure) if mask is not None]
    return fingerprint_of_arrays(*arrays) if arrays else ""


def fingerprint_of_arrays(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of the shapes and values of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
