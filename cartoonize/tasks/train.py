"""Train: train variants on the frames of the training episodes; write checkpoints, curves and model cards."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.errors import UsageError
from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.runs import TrainSummary, check_length, check_training_options, write_run
from cartoonize.learning.training_data import TrainingData, load_training_data, write_prior
from cartoonize.methods.registry import VARIANTS, find_variant
from cartoonize.methods.variant import DERIVED, INSTALL_PHOTOS, Variant
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.train_network import NetworkTraining, run_header
from cartoonize.workspace import Manifest, Workspace

if TYPE_CHECKING:
    from cartoonize.methods.networks.encoder_weights import EncoderWeights

#: Largest strength of the random changes of grey.
_MAX_VARIATION = 4
LUMINANCES = ("grey", "cielab")
RESUMES = ("no", "yes", "if-same")


def default_network() -> str:
    """Return the network that is trained unless the user chooses one."""
    return "series-photos" if VARIANTS["series-photos"].can_be_trained else "series"


def default_variants() -> tuple[str, ...]:
    """Return the variants that are trained unless the user chooses some: a network, and what joins it."""
    joining = (name for name, variant in VARIANTS.items() if variant.joins and variant.can_be_trained)
    return (default_network(), *joining)


def report_missing_weights(reporter: Reporter) -> None:
    """Say so if the default variants would be better ones with a package that is not installed."""
    missing = [name for name, variant in VARIANTS.items() if not variant.can_be_trained]
    if missing:
        reporter.info(
            f"Colours would be better with {' and '.join(missing)}, whose weights are not installed:"
            f" {INSTALL_PHOTOS}"
        )


@dataclass(frozen=True)
class TrainOptions:
    """Options of a training."""

    width: float = 1.0
    """Multiplier of the networks' channel counts; 1.0 is the published size."""
    epochs: int | None = None
    """Length in passes over the training frames; None for the variant's own length."""
    updates: int | None = None
    """Length in updates of the weights, instead of epochs. The weights depend on it and on the seed, not on
    the speed of the machine."""
    minutes: float | None = None
    """Limit of the training time of each variant, beside its length. It makes the weights depend on the
    speed of the machine if it is reached."""
    patience: int | None = None
    """Number of validations without a lower error after which the training ends. The weights of the best
    validation are kept. 0 for the whole length and the last weights; None for the variant's own. It has no
    effect without validation episodes."""
    resume: str = "no"
    """``no``: start anew. ``yes``: continue an interrupted training, or make a finished one longer; raise an
    error if it had other settings. ``if-same``: continue if the settings, the length and the version of the
    program are the same, else start anew."""
    force: bool = False
    """Replace a finished network of other settings or another length, and train one again that is up to
    date."""
    seed: int = 0
    luminance: str = "grey"
    """Input of the networks. ``grey``: L of the black-and-white picture, with random grey weights, gamma and
    grain of other prints. ``cielab``: CIE L of the coloured picture, as in the thesis."""
    learn_credits: bool = False
    """Learn some frames of the credits, too, so that the titles of grey films get their colours."""
    print_variation: float = 1.0
    """Strength of these random changes, 0..4. Less is better if the grey films are of the same print as the
    coloured ones."""
    batch_size: int | None = None
    """Frames of a batch; None for the variant's own."""
    accumulate: int | None = None
    """Batches of an update; None for the variant's own."""
    learning_rate: float | None = None
    """None for the variant's own."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other values of the variants' options, see `cartoonize.methods.variant.Variant.with_options`."""
    encoder_weights: Path | None = None
    """File of a VGG-16 that was trained on photographs, for variants with an encoder: safetensors or
    torchvision's state dict. The encoder then has its published size at any width."""
    ema: float | None = None
    """Decay of a running average of the weights, which is validated and written instead of the last weights:
    0.999 averages over about the last thousand updates. 0, as in the thesis, for the last weights. None for
    the variant's own."""
    precision: str = "auto"
    """``float32``, ``bfloat16``, ``float16`` or ``auto``, as in `cartoonize.devices.pick_dtype`."""
    compile: bool = False
    """Compile the networks with ``torch.compile`` first."""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 0 < self.width <= 4:
            raise UsageError(f"width {self.width:g} is not in 0..4", "1.0 is the published size.")
        check_length(epochs=self.epochs, updates=self.updates, minutes=self.minutes)
        if self.patience is not None and self.patience < 0:
            raise UsageError(
                f"patience must be at least 0, got {self.patience}", "Use 0 for the whole length."
            )
        if not 0 <= self.print_variation <= _MAX_VARIATION:
            raise UsageError(
                f"print_variation must be 0 to {_MAX_VARIATION}, got {self.print_variation:g}",
                "The default is 1; use 0 if the grey films are of the same print as the coloured ones.",
            )
        for name, value, known in (
            ("resume", self.resume, RESUMES),
            ("luminance", self.luminance, LUMINANCES),
        ):
            if value not in known:
                raise UsageError(f"unknown {name} {value!r}", f"Known: {', '.join(known)}")
        check_training_options(
            counts=(self.batch_size, self.accumulate),
            seed=self.seed,
            learning_rate=self.learning_rate,
            precision=self.precision,
        )
        if self.ema is not None and not 0 <= self.ema < 1:
            raise UsageError(
                f"ema must be at least 0 and less than 1, got {self.ema:g}",
                "Use 0 for no average, 0.999 for about a thousand updates.",
            )


