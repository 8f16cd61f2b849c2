"""TrainingData: the frames that a training learns from, as a variant is to see them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cartoonize.atomic import write_text
from cartoonize.errors import WorkspaceError
from cartoonize.methods.variant import Variant
from cartoonize.workspace import EpisodeRecord, Manifest, Workspace, fingerprint_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartoonize.learning.samples import Samples

#: Turning in degrees, and magnification, of frames that an epoch shows more than once.
TURN, ZOOM = 5.0, 0.08
#: In the reports folder: how common each colour is in the training frames.
PRIOR = "prior.json"


@dataclass(frozen=True)
class TrainingData:
    """What all variants of one call learn from."""

    samples: Samples
    validation: Samples | None
    described: dict[str, Any]
    episodes: list[EpisodeRecord]
    """That the samples are of, in their order."""

    def seen_by(self, variant: Variant) -> TrainingData:
        """Return the same in the cells, the copies and with the labels that a variant learns from."""
        from cartoonize.learning.samples import Augmentation

        labels = self.labels(str(variant.training.get("labels", "none")))
        turned = Augmentation(turn=TURN, zoom=ZOOM) if variant.copies > 1 else Augmentation()
        return replace(
            self,
            samples=replace(self.samples, cell=variant.cell, augmentation=turned, labels=labels),
            validation=self.validation and replace(self.validation, cell=variant.cell),
        )

    def labels(self, kind: str) -> NDArray[np.int64] | None:
        """Return the number of each picture's episode or, with a new one at every cut, scene."""
        import numpy as np

        from cartoonize.color.luma import luma_of_rgb
        from cartoonize.detect.cuts import CutDetector

        if kind == "none":
            return None
        counts = [len(e.pictures) for e in self.episodes]
        if kind == "episode":
            return np.repeat(np.arange(len(counts)), counts)
        starts = np.zeros(sum(counts), np.int64)
        first = 0
        for count in counts:
            detector = CutDetector()
            for row in range(first, first + count):
                starts[row] = detector.is_cut(luma_of_rgb(self.samples.pictures[row])) or row == first
            first += count
        return np.cumsum(starts) - 1


def training_episodes(workspace: Workspace, manifest: Manifest) -> list[EpisodeRecord]:
    """Return the episodes to learn from, or raise `WorkspaceError` if there are none."""
    episodes = workspace.set_of(manifest, "train") if manifest.split else list(manifest.episodes.values())
    if not any(e.pictures for e in episodes):
        raise WorkspaceError(
            f"{workspace.root}: no frames to train on", "Run `cartoonize extract` on coloured episodes first."
        )
    return episodes


def describe_data(workspace: Workspace, manifest: Manifest) -> dict[str, Any]:
    """Name the episodes that a training would see, with a fingerprint of their frames."""
    episodes = training_episodes(workspace, manifest)
    held_out = workspace.set_of(manifest, "validation")
    frames = [[e.name, e.sha256, e.threshold, e.size, e.pictures] for e in [*episodes, *held_out]]
    return {
        "train": [e.name for e in episodes],
        "validation": [e.name for e in held_out],
        "frames": fingerprint_of(frames),
    }


def gather(workspace: Workspace, manifest: Manifest, luminance: str, seed: int) -> TrainingData:
    """Gather the frames of the training and validation episodes.

    Parameters
    ----------
    workspace : Workspace
    manifest : Manifest
    luminance : {"grey", "cielab"}
        What is looked at.
    seed : int
        Of order, cuts and prints.
    """
    from cartoonize.learning.samples import Samples, build_cache

    def samples(episodes: list[EpisodeRecord]) -> Samples:
        key = fingerprint_of([[e.name, e.sha256, e.threshold, e.size, e.pictures] for e in episodes])[:16]
        pictures = build_cache(workspace.cache / f"frames-{key}.npy", workspace.picture_paths(episodes))
        return Samples(pictures, luminance, seed=seed)

    episodes = training_episodes(workspace, manifest)
    held_out = workspace.set_of(manifest, "validation")
    return TrainingData(
        samples(episodes),
        samples(held_out) if any(e.pictures for e in held_out) else None,
        describe_data(workspace, manifest),
        episodes,
    )


def write_prior(workspace: Workspace, data: TrainingData) -> None:
    """Keep how often each ab bin occurs in the training frames (thesis, figure 5.2), for the report."""
    from cartoonize.color.bins import AB_BINS
    from cartoonize.learning.losses import bin_frequencies

    path = workspace.reports / PRIOR
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["frames"]
    except (OSError, ValueError, KeyError, TypeError):
        known = None
    if known == data.described["frames"]:
        return
    prior = {
        "episodes": data.described["train"],
        "n_frames": len(data.samples),
        "frames": data.described["frames"],
        "bins": AB_BINS.tolist(),
        "share": bin_frequencies(data.samples).tolist(),
    }
    write_text(path, json.dumps(prior) + "\n")
