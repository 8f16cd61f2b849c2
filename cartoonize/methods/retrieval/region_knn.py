"""Nearest neighbours of regions: each region takes the colours of the training regions most similar to it.

Regions of the training frames are stored with their colours, and with features of a network that was trained
on a million photographs. Such features tell a hat from a hill in pictures of other kinds, too (Donahue et al.
2014, *DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition*).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.bins import N_BINS, soft_encode
from cartoonize.methods.classical.common.fitted_module import FittedModule, check_same_length
from cartoonize.methods.retrieval.descriptors import N_FEATURES, by_scale, describe
from cartoonize.methods.retrieval.efficientnet import EfficientNetLite0
from cartoonize.tracking.parts import Parts, parts_of, values_by_region

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Smaller regions are not stored, in pixels of the 256x256 grid.
_MIN_AREA = 24
#: The distance of two regions is the sum over the scales of one minus the cosine of their features, plus the
#: difference in CIE L 0..1 and that in the natural logarithm of the area, with these weights. With 6 for
#: lightness, the same print is a little better, and a print of another gamma is much worse.
_OF_LIGHTNESS, _OF_AREA = 3.0, 0.15
#: Largest number of regions that are stored, chosen at random. On the validation episode, twice as many were
#: not better.
_MAX_REGIONS = 12_000
#: Length of a descriptor: the number of principal components of the features that are kept. With 192 of 472,
#: the votes were as good on two validation episodes. With 128, they were worse on one of them.
_N_COMPONENTS = 192
#: Number of neighbours that vote, and the distance at which a vote counts less by a factor of e.
_N_NEIGHBORS, _SOFTNESS = 64, 0.1
#: A region is familiar if one like it is stored. Its familiarity is a logistic function of the greatest
#: similarity, which is at most 3. Numbers: its middle, its width, and its smallest value. They were chosen on
#: two validation episodes, by how well the confidence says what is right.
_MIDDLE, _WIDTH, _LEAST_FAMILIAR = 1.4, 0.1, 0.5
#: Side of the grid of the result, the same as that of the networks.
_CELLS = 56
#: Added to the probability of every bin.
_MIN_PROBABILITY = 1e-5


class RegionKnn(FittedModule):
    """Votes of the most similar regions of the training frames.

    Parameters
    ----------
    seed : int
        Seed of the random choice of regions.
    """

    features: Tensor
    """(regions, 192) descriptors."""
    ab: Tensor
    """(regions, 2) median CIELAB a and b."""
    lightness: Tensor
    """(regions,) mean CIE L, 0..1."""
    areas: Tensor
    """(regions,) natural logarithm of the pixels."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._seed = seed
        self.network = EfficientNetLite0()
        self.projection = _Projection()
        self.register_buffer("features", torch.empty(0, _N_COMPONENTS))
        self.register_buffer("ab", torch.empty(0, 2))
        self.register_buffer("lightness", torch.empty(0))
        self.register_buffer("areas", torch.empty(0))

    def check(self) -> None:
        """Raise `ValueError` if the buffers hold different numbers of regions."""
        check_same_length(self)

    @torch.no_grad()
    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Store the regions of training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).

        Raises
        ------
        CheckpointError
            If the weights of the network are not installed.
        """
        from cartoonize.methods.retrieval.photo_weights import fill

        fill(self.network)
        self.eval()
        found = [columns for batch in batches for columns in self._regions_of(*batch)]
        if not found:
            return
        features, colors, lightness, areas = (torch.cat(column) for column in zip(*found, strict=True))
        generator = torch.Generator().manual_seed(self._seed)
        kept = torch.randperm(len(features), generator=generator)[:_MAX_REGIONS].sort().values
        self.projection.fit(features[kept])
        self.features = self.projection(features[kept])
        self.ab, self.lightness, self.areas = colors[kept], lightness[kept], areas[kept]

    def _regions_of(self, luminance: Tensor, ab: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Yield features, ab, lightness and areas of the large regions of each picture of a batch."""
        drawings = [_parts(picture * 100) for picture in luminance[:, 0]]
        for parts, features, true in zip(drawings, describe(self.network, drawings), ab, strict=True):
            large = torch.from_numpy(parts.areas >= _MIN_AREA)
            colors = torch.from_numpy(_medians(parts, true.permute(1, 2, 0).numpy()))
            lightness, areas = _sizes(parts)
            yield features[large], colors[large], lightness[large], areas[large]

    @torch.no_grad()
    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to log-probabilities of the ab bins, (n, 313, 56, 56)."""
        return self.described(luminance[:, 0] * 100)[0].log()

    @torch.no_grad()
    def described(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        """Predict colours, and describe the regions.

        The direction of a descriptor says what the region looks like: the cosine of two of them is nearly the
        mean of the cosines of their features, by scale. Its length is the familiarity of the region, 0.5..1.

        Parameters
        ----------
        lightness : Tensor, shape (n, h, w)
            CIE L, 0..100.

        Returns
        -------
        Tensor, shape (n, 313, 56, 56)
            Probabilities of the ab bins.
        Tensor, shape (n, 192, 56, 56)
            Descriptors.
        """
        drawings = [_parts(picture) for picture in lightness]
        found = zip(drawings, self.descriptors(drawings), strict=True)
        cells = torch.stack([self._cells_of(parts, descriptors) for parts, descriptors in found])
        votes = cells[..., :N_BINS] + _MIN_PROBABILITY
        votes /= votes.sum(-1, keepdim=True)
        # The channels are last in memory.
        return votes.permute(0, 3, 1, 2), cells[..., N_BINS:].permute(0, 3, 1, 2)

    def _cells_of(self, parts: Parts, descriptors: Tensor) -> Tensor:
        """Return the votes for the cells of a drawing, and then their descriptors, (56, 56, 313 + 192)."""
        similarity, which = self.nearest(descriptors, parts)
        described = functional.normalize(descriptors, dim=1) * _familiarity(similarity)[:, None]
        by_region = torch.cat([self._votes(similarity, which), described], 1)
        cells = torch.from_numpy(_cells(parts) @ by_region.cpu().numpy()).to(descriptors.device)
        return cells.view(_CELLS, _CELLS, -1)

    def descriptors(self, drawings: Sequence[Parts]) -> list[Tensor]:
        """Return the descriptors of the regions of drawings of one size, each (regions, 192)."""
        return [self.projection(features) for features in describe(self.network, drawings)]

    def nearest(self, descriptors: Tensor, parts: Parts) -> tuple[Tensor, Tensor]:
        """Return the similarity and the rows of the most similar stored regions, (regions, neighbours).

        Parameters
        ----------
        descriptors : Tensor, shape (regions, 192)
            Descriptors of the regions of a drawing.
        parts : Parts
            The drawing.
        """
        lightness, areas = (values.to(descriptors.device) for values in _sizes(parts))
        similarity = descriptors @ self.features.T
        similarity -= _OF_LIGHTNESS * (lightness[:, None] - self.lightness).abs_()
        similarity -= _OF_AREA * (areas[:, None] - self.areas).abs_()
        best, which = similarity.topk(min(_N_NEIGHBORS, len(self.features)), 1)
        return best, which

    def _votes(self, similarity: Tensor, which: Tensor) -> Tensor:
        """Return the probabilities of the ab bins by the nearest stored regions, (regions, 313)."""
        if not len(self.features):
            return torch.full((len(similarity), N_BINS), 1 / N_BINS, device=similarity.device)
        weights = torch.softmax(similarity / _SOFTNESS, 1)
        bins, shares = soft_encode(self.ab[which])
        votes = torch.zeros(len(similarity), N_BINS, device=similarity.device)
        return votes.scatter_add_(1, bins.flatten(1), (weights[..., None] * shares).flatten(1))


class _Projection(nn.Module):
    """Features as descriptors: standardised, those of each scale with length 1, on principal components.

    The components are those of largest sums of squares, so that products change as little as possible.
    """

    mean: Tensor
    deviation: Tensor
    components: Tensor
    """(472, 192) orthonormal columns."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(N_FEATURES))
        self.register_buffer("deviation", torch.ones(N_FEATURES))
        self.register_buffer("components", torch.eye(N_FEATURES, _N_COMPONENTS))

    def fit(self, features: Tensor) -> None:
        """Set the standardisation and the components by the features of many regions, (n, 472)."""
        self.mean, self.deviation = features.mean(0), features.std(0, correction=0) + 1e-3
        standardised = self._standardised(features)
        _, vectors = torch.linalg.eigh(standardised.T @ standardised)  # the largest are last
        self.components = vectors[:, -_N_COMPONENTS:].contiguous()

    def forward(self, features: Tensor) -> Tensor:
        return self._standardised(features) @ self.components

    def _standardised(self, features: Tensor) -> Tensor:
        standardised = (features - self.mean) / self.deviation
        return torch.cat([functional.normalize(s, dim=1) for s in by_scale(standardised)], 1)


