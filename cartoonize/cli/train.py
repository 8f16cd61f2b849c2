"""``cartoonize train``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.learning.process_group import join_process_group
from cartoonize.learning.runs import TrainSummary
from cartoonize.recipes.settings import parse_setting
from cartoonize.reporting import counted
from cartoonize.tasks.adapt import AdaptOptions, adapt_to_references
from cartoonize.tasks.train import (
    LUMINANCES,
    TrainOptions,
    default_network,
    default_variants,
    report_missing_weights,
    train,
)

_DEFAULT = TrainOptions()


@click.command("train")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    help="Variant to train; see `cartoonize models`. NAME+LABEL saves the result under that name, beside"
    " other trainings of the variant. May be repeated.  [default: series-photos"
    " and region-knn if the extra `photos` is installed, else series]",
)
@click.option(
    "--width",
    type=float,
    default=_DEFAULT.width,
    show_default=True,
    help="Multiplier of the channel counts. 1.0 is the published size; 0.25 suits a CPU.",
)
@click.option(
    "--epochs", type=int, help="Length: number of passes over all training frames.  [default: the variant's]"
)
@click.option(
    "--updates",
    type=int,
    help="Length, instead of --epochs: number of updates of the weights. The result does not depend on the"
    " speed of the machine.  [default: the variant's]",
)
@click.option("--minutes", type=float, help="Limit of the training time of each variant, beside its length.")
@click.option(
    "--patience",
    type=int,
    metavar="N",
    help="With validation episodes: end after N validations without a lower error, and save the weights of"
    " the best one. 0: train to the end, and save the last weights.  [default: the variant's]",
)
@click.option("--resume", is_flag=True, help="Continue an interrupted training.")
@click.option(
    "--force",
    is_flag=True,
    help="Replace a finished network of other settings or another length, or train one again that is up to"
    " date.",
)
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Random seed.")
@click.option(
    "--luminance",
    type=click.Choice(LUMINANCES),
    default=_DEFAULT.luminance,
    show_default=True,
    help="Input of the networks. grey: the black-and-white picture. cielab: CIE L of the coloured picture, as"
    " in the thesis.",
)
@click.option(
    "--learn-credits",
    is_flag=True,
    help="Learn some frames of the credits, too, so that the titles of grey films get their colours.",
)
@click.option(
    "--print-variation",
    type=float,
    default=_DEFAULT.print_variation,
    show_default=True,
    help="Strength of the random changes of grey by which the networks learn other prints. 0: the grey films"
    " are of the same print as the coloured ones.",
)
@click.option("--batch-size", type=int, help="Number of frames per step.  [default: the variant's]")
@click.option(
    "--accumulate", type=int, help="Number of steps per update of the weights.  [default: the variant's]"
)
@click.option(
    "--learning-rate",
    type=float,
    help="Learning rate; of an adversarial variant, for both networks.  [default: the variant's]",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change an option of the variant; `cartoonize models -v` lists them. May be repeated.",
)
@click.option(
    "--encoder-weights",
    type=existing_or_not(),
    metavar="FILE",
    help="Weights of a VGG-16 trained on photographs, for variants with an encoder: torchvision's"
    " vgg16-397923af.pth, or the same as safetensors. Without them the encoder starts at random.",
)
@click.option(
    "--ema",
    type=float,
    metavar="DECAY",
    help="Save a running average of the weights with this decay, such as 0.999, instead of the last weights."
    " 0: no average.  [default: the variant's]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=_DEFAULT.precision,
    show_default=True,
    help="Precision of network arithmetic. auto: the fastest of them that the device has hardware for.",
)
@click.option(
    "--compile", "compiled", is_flag=True, help="Compile networks with torch.compile first. It takes minutes."
)
@click.option(
    "--from",
    "checkpoints",
    multiple=True,
    type=existing_or_not(),
    metavar="CHECKPOINT",
    help="Adapt this trained network to references instead of training a new one. Writes runs/NAME-adapted."
    f" --updates is then {AdaptOptions.updates} by default. May be repeated.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=existing_or_not(),
    metavar="IMAGE",
    help="With --from: coloured frame to learn, or a folder of them. May be repeated.",
)
@session_options
def command(
    session: Session,
    *,
    variants: tuple[str, ...],
    width: float,
    epochs: int | None,
    updates: int | None,
    minutes: float | None,
    patience: int | None,
    resume: bool,
    force: bool,
    seed: int,
    luminance: str,
    learn_credits: bool,
    print_variation: float,
    batch_size: int | None,
    accumulate: int | None,
    learning_rate: float | None,
    settings: tuple[str, ...],
    encoder_weights: Path | None,
    ema: float | None,
    precision: str,
    compiled: bool,
    checkpoints: tuple[Path, ...],
    references: tuple[Path, ...],
) -> None:
    """Train variants on the frames of the training episodes.

    Writes the checkpoint, training curves and a model card to runs/VARIANT/. After Ctrl-C, --resume continues
    the training. To use several GPUs or machines, run: torchrun --nproc-per-node N -m cartoonize train ...
    """
    if checkpoints or references:
        if settings or encoder_weights:
            raise UsageError(
                "--set and --encoder-weights have no effect with --from and --reference",
                "Leave them out. The checkpoint has its options.",
            )
        if compiled:
            raise UsageError("--compile has no effect with --from and --reference", "Leave it out.")
        if epochs is not None:
            raise UsageError(
                "--epochs has no effect with --from and --reference", "Use --updates for the length."
            )
        options = AdaptOptions(
            updates=AdaptOptions.updates if updates is None else updates,
            minutes=minutes,
            seed=seed,
            batch_size=batch_size,
            learning_rate=AdaptOptions.learning_rate if learning_rate is None else learning_rate,
            precision=precision,
            device=session.device,
        )
        _adapt(session, checkpoints, references, options, variants)
        return
    _train(
        session,
        variants or ((default_network(),) if settings else default_variants()),
        TrainOptions(
            width=width,
            epochs=epochs,
            updates=updates,
            minutes=minutes,
            patience=patience,
            resume="yes" if resume else "no",
            force=force,
            seed=seed,
            luminance=luminance,
            learn_credits=learn_credits,
            print_variation=print_variation,
            batch_size=batch_size,
            accumulate=accumulate,
            learning_rate=learning_rate,
            settings=dict(parse_setting(text) for text in settings),
            encoder_weights=encoder_weights,
            ema=ema,
            precision=precision,
            compile=compiled,
            device=session.device,
        ),
        by_default=not variants,
    )


def _train(session: Session, variants: Sequence[str], options: TrainOptions, *, by_default: bool) -> None:
    with join_process_group() as group:
        if not group.is_first:
            session = replace(session, verbosity=-1, as_json=False)
        if options.minutes is not None:
            each = " each" if len(variants) > 1 else ""
            limit = f"for at most {options.minutes:g} minutes{each}."
            session.info(f"Training {counted(len(variants), 'variant')} {limit}")
        with session.reporter() as reporter:
            if by_default:
                report_missing_weights(reporter)
            summaries = train(
                session.workspace, list(variants), options=options, group=group, reporter=reporter
            )
        _print_summaries(session, summaries)
        session.info(
            "Next: `cartoonize colorize SOURCE`. With --ensemble it uses all trained variants together."
        )
        session.emit({"runs": summaries})


def _adapt(
    session: Session,
    checkpoints: tuple[Path, ...],
    references: tuple[Path, ...],
    options: AdaptOptions,
    variants: tuple[str, ...],
) -> None:
    if not checkpoints or variants:
        raise UsageError(
            "--reference adapts networks that are already trained",
            "Name them with --from runs/NAME/model.safetensors, and leave out --variant.",
        )
    with session.reporter() as reporter:
        summaries = adapt_to_references(
            session.workspace, checkpoints, references, options=options, reporter=reporter
        )
    _print_summaries(session, summaries)
    if summaries:
        session.info(
            "Next: `cartoonize colorize SOURCE --reference ...`. It uses an adapted network in place of the"
            " original one."
        )
    session.emit({"runs": summaries})


def _print_summaries(session: Session, summaries: Sequence[TrainSummary]) -> None:
    for s in summaries:
        if s.as_before:
            continue
        error = f", ab error {s.validation['ab_error']:.2f}" if s.validation else ""
        session.info(
            f"{s.variant}: {s.parameters:,} parameters, {s.n_samples} frames, {s.seconds:.0f} s{error}."
            f" Wrote {s.checkpoint}"
        )
