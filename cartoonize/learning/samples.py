"""Training samples: coloured frames in a memory-mapped file, augmented and turned into inputs and targets.

Which frames a step sees, and how they are changed, follows from (seed, step) alone. So a resumed training
draws what an uninterrupted one would have drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cartoonize.atomic import replacing
from cartoonize.color.lab import lightness, lightness_of_grey, rgb_to_lab
from cartoonize.errors import WorkspaceError
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.networks.inputs import NETWORK_SIZE as CROP
from cartoonize.methods.networks.inputs import to_network_size

_REC601 = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Augmentation:
    """How far other prints of the film may differ from this one: random per sample, centred on no change."""

    weights: float = 0.25
    """Deviation of the logarithms of the RGB-to-grey weights (Rec.601 in the middle)."""
    gamma: float = 0.1
    """Deviation of the logarithm of gamma."""
    contrast: float = 0.08
    """Deviation of the gain, and half of it of the offset, of grey in 0..1."""
    grain: float = 0.02
    """Largest deviation of the noise added to grey in 0..1."""
    turn: float = 0.0
    """Deviation of the angle by which the picture is turned, degrees."""
    zoom: float = 0.0
    """Deviation of the logarithm of its magnification."""


def build_cache(path: Path, pictures: Sequence[Path]) -> NDArray[np.uint8]:
    """Gather pictures, resized to 256x256, into one memory-mapped array, unless that file is there already.

    Parameters
    ----------
    path : Path
        The ``.npy`` file; its name must change with the pictures.
    pictures : sequence of Path
        Lossless colour pictures.

    Returns
    -------
    ndarray of uint8, shape (n, 256, 256, 3)
        sRGB, read-only.
    """
    import cv2

    shape = (len(pictures), COLOR_SIZE, COLOR_SIZE, 3)
    if not path.is_file():
        # Written, not mapped: on a full disk a mapped file kills its process.
        with replacing(path) as temporary, temporary.open("wb") as file:
            about = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, about)
            for picture in pictures:
                bgr = cv2.imread(str(picture), cv2.IMREAD_COLOR)
                if bgr is None:
                    raise WorkspaceError(
                        f"{picture}: missing or damaged", "Run `cartoonize extract` on its episode again."
                    )
                if bgr.shape != shape[1:]:
                    bgr = cv2.resize(bgr, shape[1:3], interpolation=cv2.INTER_AREA)
                file.write(bgr[..., ::-1].tobytes())
    return np.load(path, mmap_mode="r")


@dataclass(frozen=True)
class Samples:
    """Batches of (network input, true ab) from an array of coloured frames."""

    pictures: NDArray[np.uint8]
    """(n, 256, 256, 3) sRGB."""
    luminance: str = "grey"
    """``"grey"``: L of the black-and-white picture; ``"cielab"``: L of the coloured one, as in the thesis."""
    augmentation: Augmentation = Augmentation()
    seed: int = 0
    cell: int = 4
    """Side of the cells whose mean colours are the target."""
    labels: NDArray[np.int64] | None = None
    """(n,) what each picture shows, for a network that classifies, too."""

    def __len__(self) -> int:
        return len(self.pictures)

    def labels_of(self, number: int, size: int) -> Tensor:
        """Return the labels (size,) of the batch with this number; -1 if there are none."""
        if self.labels is None:
            return torch.full((size,), -1)
        return torch.from_numpy(self.labels[[self._row(number * size + k) for k in range(size)]])

    def batch(self, number: int, size: int, device: Any = "cpu") -> tuple[Tensor, Tensor]:
        """Return the training batch with this number: crops, mirrored at random, from shuffled epochs.

        Returns
        -------
        inputs : Tensor, shape (size, 1, 224, 224)
            L x 0.01.
        ab : Tensor, shape (size, 2, 56, 56)
            CIELAB a and b of the crop averaged over 4x4 pixels, or over other cells.
        """
        seed, device = self.seed * 1_000_003 + number, torch.device(device)
        generator = torch.Generator().manual_seed(seed)
        rows = [self._row(number * size + k) for k in range(size)]
        margin = COLOR_SIZE - CROP
        tops, lefts = torch.randint(margin + 1, (2, size), generator=generator).tolist()
        mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
        # Pinned memory is copied to a GPU while it works on something else.
        crops = torch.empty((size, CROP, CROP, 3), dtype=torch.uint8, pin_memory=device.type == "cuda")
        turns = self._turns(size, generator)
        for k, row in enumerate(rows):
            crop = _crop(self.pictures[row], tops[k], lefts[k], turns[k])
            crops.numpy()[k] = crop[:, ::-1] if mirrored[k] else crop
        rgb = crops.to(device, non_blocking=True)
        if self.luminance == "cielab":
            inputs = lightness(rgb) / 100
        else:
            # A GPU draws the grain itself: the same grain every time, though not the CPU's.
            grain = generator if device.type == "cpu" else torch.Generator(device).manual_seed(seed)
            inputs = self._random_print(rgb, generator, grain) / 100
        return inputs.unsqueeze(1), true_ab(rgb, self.cell)

    def rows(self, rows: Sequence[int], device: Any = "cpu") -> tuple[Tensor, Tensor]:
        """Return these frames unaugmented, whole frames resized to 224 as in use; shapes as `batch`."""
        rgb = torch.from_numpy(self.pictures[list(rows)]).to(device).float() / 255
        small = functional.interpolate(rgb.permute(0, 3, 1, 2), size=(CROP, CROP), mode="area")
        return to_network_size(self._lightness(rgb).unsqueeze(1)), true_ab(
            small.permute(0, 2, 3, 1), self.cell
        )

    def whole_frames(self, limit: int = 256) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield at most ``limit`` evenly spaced frames as (L x 0.01, ab) at full size, one at a time."""
        for row in sorted({k * len(self) // limit for k in range(limit)}):
            rgb = torch.from_numpy(np.array(self.pictures[row : row + 1])).float() / 255
            yield self._lightness(rgb).unsqueeze(1), rgb_to_lab(rgb)[..., 1:].permute(0, 3, 1, 2)

    def _lightness(self, rgb: Tensor) -> Tensor:
        """Return L x 0.01 (n, h, w) of unaugmented pictures (n, h, w, 3)."""
        if self.luminance == "cielab":
            return lightness(rgb) / 100
        return lightness_of_grey((rgb * rgb.new_tensor(_REC601)).sum(-1)) / 100

    def _row(self, position: int) -> int:
        epoch, offset = divmod(position, len(self.pictures))
        return int(_order(self.seed, epoch, len(self.pictures))[offset])

    def _turns(self, size: int, generator: torch.Generator) -> list[tuple[float, float]]:
        """Draw an angle in degrees and a magnification for each sample."""
        change = self.augmentation
        if not (change.turn or change.zoom):
            return [(0.0, 1.0)] * size
        angle, zoom = torch.randn(2, size, generator=generator)
        return list(zip((change.turn * angle).tolist(), (change.zoom * zoom).exp().tolist(), strict=True))

    def _random_print(self, rgb: Tensor, generator: torch.Generator, grain: torch.Generator) -> Tensor:
        """Return L of grey pictures, each as another print with its own weights, gamma, gain and grain.

        ``rgb`` is uint8, (n, h, w, 3); ``grain`` belongs to its device, ``generator`` to the CPU.
        """
        change, size, device = self.augmentation, len(rgb), rgb.device

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator).to(device)

        rec601 = torch.tensor(_REC601, device=device)
        weights = torch.softmax(rec601.log() + change.weights * normal(size, 3), 1)
        red, green, blue = (weights / 255).T.view(3, size, 1, 1)
        grey = rgb[..., 0] * red + rgb[..., 1] * green + rgb[..., 2] * blue
        gamma, gain, offset = normal(3, size, 1, 1)
        grey = grey.clamp_(min=1e-4) ** torch.exp(change.gamma * gamma)
        grey = (grey - 0.5) * (1 + change.contrast * gain) + 0.5 + change.contrast / 2 * offset
        amount = change.grain * torch.rand(size, 1, 1, generator=generator).to(device)
        noise = torch.randn(grey.shape, generator=grain, device=device)
        return _lightness_by_table((grey + amount * noise).clamp_(0, 1))


def _crop(picture: NDArray[np.uint8], top: int, left: int, turn: tuple[float, float]) -> NDArray[np.uint8]:
    """Cut 224x224 pixels out of a picture, turned by an angle and magnified around the middle of the cut."""
    if turn == (0.0, 1.0):
        return picture[top : top + CROP, left : left + CROP]
    import cv2

    angle, zoom = turn
    middle = (left + (CROP - 1) / 2, top + (CROP - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, angle, zoom) - np.array([[0, 0, left], [0, 0, top]])
    size, border = (CROP, CROP), cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=border), np.uint8)


