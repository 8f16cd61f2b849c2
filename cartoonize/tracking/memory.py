"""Memory: predictions of networks for objects with known colours, to recognise similar objects elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays
from cartoonize.color.bins import N_BINS
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.parts import Parts
from cartoonize.tracking.pooling import PooledHints, PooledPredictions, pool, pool_hints
from cartoonize.tracking.recognition import Described, mix_by_descriptors, mix_by_predictions, unit_rows
from cartoonize.tracking.votes import Appearance

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 5

#: The similarity of two regions is exp(-dL^2 / 2) exp(-(1 - BC)): dL is the difference in CIE L, divided by
#: the first number; BC is the Bhattacharyya coefficient of the predictions, and 1 - BC is divided by the
#: second number.
_LIGHTNESS_SCALE, _PREDICTION_SCALE = 1.0, 0.05
#: A region is recognised if its similarity to a remembered one of the same film is at least the first number,
#: or of another film, the second one. Films differ in their prints, and share fewer objects.
_MIN_SIMILARITY, _MIN_SIMILARITY_ELSEWHERE = 0.02, 0.5
#: Share of remembered colours in the mixture with a prediction, at similarity 1.
_MAX_WEIGHT = 0.9
#: A pinned region of the same film is recognised at this similarity. People pin what networks predict
#: wrongly. Other things, whose prediction is right, may be predicted nearly like that.
_MIN_SIMILARITY_PINNED = 0.3
#: Smaller regions are not remembered, in pixels of the 256x256 grid.
_MIN_PIXELS = 20
#: Of a pinned region, lights and shades on less than this share of it are not remembered. The person has
#: looked at the region as a whole.
_PINNED_SHARE = 0.1


class Memory:
    """Regions with known colours, by their lightness and by what was predicted for them.

    A network makes the same error wherever it sees the same object. If it predicts the same for an equally
    light region in another shot or episode, this region is probably the same object and has the same colour.
    """

    def __init__(self) -> None:
        self._lightness = np.empty(0, np.float32)
        """(n,) mean CIE L."""
        self._predicted = np.empty((0, N_BINS), np.float32)
        """(n, 313) square roots of the predicted histograms, of length 1."""
        self._descriptors = np.empty((0, 0), np.float32)
        """(n, k) descriptors of length 1; k is 0 if no method describes regions."""
        self._known = np.empty((0, N_BINS), np.float32)
        """(n, 313) histograms of the known colours."""
        self._areas = np.empty(0, np.float32)
        """(n,) pixels with known colours."""
        self._films = np.empty(0, np.int64)
        """(n,) numbers of the films that show the regions."""
        self._pins = np.empty(0, np.int64)
        """(n,) numbers of the pins that gave the regions their colours; 0 for those from other sources."""
        self._film = 0
        """Number of the film that is coloured."""

    def __len__(self) -> int:
        return len(self._areas)

    @property
    def film(self) -> int:
        """Number of the film that is coloured."""
        return self._film

    @property
    def fingerprint(self) -> str:
        """Fingerprint of everything remembered; "" if the memory is empty."""
        if not len(self):
            return ""
        return fingerprint_of_arrays(
            self._lightness, self._predicted, self._descriptors, self._known, self._areas
        )

    def for_film(self, film: int) -> Memory:
        """Return the memory for the regions of a film. They are recognised more easily in its own shots."""
        memory = copy(self)
        memory._film = film
        return memory

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return arrays to store in a file."""
        return {
            "lightness": self._lightness,
            "predicted": self._predicted,
            "descriptors": self._descriptors,
            "known": self._known,
            "areas": self._areas,
            "films": self._films,
            "pins": self._pins,
            "film": np.array(self._film),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Memory:
        """Return the memory from the arrays of a file."""
        memory = cls()
        memory._lightness, memory._predicted = arrays["lightness"], arrays["predicted"]
        memory._descriptors = arrays["descriptors"]
        memory._known, memory._areas = arrays["known"], arrays["areas"]
        memory._films, memory._film = arrays["films"], int(arrays["film"])
        memory._pins = arrays["pins"]
        return memory

    def without_pins(self, but: Collection[int], *, of_all_films: bool = False) -> Memory:
        """Return the memory without what the pins of its film gave, but for pins with these numbers.

        Parameters
        ----------
        but : collection of int
            Numbers of pins that stay.
        of_all_films : bool
            True to leave out the pins of other films, too.
        """
        memory = copy(self)
        keeps = (self._pins == 0) | np.isin(self._pins, list(but))
        if not of_all_films:
            keeps |= self._films != self._film
        for name in ("_lightness", "_predicted", "_descriptors", "_known", "_areas", "_films", "_pins"):
            setattr(memory, name, getattr(self, name)[keeps])
        return memory

    @property
    def pins(self) -> frozenset[int]:
        """Numbers of the pins that gave it colours."""
        return frozenset(self._pins.tolist()) - {0}

    def add(
        self,
        histograms: NDArray[np.float32],
        parts: Parts,
        hints: ColorHints,
        descriptors: NDArray[np.float32] | None = None,
        *,
        film: int = 0,
        pins: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        """Remember the regions of a drawing that have known colours.

        Parameters
        ----------
        histograms : float32 array, shape (313, h, w)
            Prediction for the drawing: probabilities of the ab bins.
        parts : Parts
            Regions of the drawing.
        hints : ColorHints
            Known colours of the drawing.
        descriptors : float32 array, shape (n, h, w), optional
            What a method says about its regions.
        film : int
            Number of the film that shows it.
        pins : mapping of int to int
            Numbers of the pins that gave regions their colours, by region.
        """
        predicted, known = pool(histograms, parts, descriptors), pool_hints(hints, parts)
        self.add_pooled(predicted, known, film=film, pins=pins)

    def add_pooled(
        self, predicted: PooledPredictions, known: PooledHints, *, film: int, pins: Mapping[int, int]
    ) -> None:
        """Remember the regions for which there are predictions and known colours; see `add`."""
        codes, known_codes = (s.regions * N_KNOTS + s.knots for s in (predicted, known))
        _, rows, known_rows = np.intersect1d(codes, known_codes, assume_unique=True, return_indices=True)
        is_large = known.areas[known_rows] > _MIN_PIXELS
        of_region = np.bincount(known.regions, known.areas)[known.regions[known_rows]]
        is_pinned = np.isin(known.regions[known_rows], list(pins))
        is_large &= ~is_pinned | (known.areas[known_rows] > _PINNED_SHARE * of_region)
        rows, known_rows = rows[is_large], known_rows[is_large]
        self._lightness = np.append(self._lightness, predicted.means[rows])
        self._predicted = np.concatenate([self._predicted, _roots(predicted.histograms[rows])])
        described = unit_rows(predicted.descriptors[rows])
        if not len(self._descriptors):
            self._descriptors = np.empty((0, described.shape[1]), np.float32)
        self._descriptors = np.concatenate([self._descriptors, described])
        self._known = np.concatenate([self._known, known.histograms[known_rows].astype(np.float32)])
        self._areas = np.append(self._areas, known.areas[known_rows])
        self._films = np.append(self._films, np.full(len(rows), film))
        of_pins = [pins.get(region, 0) for region in known.regions[known_rows].tolist()]
        self._pins = np.append(self._pins, np.array(of_pins, np.int64))

    def recall(self, appearance: Appearance) -> NDArray[np.float32]:
        """Mix remembered colours into the predictions for recognised regions, by their similarity.

        Regions are compared by their descriptors, and a little by what was predicted for them. Without
        descriptors, they are compared by what was predicted alone. Predictions for all other regions stay the
        same, bit for bit.

        Parameters
        ----------
        appearance : Appearance
            Predictions, lightness and descriptors of n regions.

        Returns
        -------
        float32 array, shape (n, 313)
        """
        if not len(self):
            return appearance.histograms
        out, lightness = appearance.histograms.astype(np.float32), appearance.lightness.astype(np.float32)
        roots = _roots(appearance.histograms)
        if appearance.descriptors.shape[1] == self._descriptors.shape[1] > 0:
            asked = Described(unit_rows(appearance.descriptors), lightness, roots)
            remembered = Described(self._descriptors, self._lightness, self._predicted)
            mix_by_descriptors(out, asked, remembered, self._known, self._films != self._film)
            return out
        scales = np.array([1 / _LIGHTNESS_SCALE, 1 / _PREDICTION_SCALE, _MAX_WEIGHT], np.float32)
        here = np.where(self._pins > 0, _MIN_SIMILARITY_PINNED, _MIN_SIMILARITY)
        minimum = np.where(self._films == self._film, here, _MIN_SIMILARITY_ELSEWHERE)
        predicted = (
            self._lightness, self._predicted, self._known, np.sqrt(self._areas), minimum.astype(np.float32)
        )  # fmt: skip
        mix_by_predictions(out, roots, lightness, *predicted, scales)
        return out


def _roots(histograms: NDArray[np.float16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return square roots of histograms, of length 1: their products are Bhattacharyya coefficients."""
    roots = np.sqrt(np.maximum(histograms.astype(np.float32), 0))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9), np.float32)
