"""Colorization of black-and-white cartoons (Sykora, Burianek, Zara 2005): regions, patches, relaxation.

Outlines part a picture in regions. A region is compared with those of coloured frames by patches and by
features of its own, and those most alike vote for their colours by how like they are. The votes are
probabilities, and those of neighbouring regions support each other by how often such colours are neighbours
in the coloured frames: probabilistic relaxation (Rosenfeld, Hummel, Zucker 1976). A region takes its most
probable colour; a pixel's colour follows its brightness within the region. Regions of the background have
the colours of their place.

Different from the paper: its examples are frames of the same shot or sequence, which a user coloured and goes
on correcting. Here they are training frames of any shot; those whose thumbnails are alike count more, but
regions of all may vote, since with the 24 most alike alone the error on another episode was a seventh higher.
The compatibility of colours is the logarithm of how much more often they are neighbours than by chance, as
Peleg and Rosenfeld (1978) have it. Backgrounds are not coloured by hand but from coloured frames, displaced.
All colours are CIELAB's a and b, as everywhere in this program, and luminance stays that of the film, where
the paper lets the user choose the brightness of paints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.frames import Place
from cartoonize.methods.classical.common.background import foreground
from cartoonize.methods.classical.common.batches import answer_of, batch_of, pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted import check_range
from cartoonize.methods.classical.common.frame_store import FrameStore, thumbnail
from cartoonize.methods.classical.common.guides import Reference
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

#: Frames that are kept.
N_KEPT = 250
#: Difference of thumbnails that counts as one in unlikeness, root of the mean square of L x 0.01.
FRAME_UNIT = 0.3
#: Brighter pixels of a region have up to so many times its chroma.
BRIGHTEST = 1.2

#: Frames that are tried for a background.
N_PLACES = 8
#: Without a plate, a region with this deviation of L x 0.01 is textured as backgrounds are.
TEXTURED = 0.06


class Sykora(FrameStore):
    """Colours regions like those of coloured frames; without any, it makes all grey.

    Parameters
    ----------
    references : sequence of Reference
        Learned from at once; no fit is needed.
    seed : int
        Of the choice of frames to keep if there are too many.
    """

    n_regions: Tensor
    """(frames,) int16."""
    features: Tensor
    """(frames, 96, 8): of regions, as `Regions`; 0 beyond a frame's last one, as all that follows."""
    patches: Tensor
    """(frames, 96, 5, 128) int8."""
    ab: Tensor
    """(frames, 96, 2) float16: median ab."""
    touching: Tensor
    """(frames, 96, 96) bool: which regions are neighbours."""
    pictures: Tensor
    """(frames, 3, 64, 64) int8: L, a, b."""

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
        """Raise `ValueError` if a frame has more regions than are kept, or not all is kept of one."""
        super().check()
        check_range(self.n_regions, 0, N_REGIONS)

    @property
    def guided_at(self) -> frozenset[int]:
        """Frames at which its answer changes though the drawing be held: none."""
        return frozenset()

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Keep training frames; of too many, some drawn at random."""
        super().fit(batches)
        n = len(self.thumbnails)
        if n > N_KEPT:
            kept = np.sort(np.random.default_rng(self._seed).choice(n, N_KEPT, replace=False))
            for name, tensor in list(self.named_buffers()):
                setattr(self, name, tensor[torch.from_numpy(kept)].clone())

    def keep(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Keep descriptions and colours of regions, and a small picture."""
        kept = [_example(*pair) for pair in pictures_of([(luminance, ab)])]
        return {name: torch.stack([example[name] for example in kept]) for name in kept[0]}

    @torch.no_grad()
    def forward(self, luminance: Tensor, *, places: Sequence[Place] = ()) -> Tensor:
        """Colour pictures.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        places : sequence of Place
            With the background of each picture's shot. Without it, what belongs to the background is judged
            from the picture alone.

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
        return answer_of(colored, luminance)

    def _color(
        self, luminance: NDArray[np.float32], plate: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        regions = describe(luminance)
        ab = color_regions(regions, self._examples(luminance))
        behind, seen = _background(luminance, regions, plate)
        rows = self._distances(seen).argsort(stable=True)[:N_PLACES]
        placed = place_colors(seen, regions.labels, to_numpy(self.pictures[rows]))
        known = behind & np.isfinite(placed[:, 0])
        ab[known] = placed[known]
        return paint(luminance, regions, ab)

    def _distances(self, luminance: NDArray[np.float32]) -> Tensor:
        """Return mean squares of differences of thumbnails, (frames,)."""
        wanted = thumbnail(torch.from_numpy(luminance)[None, None]).to(self.thumbnails.device)
        return (self.thumbnails.float() - wanted).square().flatten(1).mean(1)

    def _examples(self, luminance: NDArray[np.float32]) -> Examples:
        """Return all regions that are kept, and how unlike a picture their frames are."""
        ab = to_numpy(self.ab)
        exists = np.arange(N_REGIONS) < self.n_regions.cpu().numpy()[:, None]
        numbers = np.cumsum(exists.ravel()).reshape(exists.shape) - 1
        frames, ones, others = np.nonzero(self.touching.cpu().numpy())
        apart = to_numpy(self._distances(luminance)) / FRAME_UNIT**2
        return Examples(
            to_numpy(self.features)[exists],
            self.patches.cpu().numpy()[exists],
            ab[exists],
            np.broadcast_to(apart[:, None], exists.shape)[exists],
            np.stack([numbers[frames, ones], numbers[frames, others]], 1),
        )


def paint(luminance: NDArray[np.float32], regions: Regions, ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give pixels the colours of regions, (n, 2); return ab (h, w, 2).

    Chroma follows brightness, so that a shade keeps hue and saturation.
    """
    paints = medians(luminance, np.where(regions.inside, regions.labels, -1))
    brightness = np.clip(luminance / np.maximum(paints[regions.labels], 0.01), 0, BRIGHTEST)
    return (ab[regions.labels] * brightness[..., None]).astype(np.float32)


def _example(luminance: NDArray[np.float32], ab: NDArray[np.float32]) -> dict[str, Tensor]:
    """Return what is kept of a frame: L x 0.01 (h, w) and ab (h, w, 2)."""
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
    """Return which regions belong to the background, (n,), and the picture with less before it, (h, w)."""
    if plate is None:
        return regions.features[:, DEVIATION] >= TEXTURED, luminance
    is_known = np.isfinite(plate)
    before = foreground(luminance, np.where(is_known, plate, 0), is_known)
    shares = np.bincount(regions.labels.ravel(), before.ravel()) / np.bincount(regions.labels.ravel())
    return shares < 0.5, np.where(is_known, plate, luminance).astype(np.float32)