def train(
    workspace: Workspace,
    variants: list[str],
    *,
    options: TrainOptions,
    group: ProcessGroup = ALONE,
    reporter: Reporter = LOG,
) -> list[TrainSummary]:
    """Train variants one after the other on the training episodes of a workspace.

    Parameters
    ----------
    workspace : Workspace
        A workspace with at least one training episode. Without a split, all episodes are for training.
    variants : list of str
        Names from `cartoonize.methods.registry.VARIANTS`.
    options : TrainOptions
    group : ProcessGroup
        Processes that train together, from `join_process_group`. The first process holds the lock, validates
        and writes. The others need the same files; they compute their share of every update of a network.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of TrainSummary
        In the first process; empty in the others.

    Raises
    ------
    UnknownNameError, UsageError
        If a variant or an option is unknown, or a variant needs no training.
    WorkspaceError
        If there are no training frames.
    UsageError, CheckpointError
        If ``resume`` is ``yes`` and the interrupted training had other settings, or its state is damaged.
    UsageError
        If a finished network would be replaced, without ``force``.
    """
    chosen = [find_variant(name).with_options(options.settings) for name in variants]
    for variant in chosen:
        _check_variant(variant, options, group)
    if derived := sorted(DERIVED & set(options.settings)):
        raise UsageError(f"{derived[0]} cannot be set: it follows from other options", "Leave it out.")
    encoder = _read_encoder(options, chosen, group, reporter)
    summaries = []
    with workspace.locked() if group.is_first else nullcontext():
        manifest = group.broadcast(workspace.load() if group.is_first else Manifest())
        if group.is_first:
            _warn_of_unsplit_episodes(manifest, reporter)
        data = group.first_then_others(
            lambda: load_training_data(
                workspace,
                manifest,
                options.luminance,
                options.seed,
                learn_credits=options.learn_credits,
                reporter=reporter,
            )
        )
        if group.is_first:
            write_prior(workspace, data, reporter=reporter)
        trainings = {
            variant.name: NetworkTraining(workspace, variant, data, options, encoder, group)
            for variant in chosen
            if variant.kind == "network"
        }
        for training in trainings.values():
            training.check()
        for variant in chosen:
            if variant.name in trainings:
                summary = trainings[variant.name].run(reporter)
                summaries += [summary] if summary else []
            elif group.is_first:
                summaries.append(_fit(workspace, variant, data, options))
    return summaries


def _check_variant(variant: Variant, options: TrainOptions, group: ProcessGroup) -> None:
    """Raise `UsageError` if a variant needs no training, or these processes cannot train it together."""
    if variant.needs_hints:
        raise UsageError(
            f"{variant.name} cannot be trained: it needs {variant.needs}",
            f"Use it without training: `cartoonize colorize --variant {variant.name}`.",
        )
    if variant.adversary and group.size > 1:
        raise UsageError(
            f"{variant.name} has a discriminator, which several processes cannot train",
            "Train it without torchrun.",
        )
    accumulate = options.accumulate or variant.accumulate
    if variant.kind == "network" and accumulate % group.size:
        raise UsageError(
            f"{group.size} processes cannot share the {accumulate} batches of an update evenly"
            f" ({variant.name})",
            f"Set --accumulate to a multiple of {group.size}.",
        )


def _read_encoder(
    options: TrainOptions, variants: list[Variant], group: ProcessGroup, reporter: Reporter
) -> EncoderWeights | None:
    """Read the weights of the variants' encoders; warn if there are none."""
    with_encoder = [variant.name for variant in variants if variant.encoder]
    if options.encoder_weights is None:
        if with_encoder and group.is_first:
            reporter.warning(
                f"{', '.join(with_encoder)}: THE ENCODER IS RANDOM, not trained on photographs: colours will"
                " be worse. Use --encoder-weights FILE with the weights of a VGG-16."
            )
        return None
    if not with_encoder:
        raise UsageError(
            "--encoder-weights: none of these variants has an encoder",
            f"Variants with an encoder: {', '.join(v.name for v in VARIANTS.values() if v.encoder)}",
        )
    from cartoonize.methods.networks.encoder_weights import read_encoder_weights

    return read_encoder_weights(options.encoder_weights)


def _warn_of_unsplit_episodes(manifest: Manifest, reporter: Reporter) -> None:
    """Warn of episodes that were extracted after the split."""
    in_sets = {name for names in manifest.split.values() for name in names}
    if manifest.split and (left_out := sorted(set(manifest.episodes) - in_sets)):
        reporter.warning(
            f"Episodes in no set are not used: {', '.join(left_out)}."
            " Run `cartoonize split` again to include them."
        )


def _fit(workspace: Workspace, variant: Variant, data: TrainingData, options: TrainOptions) -> TrainSummary:
    """Fit a method that needs one pass over the frames, or none."""
    from torch.nn.functional import interpolate

    from cartoonize.learning.validation import ab_of

    started = time.perf_counter()
    changes = dict(options.settings)
    if "seed" in variant.arguments:
        changes["seed"] = options.seed
    model = variant.with_options(changes).build()
    if variant.kind == "fitted":
        model.fit(data.samples.whole_frames(variant.n_fitted))  # type: ignore[operator]
    progress = TrainingProgress(seconds=time.perf_counter() - started, done=True)
    errors = []
    for luminance, ab in (data.validation or data.samples).whole_frames(variant.n_validated):
        predicted = interpolate(ab_of(model(luminance)), ab.shape[2:], mode="bilinear")
        errors.append(float((predicted - ab).square().sum(1).sqrt().mean()))
    settings = {"seed": options.seed, "batch_size": 1, "accumulate": 1}
    scores = {"ab_error": sum(errors) / len(errors)}
    header = {**run_header(variant, data, options, settings), "changes": changes}
    return write_run(workspace, variant.name, variant, model, header, progress, scores)
