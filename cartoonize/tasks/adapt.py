"""Adapt: train networks further on a few coloured frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import CheckpointError, UsageError
from cartoonize.learning.runs import TrainSummary, check_length, check_training_options, write_run
from cartoonize.learning.training_data import TrainingData
from cartoonize.methods.registry import variant_of
from cartoonize.methods.variant import Variant
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import EpisodeRecord, Workspace, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.learning.schedule import Schedule

#: Ending of the names of adapted runs.
SUFFIX = "-adapted"

#: Frames of an epoch, and the share of references among them. The others are training frames.
_N_FRAMES, _SHARE = 256, 0.5
#: Largest number of validation frames.
_N_VALIDATION = 64
#: Largest default batch size.
_MAX_BATCH_SIZE = 16


@dataclass(frozen=True)
class AdaptOptions:
    """Options of an adaptation."""

    updates: int = 100
    """Length of the training of each network, in updates of the weights."""
    minutes: float | None = None
    """Limit of the training time of each network, beside its length."""
    seed: int = 0
    batch_size: int | None = None
    """Frames of an update; None for the variant's own, at most 16."""
    learning_rate: float = 1e-3
    precision: str = "auto"
    """``bfloat16``, ``float32``, or ``auto``: bfloat16 if the device has hardware for it."""
    device: str = "auto"

    def __post_init__(self) -> None:
        check_length(updates=self.updates, minutes=self.minutes)
        check_training_options(
            counts=(self.batch_size,),
            seed=self.seed,
            learning_rate=self.learning_rate,
            precision=self.precision,
        )


def adapt_to_references(
    workspace: Workspace,
    checkpoints: Sequence[Path],
    references: Sequence[Path],
    *,
    options: AdaptOptions,
    reporter: Reporter = LOG,
) -> list[TrainSummary]:
    """Adapt networks to coloured frames, one network after the other; see `adapt`.

    Parameters
    ----------
    workspace : Workspace
    checkpoints : sequence of Path
        Checkpoints of networks.
    references : sequence of Path
        Pictures, or folders of pictures. Partly painted pictures are left out.
    options : AdaptOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    UsageError
        If there are no references, or all of them are partly painted.
    SourceError, CheckpointError
        If a file cannot be read.
    """
    if not references:
        raise UsageError("--from requires --reference", "Name the coloured frames to adapt to.")
    from cartoonize.annotations.references import read_references
    from cartoonize.methods.checkpoint import read_header

    for checkpoint in checkpoints:
        read_header(checkpoint)
    found = read_references(references)
    whole = [reference for reference in found if reference.is_whole]
    for reference in found:
        if not reference.is_whole:
            reporter.warning(f"Not used, because only a part of it is painted: {reference.path}")
    if not whole:
        raise UsageError("no reference is painted completely", "Paint at least one whole frame.")
    pictures = np.stack([reference.rgb for reference in whole if reference.rgb is not None])
    reporter.info(f"Adapting {len(checkpoints)} network(s): {options.updates} updates each.")
    names = [reference.path.name for reference in whole]
    return [
        adapt(workspace, checkpoint, pictures, names=names, options=options, reporter=reporter)
        for checkpoint in checkpoints
    ]


