"""Deep Colorization (Cheng, Yang, Sheng 2015; arXiv 1605.00075): one small network for each kind of scene.

Training pictures are clustered by global descriptors. For each cluster, a fully connected network maps the
descriptor of a pixel to its colour. A joint bilateral filter, guided by the luminance, removes noise.

Differences from the paper:

- Colours are CIELAB, as everywhere in this program. The paper works in YUV.
- The paper's semantic labels, which need a network trained on labelled pictures, are left out of the
  descriptors and of the choice of a cluster.
- Adaptive clustering is simplified, see `Cheng._fit_clusters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.devices import one_thread
from cartoonize.methods.classical.cheng.bilateral import joint_bilateral
from cartoonize.methods.classical.cheng.descriptors import (
    N_GLOBAL,
    N_LOCAL,
    global_descriptor,
    local_descriptors,
)
from cartoonize.methods.classical.cheng.pixel_networks import (
    N_LAYERS,
    WIDTHS,
    Pixels,
    initial_network,
    predict,
    select,
    train,
)
from cartoonize.methods.classical.common.batches import pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted_module import FittedModule

#: Number of random pixels used of each training picture.
N_PIXELS = 600
#: Updates and step sizes of the first network, and of networks after a split, which start from their parent.
N_UPDATES, N_UPDATES_AFTER = 4000, 1000
RATE, RATE_AFTER = 3e-3, 1e-3

#: Clusters are split at most this number of times, into at most this number of parts, ...
N_SPLITS, N_PARTS = 2, 4
#: ... if the mean ab error of their network on its own pictures is at least this.
MAX_ERROR = 5.0
#: Parts with fewer pictures join the nearest one. Networks overfit few pictures: with six clusters of 256
#: frames the error on another episode was a fifth higher.
MIN_PICTURES = 48
#: The reach of a cluster covers this share of its training pictures. Pictures beyond it do not belong to it.
REACH_SHARE = 0.9

#: Options of the filter. Colours change little from pixel to pixel, so every third pixel of a window of 25 is
#: enough. The window is about as wide as DAISY, whose noise it evens out; 0.04 of L x 0.01 is more than grain
#: and less than an outline.
FILTER: dict[str, Any] = {"radius": 12, "step": 3, "space": 8.0, "tone": 0.04}
#: Greatest |a| and |b| of the result; those of sRGB colours are never greater.
MAX_AB = 110.0


class Cheng(FittedModule):
    """Networks for clusters of pictures. Before a fit, there is one network, which returns grey.

    Parameters
    ----------
    seed : int
        Seed of the random choice of pixels and of the training.
    """

    centers: Tensor
    """(clusters, 96) mean global descriptors."""
    reach: Tensor
    """(clusters,) greatest distance of a picture from the centre."""
    mean: Tensor
    """(83,) mean of the local descriptors."""
    deviation: Tensor
    """(83,) standard deviation of the local descriptors."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._seed = seed
        self.register_buffer("centers", torch.empty(0, N_GLOBAL))
        self.register_buffer("reach", torch.empty(0))
        self.register_buffer("mean", torch.zeros(N_LOCAL))
        self.register_buffer("deviation", torch.ones(N_LOCAL))
        # Network 0 is trained on all pictures, networks 1, 2, ... each on those of one cluster.
        self.weights = nn.ParameterList(torch.zeros(1, *sizes) for sizes in pairwise(WIDTHS))
        self.biases = nn.ParameterList(torch.zeros(1, 1, size) for size in WIDTHS[1:])

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Fit to training frames: describe some of their pixels, cluster the frames, train networks.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        generator = np.random.default_rng(self._seed)
        described, colors, pictures = [], [], []
        for picture, ab in pictures_of(batches):
            rows, columns = (generator.integers(0, size, N_PIXELS) for size in picture.shape)
            described.append(local_descriptors(picture)[rows, columns])
            colors.append(ab[rows, columns])
            pictures.append(global_descriptor(picture))
        if not pictures:
            return
        values = torch.from_numpy(np.stack(described))
        deviation, self.mean = torch.std_mean(values.flatten(0, 1), 0)
        self.deviation = torch.where(deviation > 1e-4, deviation, 1.0)  # some values never vary
        pixels = Pixels((values - self.mean) / self.deviation, torch.from_numpy(np.stack(colors)))
        with one_thread():  # faster than several for products this small, and the same on any machine
            self._fit_clusters(pixels, np.stack(pictures))

    def _fit_clusters(self, pixels: Pixels, pictures: NDArray[np.float32]) -> None:
        """Train on all pictures, then split the clusters that are coloured badly and train on their parts.

        This simplifies the paper's adaptive clustering, in which each layer clusters only the pictures that
        the networks of the previous layer colour badly.

        Parameters
        ----------
        pixels : Pixels
        pictures : ndarray, shape (n, 96)
            Global descriptors.
        """
        clusters = [np.arange(len(pictures))]
        start = initial_network(self._seed)
        networks = train(start, pixels, clusters, n_updates=N_UPDATES, rate=RATE, seed=self._seed)
        learned = networks
        for _ in range(N_SPLITS):
            parts = [
                (number, part)
                for number, cluster in enumerate(clusters)
                for part in self._split(cluster, pictures, pixels, select(networks, [number]))
            ]
            if len(parts) == len(clusters):
                break
            parents, clusters = [number for number, _ in parts], [part for _, part in parts]
            start = select(networks, parents)
            networks = train(
                start, pixels, clusters, n_updates=N_UPDATES_AFTER, rate=RATE_AFTER, seed=self._seed
            )
        if len(clusters) > 1:
            centers = [pictures[cluster].mean(0) for cluster in clusters]
            distances = [
                np.linalg.norm(pictures[cluster] - center, axis=1)
                for cluster, center in zip(clusters, centers, strict=True)
            ]
            self.centers = torch.from_numpy(np.stack(centers))
            self.reach = torch.tensor([float(np.quantile(far, REACH_SHARE)) for far in distances])
            learned = [torch.cat(both) for both in zip(learned, networks, strict=True)]
        self.weights = nn.ParameterList(learned[:N_LAYERS])
        self.biases = nn.ParameterList(learned[N_LAYERS:])

    def _split(
        self, cluster: NDArray[np.intp], pictures: NDArray[np.float32], pixels: Pixels, network: list[Tensor]
    ) -> list[NDArray[np.intp]]:
        """Return the parts of a cluster; it stays whole if it is small, coloured well or of one kind."""
        if len(cluster) < 2 * MIN_PICTURES:
            return [cluster]
        predicted = predict(network, pixels.described[cluster].flatten(0, 1)[None])[0]
        if (predicted - pixels.colors[cluster].flatten(0, 1)).norm(dim=-1).mean() < MAX_ERROR:
            return [cluster]
        return [cluster[part] for part in cluster_pictures(pictures[cluster], self._seed)]

    @torch.no_grad()
    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        colored = [self._color(picture) for picture in to_numpy(luminance[:, 0])]
        return joint_bilateral(torch.stack(colored).to(luminance.device), luminance.float(), **FILTER)

    def find(self, picture: NDArray[np.float32]) -> int:
        """Return the index of the network for a picture, L x 0.01 (h, w).

        It is the network of the nearest cluster if the picture is within its reach, else 0, the network that
        was trained on all pictures.
        """
        if len(self.centers) == 0:
            return 0
        descriptor = torch.from_numpy(global_descriptor(picture)).to(self.centers.device)
        distances = (self.centers - descriptor).norm(dim=1)
        nearest = int(distances.argmin())
        return nearest + 1 if distances[nearest] <= self.reach[nearest] + 1e-5 else 0

    def _color(self, picture: NDArray[np.float32]) -> Tensor:
        """Return ab (2, h, w) before the filter."""
        described = torch.from_numpy(local_descriptors(picture)).to(self.mean.device)
        inputs = (described.flatten(0, 1) - self.mean) / self.deviation
        network = select([*self.weights, *self.biases], [self.find(picture)])
        return predict(network, inputs[None])[0].clamp(-MAX_AB, MAX_AB).T.reshape(2, *picture.shape)


def cluster_pictures(descriptors: NDArray[np.float32], seed: int = 0) -> list[NDArray[np.intp]]:
    """Cluster pictures by k-means. Parts that are too small join the nearest part.

    Parameters
    ----------
    descriptors : ndarray, shape (n, 96)
        Global descriptors.
    seed : int
        Seed of k-means.

    Returns
    -------
    list of ndarray
        Indices of the pictures of each part.
    """
    from sklearn.cluster import KMeans

    n_parts = min(N_PARTS, len(descriptors) // MIN_PICTURES, len(np.unique(descriptors, axis=0)))
    if n_parts < 2:
        return [np.arange(len(descriptors))]
    label = KMeans(n_parts, n_init=4, random_state=seed).fit_predict(descriptors)
    parts = sorted((np.flatnonzero(label == number) for number in range(n_parts)), key=len)
    while len(parts) > 1 and len(parts[0]) < MIN_PICTURES:
        smallest, *parts = parts
        center = descriptors[smallest].mean(0)
        nearest = min(
            range(len(parts)), key=lambda n: float(np.linalg.norm(descriptors[parts[n]].mean(0) - center))
        )
        parts[nearest] = np.concatenate([parts[nearest], smallest])
        parts.sort(key=len)
    return parts
