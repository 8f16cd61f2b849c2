"""Adapt: train networks further on a few coloured frames."""

from __future__ import annotations

import shutil
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
from cartoonize.reporting import LOG, Reporter, counted
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
    """``float32``, ``bfloat16``, ``float16`` or ``auto``, as in `cartoonize.devices.pick_dtype`."""
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
    optional: bool = False,
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
    optional : bool
        If no reference is painted completely, return an empty list instead of raising an error.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of TrainSummary
        One for each adapted network. Networks that adapting makes worse are left out.

    Raises
    ------
    UsageError
        If there are no references; if none is painted completely, unless ``optional``.
    SourceError, CheckpointError
        If a file cannot be read.
    """
    if not references:
        raise UsageError("--from requires --reference", "Name the coloured frames to adapt to.")
    from cartoonize.annotations.references import read_references
    from cartoonize.methods.checkpoint import read_header

    for checkpoint in checkpoints:
        read_header(checkpoint)
    found = read_references(references, reporter=reporter)
    whole = [reference for reference in found if reference.is_whole and reference.has_color()]
    if not whole and optional:
        reporter.info(
            "No reference is painted completely: networks are not adapted. The colours are used along the"
            " tracks."
        )
        for checkpoint in checkpoints:
            discard_adapted(workspace, checkpoint, reporter)
        return []
    if not whole:
        raise UsageError("no reference is painted completely", "Paint at least one whole frame.")
    if left_out := [reference.path.name for reference in found if reference not in whole]:
        reporter.info(f"Networks do not learn references that are partly painted: {', '.join(left_out)}")
    pictures = np.stack([reference.rgb for reference in whole if reference.rgb is not None])
    reporter.info(
        f"Adapting {counted(len(checkpoints), 'network')} to {counted(len(whole), 'reference')}:"
        f" {counted(options.updates, 'update')} each."
    )
    names = [reference.path.name for reference in whole]
    summaries = [
        adapt(workspace, checkpoint, pictures, names=names, options=options, reporter=reporter)
        for checkpoint in checkpoints
    ]
    return [summary for summary in summaries if summary is not None]


def discard_adapted(workspace: Workspace, checkpoint: Path, reporter: Reporter = LOG) -> None:
    """Remove the run of a network that was adapted to earlier references, if there is one.

    Otherwise it would be used instead of the original network.

    Parameters
    ----------
    workspace : Workspace
    checkpoint : Path
        The original network.
    reporter : Reporter
        Receives a message.
    """
    from cartoonize.methods.checkpoint import read_header

    run = workspace.runs / _adapted_name(checkpoint, str(read_header(checkpoint)["variant"]))
    if run.is_dir() and run != checkpoint.resolve().parent:
        shutil.rmtree(run)
        reporter.info(f"Removed {run}, which was adapted to earlier references.")


def adapt(
    workspace: Workspace,
    checkpoint: Path,
    references: NDArray[np.uint8],
    *,
    names: Sequence[str],
    options: AdaptOptions,
    reporter: Reporter = LOG,
) -> TrainSummary | None:
    """Train a network further, half of the time on references and half on the workspace's training frames.

    The network learns the colours of what the references show, wherever that is in the episode. The training
    frames keep it from forgetting the rest. The result is a new run, ``runs/NAME-adapted``; the checkpoint of
    the network does not change. If the error on the validation episodes rises, there is no new run, and the
    run of an earlier adapting is removed. A network that was trained against a discriminator is adapted
    without it.

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

    Returns
    -------
    TrainSummary or None
        None if the network is kept as it was.

    Raises
    ------
    CheckpointError
        If the checkpoint is damaged, unreadable, or not of a network.
    """
    import torch

    from cartoonize.devices import pick_device, pick_dtype
    from cartoonize.learning.losses import loss_for
    from cartoonize.learning.trainer import Compute, Trainer
    from cartoonize.methods.checkpoint import read_checkpoint

    header, tensors = read_checkpoint(checkpoint)
    variant = variant_of(header, checkpoint)
    if variant.kind != "network":
        raise CheckpointError(f"{checkpoint}: not of a network", "Use the model.safetensors of a network.")
    name = _adapted_name(checkpoint, variant.name)
    model = variant.build(float(header["width"]))
    model.load_state_dict(tensors)
    with workspace.locked(new=True):
        data = _load_data(workspace, references, variant, str(header["luminance"]), options.seed)
        device = pick_device(options.device)
        schedule = _schedule(variant, options)
        compute = Compute(device, pick_dtype(options.precision, device))
        torch.manual_seed(options.seed)
        loss = loss_for(variant, data.samples)
        trainer = Trainer(model, data.samples, data.validation, loss=loss, schedule=schedule, compute=compute)
        before = trainer.measure()["ab_error"]
        progress = trainer.run(name, reporter=reporter)
        after = progress.kept_validation["ab_error"]
        _report_gain(name, before, after, data.validation is not None, reporter)
        if data.validation is not None and after > before:
            discard_adapted(workspace, checkpoint, reporter)
            return None
        description: dict[str, Any] = {
            "name": name,
            "width": float(header["width"]),
            "luminance": data.samples.luminance,
            "n_samples": len(data.samples),
            "settings": {
                "seed": options.seed,
                "bfloat16": compute.dtype == torch.bfloat16,
                "batch_size": schedule.batch_size,
                "accumulate": schedule.accumulate,
                "learning_rate": options.learning_rate,
            },
            "data": data.description,
            **{key: header[key] for key in ("changes", "encoder") if key in header},
            "adapted": {
                "from": header["sha256"],
                "references": list(names),
                "ab_error": {"before": before, "after": after},
            },
        }
        scores = {key: progress.kept_validation[key] for key in ("loss", "ab_error")}
        return write_run(workspace, name, variant, model, description, progress, scores)


def _report_gain(name: str, before: float, after: float, held_out: bool, reporter: Reporter) -> None:
    """Report what adapting changes, in one line."""
    change = f"from {before:.2f} to {after:.2f}"
    if not held_out:
        reporter.info(
            f"{name}: on the references and training frames, the ab error changes {change}. Without a"
            " validation episode, it is not known whether other frames gain."
        )
    elif after > before:
        reporter.info(
            f"{name}: not saved, because the ab error on the validation episodes rises {change}. The network"
            " is kept as it was."
        )
    else:
        reporter.info(f"{name}: the ab error on the validation episodes falls {change}.")


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
    known = workspace.training_episodes(manifest)
    samples = Samples(_mix(workspace, known, references, seed), luminance, seed=seed, cell=variant.cell)
    validation = Samples(_read_some(workspace, held_out, _N_VALIDATION, seed), luminance, cell=variant.cell)
    description = {
        "train": [e.name for e in known],
        "validation": [e.name for e in held_out],
        "frames": fingerprint_of([e.sha256 for e in known]),
    }
    return TrainingData(samples, validation if len(validation) else None, description, known)


def _adapted_name(checkpoint: Path, variant: str) -> str:
    return f"{_run_name(checkpoint, variant).removesuffix(SUFFIX)}{SUFFIX}"


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