def adapt(
    workspace: Workspace,
    checkpoint: Path,
    references: NDArray[np.uint8],
    *,
    names: Sequence[str],
    options: AdaptOptions,
    reporter: Reporter = LOG,
) -> TrainSummary:
    """Train a network further, half of the time on references and half on the workspace's training frames.

    The network learns the colours of what the references show, wherever that is in the episode. The training
    frames keep it from forgetting the rest. The result is a new run, ``runs/NAME-adapted``; the checkpoint of
    the network does not change. A network that was trained against a discriminator is adapted without it.

    Parameters
    ----------
    workspace : Workspace
        Its training frames, if there are any, are half of the data.
    checkpoint : Path
        Checkpoint of a network.
    references : ndarray of uint8, shape (n, 256, 256, 3)
        sRGB; at least one.
    names : sequence of str
        Names of the references, for the checkpoint's header.
    options : AdaptOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    CheckpointError
        If the checkpoint is damaged, unreadable, or not of a network.
    """
    import torch

    from cartoonize.devices import pick_device, uses_bfloat16
    from cartoonize.learning.losses import loss_for
    from cartoonize.learning.trainer import Compute, Trainer
    from cartoonize.methods.checkpoint import read_checkpoint

    header, tensors = read_checkpoint(checkpoint)
    variant = variant_of(header, checkpoint)
    if variant.kind != "network":
        raise CheckpointError(f"{checkpoint}: not of a network", "Use the model.safetensors of a network.")
    name = f"{_run_name(checkpoint, variant.name).removesuffix(SUFFIX)}{SUFFIX}"
    model = variant.build(float(header["width"]))
    model.load_state_dict(tensors)
    with workspace.locked(new=True):
        data = _load_data(workspace, references, variant, str(header["luminance"]), options.seed)
        device = pick_device(options.device)
        schedule = _schedule(variant, options)
        compute = Compute(device, uses_bfloat16(options.precision, device))
        torch.manual_seed(options.seed)
        loss = loss_for(variant, data.samples)
        trainer = Trainer(model, data.samples, data.validation, loss=loss, schedule=schedule, compute=compute)
        progress = trainer.run(name, reporter=reporter)
        description: dict[str, Any] = {
            "name": name,
            "width": float(header["width"]),
            "luminance": data.samples.luminance,
            "n_samples": len(data.samples),
            "settings": {
                "seed": options.seed,
                "bfloat16": compute.bfloat16,
                "batch_size": schedule.batch_size,
                "accumulate": schedule.accumulate,
                "learning_rate": options.learning_rate,
            },
            "data": data.description,
            **{key: header[key] for key in ("changes", "encoder") if key in header},
            "adapted": {"from": header["sha256"], "references": list(names)},
        }
        scores = {key: progress.kept_validation[key] for key in ("loss", "ab_error")}
        return write_run(workspace, name, variant, model, description, progress, scores)


def _schedule(variant: Variant, options: AdaptOptions) -> Schedule:
    from cartoonize.learning.schedule import Schedule

    return Schedule(
        updates=options.updates,
        minutes=options.minutes,
        batch_size=options.batch_size or min(_MAX_BATCH_SIZE, variant.batch_size),
        accumulate=1,
        learning_rate=options.learning_rate,
    )


def _load_data(
    workspace: Workspace, references: NDArray[np.uint8], variant: Variant, luminance: str, seed: int
) -> TrainingData:
    """Return references and training frames as samples, and some frames of the validation episodes."""
    from cartoonize.learning.samples import Samples

    manifest = workspace.load()
    held_out = workspace.set_of(manifest, "validation")
    known = workspace.set_of(manifest, "train") if manifest.split else list(manifest.episodes.values())
    samples = Samples(_mix(workspace, known, references, seed), luminance, seed=seed, cell=variant.cell)
    validation = Samples(_read_some(workspace, held_out, _N_VALIDATION, seed), luminance, cell=variant.cell)
    description = {
        "train": [e.name for e in known],
        "validation": [e.name for e in held_out],
        "frames": fingerprint_of([e.sha256 for e in known]),
    }
    return TrainingData(samples, validation if len(validation) else None, description, known)


def _run_name(checkpoint: Path, variant: str) -> str:
    """Return the name of a checkpoint's run, or the name of its variant if it is not in a folder of runs."""
    folder = checkpoint.resolve().parent
    return folder.name if folder.parent.name == "runs" else variant


def _mix(
    workspace: Workspace, known: Sequence[EpisodeRecord], references: NDArray[np.uint8], seed: int
) -> NDArray[np.uint8]:
    """Return references, repeated, and as many training frames; without training frames, the references."""
    others = _read_some(workspace, known, round(_N_FRAMES * (1 - _SHARE)), seed)
    n = max(len(references), round(_N_FRAMES * _SHARE) if len(others) else len(references))
    return np.concatenate([references[np.arange(n) % len(references)], others])


def _read_some(
    workspace: Workspace, episodes: Sequence[EpisodeRecord], n: int, seed: int
) -> NDArray[np.uint8]:
    """Return at most n random pictures of episodes, (n, 256, 256, 3), in the order of the episodes."""
    from cartoonize.frames import area_average
    from cartoonize.video.images import read_picture

    paths = workspace.picture_paths(episodes)
    drawn = np.random.default_rng(seed).permutation(len(paths))[:n]
    found = [area_average(read_picture(paths[k])) for k in sorted(drawn.tolist())]
    return np.stack(found) if found else np.empty((0, 256, 256, 3), np.uint8)
