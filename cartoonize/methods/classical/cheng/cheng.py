"""Deep Colorization (Cheng, Yang, Sheng 2015; arXiv 1605.00075): a small network for every kind of scene.

Training pictures are clustered by what they look like as a whole; a fully connected network for each
cluster maps the descriptor of a pixel to its colour; a joint bilateral filter along the luminance takes out
the noise. The paper works in YUV; here it is CIELAB, as everywhere in this program. The paper's semantic
labels, which need a network trained on labelled pictures, are left out, of the descriptors and of the choice
of a cluster.
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
    take,
    train,
)
from cartoonize.methods.classical.common.batches import pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted import Learned

#: Random pixels that are kept of a training picture.
N_PIXELS = 600
#: Updates of the first network and of those after a split, which start from the one before; their step sizes.
N_UPDATES, N_UPDATES_AFTER = 4000, 1000
RATE, RATE_AFTER = 3e-3, 1e-3

#: Clusters are split at most so many times, in at most so many parts, ...
N_SPLITS, N_PARTS = 2, 4
#: ... if their network's mean ab error on its own pictures is at least this.
GOOD = 5.0
#: Parts with fewer pictures join the nearest one. Networks of few pictures learn them by heart: with six
#: clusters of 256 frames the error on another episode was a fifth higher.
FEWEST = 48
#: A cluster reaches as far as this share of its training pictures; what lies beyond is like none of them.
WITHIN = 0.9

#: Of the filter. Colours change little from pixel to pixel, so every third of a window of 25 is enough. It is
#: about as wide as DAISY, whose noise it evens out; 0.04 of L x 0.01 is above grain and below an outline.
FILTER: dict[str, Any] = {"radius": 12, "step": 3, "space": 8.0, "tone": 0.04}
#: a and b of sRGB are never further from 0.
MOST = 110.0


class Cheng(Learned):
    """Networks for clusters of pictures; without a fit, one that makes all grey.

    Parameters
    ----------
    seed : int
        Of the pixels drawn, and of the training.
    """

    centers: Tensor
    """(clusters, 96): mean global descriptors."""
    reach: Tensor
    """(clusters,): how far from the centre a picture may be."""
    mean: Tensor
    """(83,): of local descriptors, as their deviation."""
    deviation: Tensor

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._seed = seed
        self.register_buffer("centers", torch.empty(0, N_GLOBAL))
        self.register_buffer("reach", torch.empty(0))
        self.register_buffer("mean", torch.zeros(N_LOCAL))
        self.register_buffer("deviation", torch.ones(N_LOCAL))
        # Network 0 has learned from all pictures, 1, 2, ... from those of a cluster.
        self.weights = nn.ParameterList(torch.zeros(1, *sizes) for sizes in pairwise(WIDTHS))
        self.biases = nn.ParameterList(torch.zeros(1, 1, size) for size in WIDTHS[1:])

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Learn from training frames: describe some of their pixels, cluster the frames, train networks.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        generator = np.random.default_rng(self._seed)
        described, colors, looks = [], [], []
        for picture, ab in pictures_of(batches):
            rows, columns = (generator.integers(0, size, N_PIXELS) for size in picture.shape)
            described.append(local_descriptors(picture)[rows, columns])
            colors.append(ab[rows, columns])
            looks.append(global_descriptor(picture))
        if not looks:
            return
        values = torch.from_numpy(np.stack(described))
        deviation, self.mean = torch.std_mean(values.flatten(0, 1), 0)
        self.deviation = torch.where(deviation > 1e-4, deviation, 1.0)  # some never vary
        pixels = Pixels((values - self.mean) / self.deviation, torch.from_numpy(np.stack(colors)))
        with one_thread():  # faster than several for products this small, and the same on any machine
            self._learn(pixels, np.stack(looks))

    def _learn(self, pixels: Pixels, looks: NDArray[np.float32]) -> None:
        """Train on all pictures, then split the clusters that are coloured badly, and train on those.

        A simple form of the paper's adaptive clustering, where a layer's k-means has only the
        pictures that the networks of the layer before colour badly.
        """
        clusters = [np.arange(len(looks))]
        start = initial_network(self._seed)
        networks = train(start, pixels, clusters, n_updates=N_UPDATES, rate=RATE, seed=self._seed)
        learned = networks
        for _ in range(N_SPLITS):
            parts = [
                (number, part)
                for number, cluster in enumerate(clusters)
                for part in self._split(cluster, looks, pixels, take(networks, [number]))
            ]
            if len(parts) == len(clusters):
                break
            parents, clusters = [number for number, _ in parts], [part for _, part in parts]
            start = take(networks, parents)
            networks = train(
                start, pixels, clusters, n_updates=N_UPDATES_AFTER, rate=RATE_AFTER, seed=self._seed
            )
        if len(clusters) > 1:
            centers = [looks[cluster].mean(0) for cluster in clusters]
            distances = [
                np.linalg.norm(looks[cluster] - center, axis=1)
                for cluster, center in zip(clusters, centers, strict=True)
            ]
            self.centers = torch.from_numpy(np.stack(centers))
            self.reach = torch.tensor([float(np.quantile(far, WITHIN)) for far in distances])
            learned = [torch.cat(both) for both in zip(learned, networks, strict=True)]
        self.weights = nn.ParameterList(learned[:N_LAYERS])
        self.biases = nn.ParameterList(learned[N_LAYERS:])

    def _split(
        self, cluster: NDArray[np.intp], looks: NDArray[np.float32], pixels: Pixels, network: list[Tensor]
    ) -> list[NDArray[np.intp]]:
        """Return the parts of a cluster: itself if it is small, coloured well, or of one kind."""
        if len(cluster) < 2 * FEWEST:
            return [cluster]
        predicted = predict(network, pixels.described[cluster].flatten(0, 1)[None])[0]
        if (predicted - pixels.colors[cluster].flatten(0, 1)).norm(dim=-1).mean() < GOOD:
            return [cluster]
        return [cluster[part] for part in kinds(looks[cluster], self._seed)]

    @torch.no_grad()
    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        colored = [self._color(picture) for picture in to_numpy(luminance[:, 0])]
        return joint_bilateral(torch.stack(colored).to(luminance.device), luminance.float(), **FILTER)

    def find(self, picture: NDArray[np.float32]) -> int:
        """Return the number of the network for a picture, L x 0.01 (h, w).

        It is the nearest cluster's if the picture is within its reach, else 0, which has seen all.
        """
        if len(self.centers) == 0:
            return 0
        look = torch.from_numpy(global_descriptor(picture)).to(self.centers.device)
        distances = (self.centers - look).norm(dim=1)
        nearest = int(distances.argmin())
        return nearest + 1 if distances[nearest] <= self.reach[nearest] + 1e-5 else 0

    def _color(self, picture: NDArray[np.float32]) -> Tensor:
        """Return ab (2, h, w), not filtered."""
        described = torch.from_numpy(local_descriptors(picture)).to(self.mean.device)
        inputs = (described.flatten(0, 1) - self.mean) / self.deviation
        network = take([*self.weights, *self.biases], [self.find(picture)])
        return predict(network, inputs[None])[0].clamp(-MOST, MOST).T.reshape(2, *picture.shape)


def kinds(looks: NDArray[np.float32], seed: int = 0) -> list[NDArray[np.intp]]:
    """Cluster pictures by k-means; parts that are too small join the nearest part.

    Parameters
    ----------
    looks : ndarray, shape (n, 96)
        Global descriptors.
    seed : int

    Returns
    -------
    list of ndarray
        The numbers of the pictures of each part.
    """
    from sklearn.cluster import KMeans

    n_parts = min(N_PARTS, len(looks) // FEWEST, len(np.unique(looks, axis=0)))
    if n_parts < 2:
        return [np.arange(len(looks))]
    label = KMeans(n_parts, n_init=4, random_state=seed).fit_predict(looks)
    parts = sorted((np.flatnonzero(label == number) for number in range(n_parts)), key=len)
    while len(parts) > 1 and len(parts[0]) < FEWEST:
        smallest, *parts = parts
        center = looks[smallest].mean(0)
        nearest = min(
            range(len(parts)), key=lambda n: float(np.linalg.norm(looks[parts[n]].mean(0) - center))
        )
        parts[nearest] = np.concatenate([parts[nearest], smallest])
        parts.sort(key=len)
    return parts