def true_ab(rgb: Tensor, cell: int = 4) -> Tensor:
    """Return ab (n, 2, h/4, w/4) of pictures (n, h, w, 3), averaged over 4x4 pixels or another cell.

    Pictures are floating point in 0..1, or uint8 in 0..255, whose sums are whole numbers and cheap.
    """
    n, height, width, _ = rgb.shape
    is_bytes = rgb.dtype == torch.uint8
    dtype = torch.int16 if is_bytes else None
    columns = rgb.reshape(n, height // cell, cell, width // cell, cell * 3).sum(2, dtype=dtype)
    small = columns.view(n, height // cell, width // cell, cell, 3).sum(3)
    small = small / (cell * cell * 255 if is_bytes else cell * cell)
    return rgb_to_lab(small)[..., 1:].permute(0, 3, 1, 2)


def colors_of(samples: Samples, n_frames: int = 128, n_colors: int = 64) -> NDArray[np.float32]:
    """Return some true colours (n, 2), CIELAB ab: so many of each of at most so many evenly spaced frames.

    Single pixels, not averages: what lies on an outline is no paint.
    """
    rows = sorted({k * len(samples) // n_frames for k in range(n_frames)})
    places = np.random.default_rng(0).integers(0, COLOR_SIZE, (len(rows), 2, n_colors))
    rgb = np.concatenate([samples.pictures[row][y, x] for row, (y, x) in zip(rows, places, strict=True)])
    return rgb_to_lab(torch.from_numpy(rgb).float() / 255)[..., 1:].numpy()


def _lightness_by_table(grey: Tensor) -> Tensor:
    """Return CIE L of grey in 0..1 to within 0.02: a fifth of the time of two powers a pixel."""
    positions = (grey * (_N_LEVELS - 1) + 0.5).int().view(-1)
    return _levels(grey.device).index_select(0, positions).view(grey.shape)


_N_LEVELS = 4096


@lru_cache
def _levels(device: torch.device) -> Tensor:
    return lightness_of_grey(torch.linspace(0, 1, _N_LEVELS, device=device))


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, n: int) -> NDArray[np.intp]:
    return np.random.default_rng((seed, epoch)).permutation(n)
