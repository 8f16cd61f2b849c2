"""Train: variants on the training episodes' frames, with curves, checkpoint and model card."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.errors import CheckpointError, UsageError
from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.runs import TrainProgress, TrainSummary, check_training, write_run
from cartoonize.learning.training_data import TrainingData, gather, write_prior
from cartoonize.methods.registry import VARIANTS, find_variant
from cartoonize.methods.variant import DERIVED, Variant
from cartoonize.workspace import Manifest, Workspace

if TYPE_CHECKING:
    import torch
    from torch import nn

    from cartoonize.learning.adversary import Opponent
    from cartoonize.learning.samples import Samples
    from cartoonize.learning.trainer import Progress, Schedule
    from cartoonize.methods.networks.encoder_weights import EncoderWeights

LUMINANCES = ("grey", "cielab")
RESUMES = ("no", "yes", "if-same")
DEFAULT_VARIANT = "plain"


@dataclass(frozen=True)
class TrainOptions:
    """How to train; the defaults are the thesis's (7.3, 7.4)."""

    width: float = 1.0
    """Multiplier of the networks' channel counts; 1.0 is the published size."""
    epochs: int = 30
    minutes: float | None = None
    """A time budget for each variant, instead of epochs."""
    resume: str = "no"
    """``yes``: go on with a training that was interrupted (or make one longer), refuse one with other
    settings; ``if-same``: go on if all is the same, its length and the program's version too, else start
    anew; ``no``: start anew."""
    seed: int = 0
    luminance: str = "grey"
    """``grey``: look at the black-and-white picture, with other prints' weights, gamma and grain at random;
    ``cielab``: at CIE L of the coloured one, as the thesis does."""
    batch_size: int | None = None
    """Frames a step; default: the variant's own."""
    accumulate: int | None = None
    """Steps an update; default: the variant's own."""
    learning_rate: float | None = None
    """Default: the variant's own."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other values of a variant's own options, see `cartoonize.methods.registry.Variant.having`."""
    encoder_weights: Path | None = None
    """A VGG-16 that was trained on photographs, for variants with an encoder: safetensors or torchvision's
    state dict. The encoder then has its published size, whatever the width."""
    ema: float | None = None
    """Decay of a running average of the weights, which is then what is validated and written: 0.999 averages
    over about the last thousand updates. 0, as in the thesis: none. Default: the variant's own."""
    precision: str = "auto"
    """``bfloat16``, ``float32``, or whichever the device has hardware for."""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 0 < self.width <= 4:
            raise UsageError(f"width {self.width:g} is not in 0..4", "1.0 is the published size.")
        if self.epochs < 1 or (self.minutes is not None and not self.minutes > 0):
            raise UsageError(
                "a training needs at least one epoch, or more than 0 minutes", "The default is 30 epochs."
            )
        for name, value, known in (
            ("resume", self.resume, RESUMES),
            ("luminance", self.luminance, LUMINANCES),
        ):
            if value not in known:
                raise UsageError(f"unknown {name} {value!r}", f"Known: {', '.join(known)}")
        check_training(
            counts=(self.batch_size, self.accumulate),
            seed=self.seed,
            learning_rate=self.learning_rate,
            precision=self.precision,
        )
        if self.ema is not None and not 0 <= self.ema < 1:
            raise UsageError(
                f"a decay of {self.ema:g} is not in 0..1", "0 is no average; 0.999 is of a thousand updates."
            )


Report = Callable[[TrainProgress], None]


