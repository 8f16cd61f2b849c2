"""Paint changes: paints that a user has replaced or fixed, applied to the decided colours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.paint_rules import PaintRule
from cartoonize.color.hex import lab_of

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: A colour has a paint if it is nearer to it than this, in CIELAB with half of L, because paint has shades.
#: Beyond that, the change fades out until the second number.
_NEAR, _FAR = 9.0, 13.5
#: The same for fixed paints, which take in what is a little off.
_LOCKED_NEAR, _LOCKED_FAR = 13.5, 18.0
#: Colours are noted in cells of this size in L, a and b.
_CELL = 4
_N_CELLS = (26, 64, 64)


@dataclass(frozen=True, eq=False)
class PaintChanges:
    """Paints that are replaced or fixed."""

    rules: tuple[PaintRule, ...] = ()

    @classmethod
    def of(cls, rules: Sequence[PaintRule]) -> PaintChanges:
        """Return the changes by those of some rules that change colours."""
        return cls(tuple(sorted((rule for rule in rules if rule.acts), key=lambda rule: rule.color)))

    def applied(self, ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (height, width, 2) with other paints.

        A pixel follows the nearest paint. It moves by the difference of the paints, so that shades stay; a
        fixed paint is shown exactly.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            Decided colours.
        lightness : float32 array, shape (height, width)
            CIE L, 0..100.
        """
        if not self.rules:
            return ab
        paints, targets = self._paints, self._targets
        distance = self._distances(np.concatenate([lightness[..., None], ab], -1).reshape(-1, 3))
        nearest = distance.argmin(1)
        near, far = self._ranges
        share = (far[nearest] - distance.min(1)) / (far[nearest] - near[nearest])
        share = np.clip(share, 0, 1)[:, None]
        flat = ab.reshape(-1, 2)
        is_locked = np.array([rule.is_locked for rule in self.rules])[nearest, None]
        wanted = np.where(is_locked, targets[nearest], flat + targets[nearest] - paints[nearest, 1:])
        return np.asarray(flat + share * (wanted - flat), np.float32).reshape(ab.shape)

    def fingerprint(self, colors: NDArray[np.int32]) -> str:
        """Return a fingerprint of the rules that change some of these colours; "" if none does.

        Parameters
        ----------
        colors : int32 array, shape (n,)
            From `noted_colors`.
        """
        if not self.rules or not len(colors):
            return ""
        cells = np.stack(np.unravel_index(colors, _N_CELLS), -1)
        lab = (cells + 0.5) * _CELL - [0, 128, 128]
        reach = self._ranges[1] + _CELL * 0.75**0.5  # from the middle of a cell to its corner
        touches = (self._distances(lab) < reach).any(0)
        acting = [rule for rule, acts in zip(self.rules, touches, strict=True) if acts]
        text = repr([rule.change for rule in acting])
        return hashlib.sha256(text.encode()).hexdigest() if acting else ""

    @cached_property
    def _paints(self) -> NDArray[np.float32]:
        return np.stack([lab_of(rule.color) for rule in self.rules])

    @cached_property
    def _targets(self) -> NDArray[np.float32]:
        return np.stack([lab_of(rule.becomes or rule.color)[1:] for rule in self.rules])

    @cached_property
    def _ranges(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Distances up to which each paint counts in full, and at all."""
        is_locked = np.array([rule.is_locked for rule in self.rules])
        near, far = np.where(is_locked, _LOCKED_NEAR, _NEAR), np.where(is_locked, _LOCKED_FAR, _FAR)
        return near.astype(np.float32), far.astype(np.float32)

    def _distances(self, lab: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the distances (n, rules) of CIELAB colours (n, 3) to the paints."""
        weights = np.array([0.5, 1, 1], np.float32)
        scaled, paints = lab * weights, self._paints * weights
        return np.asarray(np.linalg.norm(scaled[:, None] - paints, axis=-1), np.float32)


NO_PAINT_CHANGES = PaintChanges()


class ColorNotes:
    """Record of the colours that were decided for some drawings."""

    def __init__(self) -> None:
        self._is_seen = np.zeros(np.prod(_N_CELLS), bool)

    def add(self, ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> None:
        """Add the ab (height, width, 2) and CIE L (height, width) of a drawing."""
        lab = (lightness, ab[..., 0] + 128, ab[..., 1] + 128)
        cells = [np.clip(v // _CELL, 0, n - 1).astype(np.intp) for v, n in zip(lab, _N_CELLS, strict=True)]
        self._is_seen[np.ravel_multi_index(cells, _N_CELLS).ravel()] = True

    def colors(self) -> NDArray[np.int32]:
        """Return the numbers of the cells of all colours."""
        return np.flatnonzero(self._is_seen).astype(np.int32)
