"""Training samples: coloured frames as augmented network inputs and true colours.

The frames and the augmentation of a batch depend on the seed and the number of the batch alone. Therefore a
resumed training draws the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cartoonize.color.bins import nearest_bin
from cartoonize.color.lab import lightness, lightness_of_grey, rgb_to_lab
from cartoonize.frames import COLOR_SIZE
from cartoonize.learning.augmentation import REC601, Augmentation, crop
from cartoonize.learning.frame_cache import keep_array
from cartoonize.learning.transfer import copied
from cartoonize.methods.networks.inputs import NETWORK_SIZE, to_network_size


@dataclass(frozen=True)
class Samples:
    """Batches of network inputs and true ab from an array of coloured frames."""

    pictures: NDArray[np.uint8]
    """(n, 256, 256, 3) sRGB."""
    luminance: str = "grey"
    """Input: ``"grey"`` for L of the black-and-white picture, ``"cielab"`` for L of the coloured one, as in
    the thesis."""
    augmentation: Augmentation = Augmentation()
    seed: int = 0
    cell: int = 4
    """Side, in pixels, of the cells whose mean colours are the targets."""
    side: int = NETWORK_SIZE
    """Side, in pixels, of the network's input. Crops of 224x224 are resized to it."""
    weights: NDArray[np.float64] | None = None
    """(n,) probability of each picture. An epoch then draws n pictures, some of them more than once. None to
    show each picture once."""
    labels: NDArray[np.int64] | None = None
    """(n,) class of each picture, for a network that also classifies."""
    statistics: Path | None = None
    """Beginning of the names of the files that keep statistics of the pictures; None to keep none."""

    def __len__(self) -> int:
        return len(self.pictures)

    def statistic(self, name: str, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return an array that depends on the pictures alone, from its file if it was computed before.

        Parameters
        ----------
        name : str
            Part of the name of the file.
        compute : callable
            Returns the array.
        """
        if self.statistics is None:
            return compute()
        return keep_array(self.statistics.with_name(f"{self.statistics.name}-{name}.npy"), compute)

    def labels_of(self, number: int, size: int) -> Tensor:
        """Return the labels (size,) of the batch with this number; -1 without labels."""
        if self.labels is None:
            return torch.full((size,), -1)
        return torch.from_numpy(self.labels[self._rows_of(number, size)])

    def batch(self, number: int, size: int, device: Any = "cpu") -> tuple[Tensor, Tensor]:
        """Return a training batch: random crops of frames in shuffled order, mirrored at random.

        Parameters
        ----------
        number : int
            Number of the batch, counted from 0 over all epochs.
        size : int
            Frames of the batch.
        device : torch.device or str

        Returns
        -------
        inputs : Tensor, shape (size, 1, side, side)
            L x 0.01. The side is 224 by default.
        ab : Tensor, shape (size, 2, side / cell, side / cell)
            CIELAB a and b of the crop, averaged over cells: (size, 2, 56, 56) by default.
        """
        seed, device = self.seed * 1_000_003 + number, torch.device(device)
        generator = torch.Generator().manual_seed(seed)
        rows = self._rows_of(number, size)
        margin = COLOR_SIZE - NETWORK_SIZE
        tops, lefts = torch.randint(margin + 1, (2, size), generator=generator).tolist()
        mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
        shape = (size, self.side, self.side, 3)
        crops = torch.empty(shape, dtype=torch.uint8, pin_memory=device.type == "cuda")
        transforms = self.augmentation.draw_transforms(size, generator)
        for k, row in enumerate(rows):
            cropped = self._resized(crop(self.pictures[row], tops[k], lefts[k], transforms[k]))
            crops.numpy()[k] = cropped[:, ::-1] if mirrored[k] else cropped
        rgb = copied(crops, device)
        if self.luminance == "cielab":
            inputs = lightness(rgb) / 100
        else:
            # A GPU draws the grain itself: the same grain in every run, but not the same as on a CPU.
            grain = generator if device.type == "cpu" else torch.Generator(device).manual_seed(seed)
            inputs = self.augmentation.random_print(rgb, generator, grain) / 100
        return inputs.unsqueeze(1), true_ab(rgb, self.cell)

    def rows(self, rows: Sequence[int], device: Any = "cpu") -> tuple[Tensor, Tensor]:
        """Return frames without augmentation, resized to the network's input; shapes as in `batch`."""
        rgb = torch.from_numpy(self.pictures[list(rows)]).to(device).float() / 255
        small = functional.interpolate(rgb.permute(0, 3, 1, 2), size=(self.side, self.side), mode="area")
        inputs = to_network_size(self._lightness(rgb).unsqueeze(1), self.side)
        return inputs, true_ab(small.permute(0, 2, 3, 1), self.cell)

    def whole_frames(self, limit: int = 256) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield at most ``limit`` evenly spaced frames as (L x 0.01, ab) at full size, one at a time."""
        for row in sorted({k * len(self) // limit for k in range(limit)}):
            rgb = torch.from_numpy(np.array(self.pictures[row : row + 1])).float() / 255
            yield self._lightness(rgb).unsqueeze(1), rgb_to_lab(rgb)[..., 1:].permute(0, 3, 1, 2)

    def _lightness(self, rgb: Tensor) -> Tensor:
        """Return L x 0.01 (n, h, w) of pictures (n, h, w, 3) without augmentation."""
        if self.luminance == "cielab":
            return lightness(rgb) / 100
        return lightness_of_grey((rgb * rgb.new_tensor(REC601)).sum(-1)) / 100

    def _rows_of(self, number: int, size: int) -> list[int]:
        """Return the rows of the pictures of a batch, which can be in several epochs."""
        epochs, offsets = np.divmod(np.arange(number * size, (number + 1) * size), len(self.pictures))
        orders = {epoch: self._order(epoch) for epoch in set(epochs.tolist())}
        return [int(orders[epoch][at]) for epoch, at in zip(epochs.tolist(), offsets, strict=True)]

    def _order(self, epoch: int) -> NDArray[np.intp]:
        """Return the rows of the pictures of an epoch in their order."""
        n = len(self.pictures)
        if self.weights is None:
            return _permutation(self.seed, epoch, n)
        return np.random.default_rng((self.seed, epoch)).choice(n, n, p=self.weights)

    def _resized(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self.side == NETWORK_SIZE:
            return picture
        import cv2

        return np.asarray(cv2.resize(picture, (self.side, self.side), interpolation=cv2.INTER_AREA), np.uint8)


def true_ab(rgb: Tensor, cell: int = 4) -> Tensor:
    """Return ab of pictures, averaged over cells.

    Parameters
    ----------
    rgb : Tensor, shape (n, h, w, 3)
        sRGB: floating point in 0..1, or uint8 in 0..255. Sums of uint8 are integers and fast.
    cell : int
        Side of the cells in pixels; it divides h and w.

    Returns
    -------
    Tensor, shape (n, 2, h / cell, w / cell)
        CIELAB a and b.
    """
    n, height, width, _ = rgb.shape
    is_bytes = rgb.dtype == torch.uint8
    dtype = torch.int16 if is_bytes else None
    columns = rgb.reshape(n, height // cell, cell, width // cell, cell * 3).sum(2, dtype=dtype)
    small = columns.view(n, height // cell, width // cell, cell, 3).sum(3)
    small = small / (cell * cell * 255 if is_bytes else cell * cell)
    return rgb_to_lab(small)[..., 1:].permute(0, 3, 1, 2)


def rarity_of_pictures(samples: Samples, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability with which each picture is shown if rare colours are shown more often.

    It is proportional to the mean weight of the colours of every second cell of 4x4 pixels. So frames are
    resampled, where the loss of histograms is rebalanced (Hultgren, Kaya, Ekman, section 5.3).

    Parameters
    ----------
    samples : Samples
    weights : ndarray, shape (313,)
        Weights of the bins, from `cartoonize.color.bins.rebalancing_weights`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Probabilities; they sum to 1.
    """

    def measure() -> NDArray[np.float64]:
        means = np.empty(len(samples))
        for row, picture in enumerate(samples.pictures):
            ab = true_ab(torch.from_numpy(picture[None]))[0, :, ::2, ::2]
            means[row] = weights[nearest_bin(ab.permute(1, 2, 0).numpy())].mean()
        return means

    means = samples.statistic("rarity", measure)
    return means / means.sum()


def colors_of(samples: Samples, n_frames: int = 128, n_colors: int = 64) -> NDArray[np.float32]:
    """Return the true colours of random pixels.

    Single pixels are read, not averages: an average over an outline is not a paint.

    Parameters
    ----------
    samples : Samples
    n_frames : int
        Largest number of frames; they are evenly spaced.
    n_colors : int
        Pixels of each frame.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        CIELAB a and b.
    """
    rows = sorted({k * len(samples) // n_frames for k in range(n_frames)})
    places = np.random.default_rng(0).integers(0, COLOR_SIZE, (len(rows), 2, n_colors))
    rgb = np.concatenate([samples.pictures[row][y, x] for row, (y, x) in zip(rows, places, strict=True)])
    return rgb_to_lab(torch.from_numpy(rgb).float() / 255)[..., 1:].numpy()


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, n: int) -> NDArray[np.intp]:
    return np.random.default_rng((seed, epoch)).permutation(n)