def train(
    workspace: Workspace,
    variants: list[str],
    *,
    options: TrainOptions,
    crew: ProcessGroup = ALONE,
    progress: Report = lambda reached: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[TrainSummary]:
    """Train variants one after the other on the workspace's training episodes.

    Parameters
    ----------
    workspace : Workspace
        With at least one training episode; without a split, all episodes are for training.
    variants : list of str
        Names from `cartoonize.methods.registry.VARIANTS`.
    options : TrainOptions
    crew : ProcessGroup
        The processes that train together, from `process_group.join`. The first holds the lock, validates
        and writes; the others see the same files, and do their share of every update of a network.
    progress : callable
        Called after every update.
    notify : callable
        Called with lines that the user should read.

    Returns
    -------
    list of TrainSummary
        Empty but in the first process.

    Raises
    ------
    UnknownNameError, UsageError, WorkspaceError
        If a variant is unknown or starts from another's hints, or there is nothing to learn from.
    CheckpointError
        If ``resume`` finds a training with other settings.
    """
    chosen = [find_variant(name).having(options.settings) for name in variants]
    for variant in chosen:
        if variant.needs_hints:
            raise UsageError(
                f"{variant.name} learns nothing: it needs {variant.needs}",
                f"Colour with it at once: `cartoonize colorize --variant {variant.name}`.",
            )
        _require_equal_shares(variant, options, crew)
    if derived := sorted(DERIVED & set(options.settings)):
        raise UsageError(f"{derived[0]} is no option: it follows from others", "Leave it out.")
    encoder = _encoder_weights(options, chosen, notify if crew.first else lambda line: None)
    summaries = []
    with workspace.locked() if crew.first else nullcontext():
        manifest = crew.share(workspace.load() if crew.first else Manifest())
        dealt = {name for names in manifest.split.values() for name in names}
        if crew.first and manifest.split and (left := sorted(set(manifest.episodes) - dealt)):
            notify(f"Not learned from, since `cartoonize split` has not seen them: {', '.join(left)}.")
        data = crew.in_turn(lambda: gather(workspace, manifest, options.luminance, options.seed))
        if crew.first:
            write_prior(workspace, data)
        for variant in chosen:
            if variant.kind == "network":
                trained = _train_network(workspace, variant, data, options, encoder, crew, progress)
                summaries += [trained] if trained else []
            elif crew.first:
                summaries.append(_fit(workspace, variant, data, options))
    return summaries


def _encoder_weights(
    options: TrainOptions, variants: list[Variant], notify: Callable[[str], None]
) -> EncoderWeights | None:
    """Read the weights for the variants that have an encoder; without any, say so loudly."""
    wanting = [variant.name for variant in variants if variant.encoder]
    if options.encoder_weights is None:
        if wanting:
            notify(
                f"{', '.join(wanting)}: THE ENCODER IS RANDOM, it has learned nothing from photographs."
                " Colours will be worse than with a VGG-16, given as --encoder-weights FILE."
            )
        return None
    if not wanting:
        raise UsageError(
            "--encoder-weights: none of these variants has an encoder",
            f"Known: {', '.join(v.name for v in VARIANTS.values() if v.encoder)}",
        )
    from cartoonize.methods.networks.encoder_weights import read_encoder_weights

    return read_encoder_weights(options.encoder_weights)


def _described(variant: Variant, encoder: EncoderWeights | None) -> dict[str, Any]:
    """Say in a checkpoint's header where its encoder's weights are from."""
    if not variant.encoder:
        return {}
    return {"encoder": {"file": encoder.file, "sha256": encoder.sha256} if encoder else "random"}


def _require_equal_shares(variant: Variant, options: TrainOptions, crew: ProcessGroup) -> None:
    if variant.against and crew.size > 1:
        raise UsageError(
            f"{variant.name} is two networks, which only one process can train",
            "Train it without torchrun.",
        )
    accumulate = options.accumulate or variant.accumulate
    if variant.kind == "network" and accumulate % crew.size:
        raise UsageError(
            f"{crew.size} processes cannot share an update of {accumulate} steps of {variant.name} evenly",
            f"Give a multiple of {crew.size} as --accumulate.",
        )


def _train_network(
    workspace: Workspace,
    variant: Variant,
    data: TrainingData,
    options: TrainOptions,
    encoder: EncoderWeights | None,
    crew: ProcessGroup,
    report: Report,
) -> TrainSummary | None:
    import torch

    from cartoonize.devices import pick_device, uses_bfloat16
    from cartoonize.learning.losses import loss_for
    from cartoonize.learning.trainer import Progress, Schedule, fit
    from cartoonize.methods.checkpoint import write_checkpoint

    data = data.seen_by(variant)
    changes = dict(options.settings)
    if data.samples.labels is not None:
        changes["n_classes"] = int(data.samples.labels.max()) + 1
    if variant.encoder and encoder:
        changes["encoder_width"] = 1.0
    variant = variant.having(changes)
    device = crew.own(pick_device(options.device))
    bfloat16 = uses_bfloat16(options.precision, device)
    schedule = Schedule(
        epochs=options.epochs,
        minutes=options.minutes,
        batch_size=options.batch_size or variant.batch_size,
        accumulate=options.accumulate or variant.accumulate,
        learning_rate=options.learning_rate or variant.learning_rate,
        optimizer=variant.optimizer,
        momentum=variant.momentum,
        copies=variant.copies,
    )
    ema = variant.ema if options.ema is None else options.ema
    settings = {
        "variant": variant.name,
        "width": options.width,
        "luminance": options.luminance,
        "seed": options.seed,
        "bfloat16": bfloat16,
        "batch_size": schedule.batch_size,
        "accumulate": schedule.accumulate,
        "turns": int(variant.training.get("turns", 1)),
        "learning_rate": schedule.learning_rate,
        "ema": ema,
        "frames": data.described["frames"],
        "changes": changes,
        "encoder": encoder.sha256 if variant.encoder and encoder else None,
    }
    _require_the_same({**settings, "device": device.type}, crew)
    state_path = workspace.runs / variant.name / "state.safetensors"
    torch.manual_seed(options.seed)  # of what the initialisation below leaves as it was built
    model = variant.build(options.width)
    opponent = _opponent(variant, options, schedule)
    state, progress = None, Progress()
    if crew.first and options.resume != "no" and state_path.is_file():
        state, progress = _load_state(state_path, settings, schedule, strict=options.resume == "yes")
    state, progress = crew.share((state, progress))
    if state is None:
        if crew.first:
            _initialize(model, variant, data.samples, encoder)
        model.load_state_dict(crew.share(model.state_dict()))

    def save(tensors: dict[str, torch.Tensor], reached: Progress) -> None:
        header = {"cartoonize": __version__, "variant": variant.name, "settings": settings}
        where = {"schedule": asdict(schedule), "progress": reached.as_dict()}
        write_checkpoint(state_path, tensors, {**header, **where})

    progress = fit(
        model,
        data.samples,
        data.validation,
        loss=loss_for(variant.loss, data.samples, rebalance=variant.rebalance, settings=variant.training),
        schedule=schedule,
        device=device,
        bfloat16=bfloat16,
        ema=ema,
        opponent=opponent,
        crew=crew,
        state=state,
        progress=progress,
        on_update=lambda reached, share: report(TrainProgress.at(variant.name, reached, share)),
        save=save,
    )
    if not crew.first:
        return None
    scores = {name: progress.validations[-1][name] for name in ("loss", "ab_error")}
    header = _header(variant, data, options, settings)
    header |= {"changes": changes, **_described(variant, encoder)}
    return write_run(workspace, variant.name, variant, model, header, progress, scores)


def _opponent(variant: Variant, options: TrainOptions, schedule: Schedule) -> Opponent | None:
    if variant.against is None:
        return None
    from cartoonize.learning.adversary import opponent_for

    return opponent_for(
        variant.against,
        variant.training,
        width=options.width,
        make_optimizer=schedule.make_optimizer,
        seed=options.seed,
    )


def _header(
    variant: Variant, data: TrainingData, options: TrainOptions, settings: dict[str, Any]
) -> dict[str, Any]:
    return {
        "width": options.width if variant.kind == "network" else 1.0,
        "luminance": options.luminance,
        "n_samples": len(data.samples),
        "settings": settings,
        "data": data.described,
    }


def _require_the_same(settings: dict[str, Any], crew: ProcessGroup) -> None:
    """Refuse to train together with a first process that has other options, frames or kinds of device."""
    wanted = crew.share(settings)
    if differing := [name for name, value in settings.items() if wanted[name] != value]:
        raise UsageError(
            f"process {crew.rank} would train with another {' and '.join(differing)} than the first",
            "Give all the same options, and workspaces with the same frames.",
        )


def _fit(
    workspace: Workspace,
    variant: Variant,
    data: TrainingData,
    options: TrainOptions,
) -> TrainSummary:
    """Learn a method that needs one pass over the frames, or nothing at all."""
    from cartoonize.learning.trainer import Progress

    started = time.perf_counter()
    changes = dict(options.settings)
    if "seed" in variant.arguments:
        changes["seed"] = options.seed
    model = variant.having(changes).build()
    if variant.kind == "fitted":
        model.fit(data.samples.whole_frames(variant.n_fitted))  # type: ignore[operator]
    progress = Progress(seconds=time.perf_counter() - started, done=True)
    errors = [
        float((model(luminance) - ab).square().sum(1).sqrt().mean())
        for luminance, ab in (data.validation or data.samples).whole_frames(variant.n_validated)
    ]
    settings = {"seed": options.seed, "batch_size": 1, "accumulate": 1}
    scores = {"ab_error": sum(errors) / len(errors)}
    header = {**_header(variant, data, options, settings), "changes": changes}
    return write_run(workspace, variant.name, variant, model, header, progress, scores)


def _initialize(model: nn.Module, variant: Variant, samples: Samples, encoder: EncoderWeights | None) -> None:
    import torch

    from cartoonize.learning.samples import colors_of
    from cartoonize.methods.networks.initialization import (
        initialize_from_data,
        initialize_he,
        initialize_xavier,
    )

    generator = torch.Generator().manual_seed(samples.seed)
    if variant.palette:
        model.learn_palette(colors_of(samples))  # type: ignore[operator]
    given: list[nn.Parameter] = []
    if variant.encoder and encoder:
        encoder.fill(model.encoder)  # type: ignore[arg-type]
        given = [p for p in model.encoder.parameters() if p.requires_grad]  # type: ignore[union-attr]
        for parameter in given:
            parameter.requires_grad_(False)  # what is frozen is not drawn anew
    else:
        initialize_he(model, generator, frozen=True)
    if variant.initialization == "xavier":
        initialize_xavier(model, generator)
    elif variant.initialization == "he":
        initialize_he(model, generator)
    else:
        inputs, _ = samples.batch(0, min(24, max(8, len(samples))))
        initialize_from_data(model, inputs, generator)
    for parameter in given:
        parameter.requires_grad_(True)


def _load_state(
    path: Path, settings: dict[str, Any], schedule: Schedule, *, strict: bool
) -> tuple[dict[str, torch.Tensor] | None, Progress]:
    """Read where an interrupted training stopped; unless ``strict``, nothing if it was not quite this one."""
    from cartoonize.learning.trainer import Progress
    from cartoonize.methods.checkpoint import read_checkpoint

    try:
        header, tensors = read_checkpoint(path)
    except CheckpointError:
        if strict:
            raise
        return None, Progress()
    # What earlier versions did not have.
    known = {"ema": 0.0, "turns": 1, "changes": {}, "encoder": None, **header["settings"]}
    known_schedule = {"optimizer": "adam", "momentum": 0.9, "copies": 1, **header["schedule"]}
    differing = [name for name, value in settings.items() if known.get(name) != value]
    if differing and strict:
        raise UsageError(
            f"{path}: the interrupted training had another {' and '.join(differing)}",
            "Give the same options, or leave --resume out to start anew.",
        )
    same = known_schedule == asdict(schedule) and header.get("cartoonize") == __version__
    if differing or not (same or strict):
        return None, Progress()
    progress = Progress(**header["progress"])
    progress.done = progress.done and known_schedule == asdict(schedule)
    return tensors, progress
