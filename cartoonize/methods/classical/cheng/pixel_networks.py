"""Small fully connected networks that map the descriptor of a pixel to its colour (Cheng, Yang, Sheng 2015).

Several networks run in parallel. A set of networks is a list of tensors: the weights of all layers,
(networks, inputs, outputs), then the biases of all layers, (networks, 1, outputs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.classical.cheng.descriptors import N_LOCAL, N_POSITION

#: Widths of the layers: the input, three hidden layers of half its width, two chroma values.
WIDTHS = (N_LOCAL, N_LOCAL // 2, N_LOCAL // 2, N_LOCAL // 2, 2)
N_LAYERS = len(WIDTHS) - 1
#: Number of pixels per update of each network.
BATCH = 512
#: Standard deviation of the noise added to descriptors in training, in their standard deviations: appearance,
#: and x and y. This is not in the paper. It blurs positions to about a quarter of the picture. With exact
#: positions, networks memorise where hills stood and colour the sky of another episode accordingly.
NOISE, POSITION_NOISE = 0.3, 1.0


@dataclass(frozen=True)
class Pixels:
    """Sampled pixels of the training pictures."""

    described: Tensor
    """(pictures, pixels, 83) standardised local descriptors."""
    colors: Tensor
    """(pictures, pixels, 2) CIELAB a and b."""

    def draw(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return descriptors and colours of a batch of random pixels of the pictures with these indices."""
        which = pictures[torch.randint(len(pictures), (BATCH,), generator=generator)]
        pixel = torch.randint(self.colors.shape[1], (BATCH,), generator=generator)
        return self.described[which, pixel], self.colors[which, pixel]


def initial_network(seed: int) -> list[Tensor]:
    """Return one network with the initialisation of He et al. (2015), whose colours are nearly grey."""
    generator = torch.Generator().manual_seed(seed)
    shapes = pairwise(WIDTHS)
    weights = [torch.randn(1, n, m, generator=generator) * (2 / n) ** 0.5 for n, m in shapes]
    weights[-1] *= 0.1
    return [*weights, *(torch.zeros(1, 1, size) for size in WIDTHS[1:])]


def select(networks: Sequence[Tensor], indices: Sequence[int]) -> list[Tensor]:
    """Return the networks with these indices."""
    return [tensor[list(indices)] for tensor in networks]


def predict(networks: Sequence[Tensor], described: Tensor) -> Tensor:
    """Map standardised descriptors (networks, pixels, 83) to ab (networks, pixels, 2)."""
    values = described
    for number, (weight, bias) in enumerate(zip(networks[:N_LAYERS], networks[N_LAYERS:], strict=True)):
        values = torch.baddbmm(bias, values if number == 0 else values.relu(), weight)
    return values


def train(
    networks: Sequence[Tensor],
    pixels: Pixels,
    clusters: Sequence[NDArray[np.intp]],
    *,
    n_updates: int,
    rate: float,
    seed: int,
) -> list[Tensor]:
    """Train networks in parallel by least squares, each on random pixels of its pictures.

    Parameters
    ----------
    networks : sequence of Tensor
        Initial networks, which are not modified.
    pixels : Pixels
        Training pixels of all pictures.
    clusters : sequence of ndarray
        Indices of the pictures of each network.
    n_updates : int
        Number of updates by Adam.
    rate : float
        Initial step size of Adam, which falls to 0 along a cosine.
    seed : int
        Seed of the random pixels and of the noise.

    Returns
    -------
    list of Tensor
        The trained networks.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.full((N_LOCAL,), NOISE)
    noise[-N_POSITION:] = POSITION_NOISE
    learned = [tensor.clone().requires_grad_() for tensor in networks]
    optimizer = torch.optim.Adam(learned, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_updates)
    members = [torch.from_numpy(cluster) for cluster in clusters]
    for _ in range(n_updates):
        drawn = [pixels.draw(pictures, generator) for pictures in members]
        described, colors = (torch.stack(tensors) for tensors in zip(*drawn, strict=True))
        noisy = described + noise * torch.randn(described.shape, generator=generator)
        loss = (predict(learned, noisy) - colors).square().sum(-1).mean(1).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return [tensor.detach() for tensor in learned]
