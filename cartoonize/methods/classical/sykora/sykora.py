"""Colorization of black-and-white cartoons (Sykora, Burianek, Zara 2005): regions, patches, relaxation.

Outlines divide a picture into regions. A region is compared with the regions of coloured frames by patches
and features. The most similar regions vote for their colours, weighted by similarity. The votes become
probabilities, and probabilistic relaxation (Rosenfeld, Hummel, Zucker 1976) updates them: the colours of
neighbouring regions support each other if they are often neighbours in the coloured frames. Each region gets
its most probable colour, and the chroma of a pixel follows its brightness within the region. Regions of the
background get the colours of the same place in a coloured frame.

Differences from the paper:

- The paper's examples are frames of the same shot or sequence, which a user colours and corrects. Here they
  are training frames of any shot. Frames with a similar thumbnail weigh more, but regions of all frames vote:
  with the 24 most similar frames alone, the error on another episode was a seventh higher.
- The compatibility of two colours is the logarithm of how much more often they are neighbours than by chance,
  as in Peleg and Rosenfeld (1978).
- Backgrounds are not coloured by hand, but from coloured frames that are shifted into position.
- Dust spots and scratches are not removed.
- The final frame is not composed of a coloured background and a foreground layer. The method returns only
  CIELAB a and b of each pixel, and the luminance of the film is kept. In the paper, the user may choose the
  brightness of paints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.annotations.references import Reference
from cartoonize.frames import Place
from cartoonize.methods.classical.common.background import foreground
from cartoonize.methods.classical.common.batches import ab_batch, batch_of, pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted_module import check_range
from cartoonize.methods.classical.common.frame_store import FrameStore, thumbnail
from cartoonize.methods.classical.sykora.place_colors import PLACES, place_colors, resized
from cartoonize.methods.classical.sykora.region_colors import Examples, color_regions
from cartoonize.methods.classical.sykora.region_features import (
    DEVIATION,
    N_POINTS,
    N_REGIONS,
    N_VALUES,
    UNITS,
    Regions,
    describe,
    medians,
)

#: Maximum number of frames stored.
N_STORED = 250
#: Unit of the difference of thumbnails in the dissimilarity: root mean square, L x 0.01.
FRAME_UNIT = 0.3
#: Chroma of the brightest pixels of a region, as a multiple of the chroma of the region.
MAX_GAIN = 1.2

#: Number of frames that are tried for the colours of a background.
N_PLACES = 8
#: Without a plate, a region belongs to the background if the standard deviation of its L x 0.01 is at least
#: this, since backgrounds are textured.
TEXTURED = 0.06


class Sykora(FrameStore):
    """Colouring of regions by similar ones of coloured frames; grey without any.

    Parameters
    ----------
    references : sequence of Reference
        If given, the module is fitted to them immediately.
    seed : int
        Seed of the random choice of frames to store if there are too many.
    """

    n_regions: Tensor
    """(frames,) int16 number of regions of each frame."""
    features: Tensor
    """(frames, 96, 8) features as in `Regions`; this and what follows is 0 beyond a frame's last region."""
    patches: Tensor
    """(frames, 96, 5, 128) int8 patches as in `Regions`."""
    ab: Tensor
    """(frames, 96, 2) float16 median ab of each region."""
    touching: Tensor
    """(frames, 96, 96) bool, True for neighbouring regions."""
    pictures: Tensor
    """(frames, 3, 64, 64) int8 L, a and b of small pictures."""

    def __init__(self, references: Sequence[Reference] = (), seed: int = 0) -> None:
        super().__init__(
            n_regions=torch.empty(0, dtype=torch.int16),
            features=torch.empty(0, N_REGIONS, len(UNITS)),
            patches=torch.empty(0, N_REGIONS, N_POINTS, N_VALUES, dtype=torch.int8),
            ab=torch.empty(0, N_REGIONS, 2, dtype=torch.float16),
            touching=torch.empty(0, N_REGIONS, N_REGIONS, dtype=torch.bool),
            pictures=torch.empty(0, 3, PLACES, PLACES, dtype=torch.int8),
        )
        self._seed = seed
        if references:
            self.fit(batch_of(r.luminance, r.ab) for r in references)

    def check(self) -> None:
        """Raise `ValueError` if the buffers differ in length or a number of regions is out of range."""
        super().check()
        check_range(self.n_regions, 0, N_REGIONS)

    @property
    def guided_at(self) -> frozenset[int]:
        """Indices of the frames at which the result changes while a drawing is held: none."""
        return frozenset()

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Store training frames. If there are too many, a random choice of them is stored."""
        super().fit(batches)
        n = len(self.thumbnails)
        if n > N_STORED:
            chosen = np.sort(np.random.default_rng(self._seed).choice(n, N_STORED, replace=False))
            for name, tensor in list(self.named_buffers()):
                setattr(self, name, tensor[torch.from_numpy(chosen)].clone())

    def extract(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return descriptions and colours of regions, and a small picture."""
        examples = [_example(*pair) for pair in pictures_of([(luminance, ab)])]
        return {name: torch.stack([example[name] for example in examples]) for name in examples[0]}

    @torch.no_grad()
    def forward(self, luminance: Tensor, *, places: Sequence[Place] = ()) -> Tensor:
        """Colour pictures.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        places : sequence of Place
            Places of the pictures, with the backgrounds of their shots. Without a background, the regions of
            the background are chosen from the picture alone.

        Returns
        -------
        Tensor, shape (n, 2, h, w)
            CIELAB a and b.
        """
        if len(self.thumbnails) == 0:
            return torch.zeros_like(luminance, dtype=torch.float32).repeat(1, 2, 1, 1)
        plates = [place.background for place in places] or [None] * len(luminance)
        colored = [
            self._color(picture, plate)
            for picture, plate in zip(to_numpy(luminance[:, 0]), plates, strict=True)
        ]
        return ab_batch(colored, luminance)

    def _color(
        self, luminance: NDArray[np.float32], plate: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        regions = describe(luminance)
        ab = color_regions(regions, self._examples(luminance))
        is_background, shown = _background(luminance, regions, plate)
        rows = self._distances(shown).argsort(stable=True)[:N_PLACES]
        placed = place_colors(shown, regions.labels, to_numpy(self.pictures[rows]))
        known = is_background & np.isfinite(placed[:, 0])
        ab[known] = placed[known]
        return paint(luminance, regions, ab)

    def _distances(self, luminance: NDArray[np.float32]) -> Tensor:
        """Return the mean squared differences of the thumbnails to that of a picture, (frames,)."""
        wanted = thumbnail(torch.from_numpy(luminance)[None, None]).to(self.thumbnails.device)
        return (self.thumbnails.float() - wanted).square().flatten(1).mean(1)

    def _examples(self, luminance: NDArray[np.float32]) -> Examples:
        """Return all stored regions, with the dissimilarities of their frames to a picture."""
        ab = to_numpy(self.ab)
        exists = np.arange(N_REGIONS) < self.n_regions.cpu().numpy()[:, None]
        numbers = np.cumsum(exists.ravel()).reshape(exists.shape) - 1
        frames, ones, others = np.nonzero(self.touching.cpu().numpy())
        distances = to_numpy(self._distances(luminance)) / FRAME_UNIT**2
        return Examples(
            to_numpy(self.features)[exists],
            self.patches.cpu().numpy()[exists],
            ab[exists],
            np.broadcast_to(distances[:, None], exists.shape)[exists],
            np.stack([numbers[frames, ones], numbers[frames, others]], 1),
        )


def paint(luminance: NDArray[np.float32], regions: Regions, ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ab (h, w, 2) of pixels from the colours of regions, (n, 2).

    Chroma is proportional to brightness within a region, so that shades keep hue and saturation.
    """
    paints = medians(luminance, np.where(regions.inside, regions.labels, -1))
    brightness = np.clip(luminance / np.maximum(paints[regions.labels], 0.01), 0, MAX_GAIN)
    return (ab[regions.labels] * brightness[..., None]).astype(np.float32)


def _example(luminance: NDArray[np.float32], ab: NDArray[np.float32]) -> dict[str, Tensor]:
    """Return what is stored of a frame, L x 0.01 (h, w) and ab (h, w, 2)."""
    regions = describe(luminance)
    n = len(regions.features)
    cores = np.where(regions.inside, regions.labels, -1)
    colors = np.stack([medians(ab[..., k], cores) for k in range(2)], 1)
    small = resized(np.stack([luminance * 100, ab[..., 0], ab[..., 1]]), PLACES, PLACES)

    def padded(values: NDArray, n_axes: int = 1) -> Tensor:
        widths = [(0, N_REGIONS - n if axis < n_axes else 0) for axis in range(values.ndim)]
        return torch.from_numpy(np.pad(values, widths))

    return {
        "n_regions": torch.tensor(n, dtype=torch.int16),
        "features": padded(regions.features),
        "patches": padded(regions.patches),
        "ab": padded(colors),
        "touching": padded(regions.contacts > 0, 2),
        "pictures": torch.from_numpy(np.clip(np.rint(small), -127, 127).astype(np.int8)),
    }


def _background(
    luminance: NDArray[np.float32], regions: Regions, plate: NDArray[np.float32] | None
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return which regions belong to the background, (n,), and a picture without the foreground, (h, w).

    The picture shows the plate where it is known, and luminance elsewhere.
    """
    if plate is None:
        return regions.features[:, DEVIATION] >= TEXTURED, luminance
    is_known = np.isfinite(plate)
    is_foreground = foreground(luminance, np.where(is_known, plate, 0), is_known)
    shares = np.bincount(regions.labels.ravel(), is_foreground.ravel()) / np.bincount(regions.labels.ravel())
    return shares < 0.5, np.where(is_known, plate, luminance).astype(np.float32)
