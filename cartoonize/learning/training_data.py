"""Training data: the frames of the training and validation episodes, with labels for some variants."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cartoonize.atomic import write_text
from cartoonize.errors import WorkspaceError
from cartoonize.methods.variant import Variant
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Credits, EpisodeRecord, Manifest, Workspace, fingerprint_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartoonize.learning.samples import Samples

#: Standard deviations of rotation (degrees) and log zoom of frames that an epoch shows more than once.
ROTATION, ZOOM = 5.0, 0.08
#: With ``learn_credits``, one of this many frames of the credits is learned.
_EVERY = 4
#: File in the reports folder: frequency of each colour in the training frames.
PRIOR = "prior.json"


@dataclass(frozen=True)
class TrainingData:
    """Frames that all variants of a training share."""

    samples: Samples
    validation: Samples | None
    description: dict[str, Any]
    """Names of the episodes and a fingerprint of their frames, for checkpoint headers."""
    episodes: list[EpisodeRecord]
    """Episodes of ``samples``, in the order of their frames."""

    def for_variant(self, variant: Variant, print_variation: float = 1.0) -> TrainingData:
        """Return the data with the sizes, the augmentation, the labels and the resampling of a variant.

        Parameters
        ----------
        variant : Variant
        print_variation : float
            Factor on the random changes of grey, see `Augmentation.of_prints`.
        """
        from cartoonize.learning.augmentation import Augmentation
        from cartoonize.methods.networks.inputs import NETWORK_SIZE

        labels = self.labels(str(variant.training.get("labels", "none")))
        weights = self._rarity() if variant.training.get("resample") else None
        side = variant.network_size or NETWORK_SIZE
        augmentation = Augmentation.of_prints(print_variation)
        if variant.copies > 1:
            augmentation = replace(augmentation, rotation=ROTATION, zoom=ZOOM)
        return replace(
            self,
            samples=replace(
                self.samples,
                cell=variant.cell,
                side=side,
                augmentation=augmentation,
                labels=labels,
                weights=weights,
            ),
            validation=self.validation and replace(self.validation, cell=variant.cell, side=side),
        )

    def _rarity(self) -> NDArray[np.float64]:
        """Return the probability of each frame if those with rare colours are shown more often."""
        from cartoonize.color.bins import rebalancing_weights
        from cartoonize.learning.losses import bin_frequencies
        from cartoonize.learning.samples import rarity_of_pictures

        return rarity_of_pictures(self.samples, rebalancing_weights(bin_frequencies(self.samples)))

    def labels(self, kind: str) -> NDArray[np.int64] | None:
        """Return a class for each frame.

        Parameters
        ----------
        kind : {"none", "episode", "scene"}
            Number of the frame's episode, or of its scene; a scene begins at every cut.

        Returns
        -------
        ndarray of int64, shape (n,), or None
        """
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


def training_episodes(
    workspace: Workspace, manifest: Manifest, *, learn_credits: bool = False
) -> list[EpisodeRecord]:
    """Return the training episodes; without a split, all episodes.

    Parameters
    ----------
    workspace : Workspace
    manifest : Manifest
    learn_credits : bool
        Count every fourth frame of the credits as a frame like any other. The frames of credits are many and
        alike.

    Raises
    ------
    WorkspaceError
        If they have no frames.
    """
    episodes = workspace.training_episodes(manifest)
    if not any(e.pictures for e in episodes):
        raise WorkspaceError(
            f"{workspace.root}: no frames to train on", "Run `cartoonize extract` on coloured episodes first."
        )
    return [_with_some_credits(e) for e in episodes] if learn_credits else episodes


def _with_some_credits(episode: EpisodeRecord) -> EpisodeRecord:
    """Return an episode in which every fourth frame of the credits is a frame like any other."""
    credits = [frame for frame in episode.frames if episode.credits.covers(frame[0])]
    left_out = set(credits) - set(credits[::_EVERY])
    frames = tuple(frame for frame in episode.frames if frame not in left_out)
    return replace(episode, frames=frames, credits=Credits())


def describe_data(workspace: Workspace, manifest: Manifest, *, learn_credits: bool = False) -> dict[str, Any]:
    """Return the names of the training and validation episodes, and a fingerprint of their frames."""
    episodes = training_episodes(workspace, manifest, learn_credits=learn_credits)
    held_out = workspace.set_of(manifest, "validation")
    frames = [[e.name, e.sha256, e.threshold, e.size, e.pictures] for e in [*episodes, *held_out]]
    return {
        "train": [e.name for e in episodes],
        "validation": [e.name for e in held_out],
        "frames": fingerprint_of(frames),
    }


def load_training_data(
    workspace: Workspace,
    manifest: Manifest,
    luminance: str,
    seed: int,
    *,
    learn_credits: bool = False,
    reporter: Reporter = LOG,
) -> TrainingData:
    """Load the frames of the training and validation episodes; build their cache if it is missing.

    Parameters
    ----------
    workspace : Workspace
    manifest : Manifest
    luminance : {"grey", "cielab"}
        Input of the networks, see `cartoonize.learning.samples.Samples`.
    seed : int
        Seed of the order, the crops and the augmentation.
    learn_credits : bool
        See `training_episodes`.
    reporter : Reporter
        Receives progress.

    Raises
    ------
    WorkspaceError
        If there are no frames, or one is missing.
    """
    from cartoonize.learning.frame_cache import build_cache
    from cartoonize.learning.samples import Samples

    def samples(episodes: list[EpisodeRecord], label: str) -> Samples:
        key = fingerprint_of([[e.name, e.sha256, e.threshold, e.size, e.pictures] for e in episodes])[:16]
        path = workspace.cache / f"frames-{key}.npy"
        pictures = build_cache(path, workspace.picture_paths(episodes), label=label, reporter=reporter)
        return Samples(pictures, luminance, seed=seed, statistics=path.with_suffix(""))

    episodes = training_episodes(workspace, manifest, learn_credits=learn_credits)
    held_out = workspace.set_of(manifest, "validation")
    return TrainingData(
        samples(episodes, "reading frames"),
        samples(held_out, "reading validation frames") if any(e.pictures for e in held_out) else None,
        describe_data(workspace, manifest, learn_credits=learn_credits),
        episodes,
    )


def write_prior(workspace: Workspace, data: TrainingData, *, reporter: Reporter = LOG) -> None:
    """Write the frequency of each ab bin in the training frames (thesis, figure 5.2), for the report.

    An existing file of the same frames is left as it is.
    """
    from cartoonize.color.bins import AB_BINS
    from cartoonize.learning.losses import bin_frequencies

    path = workspace.reports / PRIOR
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["frames"]
    except (OSError, ValueError, KeyError, TypeError):
        known = None
    if known == data.description["frames"]:
        return
    prior = {
        "episodes": data.description["train"],
        "n_frames": len(data.samples),
        "frames": data.description["frames"],
        "bins": AB_BINS.tolist(),
        "share": bin_frequencies(data.samples, reporter=reporter).tolist(),
    }
    write_text(path, json.dumps(prior) + "\n")