def _familiarity(similarity: Tensor) -> Tensor:
    """Return the familiarity (regions,) by the similarity of the nearest regions (regions, neighbours)."""
    if not similarity.shape[1]:
        return torch.full((len(similarity),), _LEAST_FAMILIAR, device=similarity.device)
    share = torch.sigmoid((similarity[:, 0] - _MIDDLE) / _WIDTH)
    return _LEAST_FAMILIAR + (1 - _LEAST_FAMILIAR) * share


def _parts(lightness: Tensor) -> Parts:
    return parts_of(lightness.float().cpu().numpy())


def _sizes(parts: Parts) -> tuple[Tensor, Tensor]:
    """Return the CIE L, 0..1, and the logarithm of the area of each region."""
    return torch.from_numpy(parts.means / np.float32(100)), torch.from_numpy(
        np.log(np.maximum(parts.areas, 1)).astype(np.float32)
    )


def _medians(parts: Parts, ab: NDArray[Any]) -> NDArray[np.float32]:
    """Return the median ab of each region, without outlines, (regions, 2)."""
    medians = np.zeros((len(parts.areas), 2), np.float32)
    for region, of_region in values_by_region(ab, parts.regions, ~parts.lines):
        medians[region] = np.median(of_region, axis=0)
    return medians


def _cells(parts: Parts) -> csr_array:
    """Return the share of each cell that belongs to each region, with its outlines, (cells, regions)."""
    from scipy.sparse import csr_array

    height, width = parts.regions.shape
    rows, columns = (np.arange(side) * _CELLS // side for side in (height, width))
    cells = (rows[:, None] * _CELLS + columns).ravel()
    one = np.ones(cells.size, np.float32)
    counts = csr_array((one, (cells, parts.regions.ravel())), shape=(_CELLS**2, len(parts.areas)))
    counts.data /= np.maximum(np.bincount(cells, minlength=_CELLS**2), 1).repeat(np.diff(counts.indptr))
    return counts
