"""Small fully connected networks from the descriptor of a pixel to its colour, several side by side.

As in Cheng, Yang, Sheng 2015. A set of networks is a list of tensors: the weights of all layers,
(networks, inputs, outputs), then their biases, (networks, 1, outputs).
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

#: Input, three hidden layers half as wide as it, two chroma values.
WIDTHS = (N_LOCAL, N_LOCAL // 2, N_LOCAL // 2, N_LOCAL // 2, 2)
N_LAYERS = len(WIDTHS) - 1
#: Pixels an update of each network.
BATCH = 512
#: Noise on the descriptors in training, in their deviations: on look, and on x and y. Ours. A place is known
#: to a quarter of the picture; sharper, networks learn where hills stood, and colour another episode's sky.
BLUR, BLUR_OF_POSITION = 0.3, 1.0


@dataclass(frozen=True)
class Pixels:
    """What a training knows of its pictures."""

    described: Tensor
    """(pictures, pixels, 83), standardised."""
    colors: Tensor
    """(pictures, pixels, 2): ab."""

    def draw(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return a batch of random pixels of some pictures, whose numbers are given."""
        which = pictures[torch.randint(len(pictures), (BATCH,), generator=generator)]
        pixel = torch.randint(self.colors.shape[1], (BATCH,), generator=generator)
        return self.described[which, pixel], self.colors[which, pixel]


def initial_network(seed: int) -> list[Tensor]:
    """Return one new network (He et al. 2015), whose colours are near grey."""
    generator = torch.Generator().manual_seed(seed)
    shapes = pairwise(WIDTHS)
    weights = [torch.randn(1, n, m, generator=generator) * (2 / n) ** 0.5 for n, m in shapes]
    weights[-1] *= 0.1
    return [*weights, *(torch.zeros(1, 1, size) for size in WIDTHS[1:])]


def take(networks: Sequence[Tensor], which: Sequence[int]) -> list[Tensor]:
    """Return some of the networks, by number."""
    return [tensor[list(which)] for tensor in networks]


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
    """Train networks side by side by least squares, each on random pixels of its pictures.

    Parameters
    ----------
    networks : sequence of Tensor
        Where to start; they are left as they are.
    pixels : Pixels
    clusters : sequence of ndarray
        The numbers of each network's pictures.
    n_updates : int
        Of Adam.
    rate : float
        Its step size, which falls to nothing along a cosine.
    seed : int

    Returns
    -------
    list of Tensor
        Trained networks.
    """
    generator = torch.Generator().manual_seed(seed)
    blur = torch.full((N_LOCAL,), BLUR)
    blur[-N_POSITION:] = BLUR_OF_POSITION
    learned = [tensor.clone().requires_grad_() for tensor in networks]
    optimizer = torch.optim.Adam(learned, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_updates)
    members = [torch.from_numpy(cluster) for cluster in clusters]
    for _ in range(n_updates):
        drawn = [pixels.draw(pictures, generator) for pictures in members]
        described, colors = (torch.stack(tensors) for tensors in zip(*drawn, strict=True))
        noisy = described + blur * torch.randn(described.shape, generator=generator)
        loss = (predict(learned, noisy) - colors).square().sum(-1).mean(1).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return [tensor.detach() for tensor in learned]
