"""Adapt: trained networks learn a few coloured frames more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import CheckpointError, UsageError
from cartoonize.learning.runs import TrainProgress, TrainSummary, check_training, write_run
from cartoonize.methods.registry import variant_of
from cartoonize.workspace import EpisodeRecord, Workspace, fingerprint_of

SUFFIX = "-adapted"

#: Frames of an epoch, and the part of them that are references; the others are training frames.
_N_FRAMES, _SHARE = 256, 0.5


@dataclass(frozen=True)
class AdaptOptions:
    """How to adapt."""

    minutes: float = 2.0
    """Of training, for each checkpoint."""
    seed: int = 0
    batch_size: int | None = None
    """Frames an update; default: the variant's own, at most 16."""
    learning_rate: float = 1e-3
    precision: str = "auto"
    """``bfloat16``, ``float32``, or whichever the device has hardware for."""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.minutes > 0:
            raise UsageError(f"{self.minutes:g} minutes are no time to learn", "The default is 2.")
        check_training(
            counts=(self.batch_size,),
            seed=self.seed,
            learning_rate=self.learning_rate,
            precision=self.precision,
        )


def adapt(
    workspace: Workspace,
    checkpoint: Path,
    references: NDArray[np.uint8],
    *,
    names: Sequence[str],
    options: AdaptOptions,
    progress: Callable[[TrainProgress], None] = lambda reached: None,
) -> TrainSummary:
    """Go on training a network, half of the time on references, half on the workspace's training frames.

    The colours of the references become the network's own: of what they show, wherever in the episode it is.
    The frames learned before keep it from forgetting the rest. What it becomes is written as another run,
    ``runs/NAME-adapted``; the network itself stays as it was.

    Parameters
    ----------
    workspace : Workspace
        Its training frames, if there are any, are half of what is learned.
    checkpoint : Path
        Of a network.
    references : ndarray of uint8, shape (n, 256, 256, 3)
        sRGB; at least one.
    names : sequence of str
        Of the references, for the checkpoint's header.
    options : AdaptOptions
    progress : callable
        Called after every update.

    Raises
    ------
    CheckpointError
        If it is none, or not of a network.
    """
    import torch

    from cartoonize.devices import pick_device, uses_bfloat16
    from cartoonize.learning.losses import loss_for
    from cartoonize.learning.samples import Samples
    from cartoonize.learning.trainer import Schedule, fit
    from cartoonize.methods.checkpoint import read_checkpoint

    header, tensors = read_checkpoint(checkpoint)
    variant = variant_of(header, checkpoint)
    if variant.kind != "network":
        raise CheckpointError(f"{checkpoint}: not of a network", "Give a model.safetensors of a trained one.")
    name = f"{_run_name(checkpoint, variant.name).removesuffix(SUFFIX)}{SUFFIX}"
    width, luminance = float(header["width"]), str(header["luminance"])
    model = variant.build(width)
    model.load_state_dict(tensors)
    with workspace.locked(new=True):
        manifest = workspace.load()
        held_out = workspace.set_of(manifest, "validation")
        known = workspace.set_of(manifest, "train") if manifest.split else list(manifest.episodes.values())
        pictures = _mixed(workspace, known, references, options.seed)
        samples = Samples(pictures, luminance, seed=options.seed, cell=variant.cell)
        validation = Samples(_some(workspace, held_out, 64, options.seed), luminance, cell=variant.cell)
        device = pick_device(options.device)
        batch_size = options.batch_size or min(16, variant.batch_size)
        schedule = Schedule(
            minutes=options.minutes, batch_size=batch_size, accumulate=1, learning_rate=options.learning_rate
        )
        bfloat16 = uses_bfloat16(options.precision, device)
        torch.manual_seed(options.seed)
        reached = fit(
            model,
            samples,
            validation if len(validation) else None,
            loss=loss_for(variant.loss, samples, rebalance=variant.rebalance, settings=variant.training),
            schedule=schedule,
            device=device,
            bfloat16=bfloat16,
            on_update=lambda now, share: progress(TrainProgress.at(name, now, share)),
        )
        settings = {
            "seed": options.seed, "bfloat16": bfloat16, "batch_size": batch_size, "accumulate": 1,
            "learning_rate": options.learning_rate,
        }  # fmt: skip
        described: dict[str, Any] = {
            "name": name,
            "width": width,
            "luminance": luminance,
            "n_samples": len(samples),
            "settings": settings,
            "data": {
                "train": [e.name for e in known],
                "validation": [e.name for e in held_out],
                "frames": fingerprint_of([e.sha256 for e in known]),
            },
            **{key: header[key] for key in ("changes", "encoder") if key in header},
            "adapted": {"from": header["sha256"], "references": list(names)},
        }
        scores = {key: reached.validations[-1][key] for key in ("loss", "ab_error")}
        return write_run(workspace, name, variant, model, described, reached, scores)


def _run_name(checkpoint: Path, variant: str) -> str:
    """Return the name of a checkpoint's run, or its variant's if it lies elsewhere."""
    folder = checkpoint.resolve().parent
    return folder.name if folder.parent.name == "runs" else variant


def _mixed(
    workspace: Workspace, known: Sequence[EpisodeRecord], references: NDArray[np.uint8], seed: int
) -> NDArray[np.uint8]:
    """Return as many references, repeated, as training frames, or references alone."""
    others = _some(workspace, known, round(_N_FRAMES * (1 - _SHARE)), seed)
    n = max(len(references), round(_N_FRAMES * _SHARE) if len(others) else len(references))
    return np.concatenate([references[np.arange(n) % len(references)], others])


def _some(workspace: Workspace, episodes: Sequence[EpisodeRecord], n: int, seed: int) -> NDArray[np.uint8]:
    """Return at most n kept pictures of episodes, drawn by the seed: (n, 256, 256, 3)."""
    from cartoonize.frames import area_average
    from cartoonize.video.images import read_picture

    paths = workspace.picture_paths(episodes)
    drawn = np.random.default_rng(seed).permutation(len(paths))[:n]
    found = [area_average(read_picture(paths[k])) for k in sorted(drawn.tolist())]
    return np.stack(found) if found else np.empty((0, 256, 256, 3), np.uint8)
