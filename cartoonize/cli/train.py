"""``cartoonize train``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.learning.process_group import join
from cartoonize.learning.runs import TrainProgress, TrainSummary
from cartoonize.recipes.recipe import parse_setting
from cartoonize.tasks.adapt import AdaptOptions
from cartoonize.tasks.adapt_to_references import adapt_to_references
from cartoonize.tasks.train import (
    DEFAULT_VARIANT,
    LUMINANCES,
    TrainOptions,
    train,
)

_DEFAULT = TrainOptions()


@click.command("train")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    help="What to train, any number; see `cartoonize models`. NAME+LABEL keeps it under a name of its own."
    f"  [default: {DEFAULT_VARIANT}]",
)
@click.option(
    "--width",
    type=float,
    default=_DEFAULT.width,
    show_default=True,
    help="Multiplier of channel counts; 1.0 is the published size, 0.25 suits a CPU.",
)
@click.option("--epochs", type=int, default=_DEFAULT.epochs, show_default=True, help="Times over all frames.")
@click.option("--minutes", type=float, help="A time budget for each variant instead of epochs.")
@click.option("--resume", is_flag=True, help="Go on with a training that was interrupted.")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Of everything random.")
@click.option(
    "--luminance",
    type=click.Choice(LUMINANCES),
    default=_DEFAULT.luminance,
    show_default=True,
    help="Look at the black-and-white picture, or at CIE L of the coloured one as the thesis does.",
)
@click.option("--batch-size", type=int, help="Frames a step.  [default: the variant's]")
@click.option("--accumulate", type=int, help="Steps an update.  [default: the variant's]")
@click.option("--learning-rate", type=float, help="Of both players, if two.  [default: the variant's]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of the variant's own, any number; `cartoonize models -v` lists them.",
)
@click.option(
    "--encoder-weights",
    type=existing_or_not(),
    metavar="FILE",
    help="A VGG-16 that was trained on photographs, for the variants with an encoder: torchvision's"
    " vgg16-397923af.pth, or the same as safetensors. Without it their encoder is random.",
)
@click.option(
    "--ema",
    type=float,
    metavar="DECAY",
    help="Write a running average of the weights instead of the last ones; try 0.999. 0: none."
    "  [default: the variant's]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=_DEFAULT.precision,
    show_default=True,
    help="Of the network's arithmetic.",
)
@click.option(
    "--from",
    "checkpoints",
    multiple=True,
    type=existing_or_not(),
    metavar="CHECKPOINT",
    help="Adapt a trained network, any number, to references; writes runs/NAME-adapted. --minutes is then 2.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=existing_or_not(),
    metavar="IMAGE",
    help="With --from: a coloured frame, or a folder of them; any number.",
)
@session_options
def command(
    session: Session,
    variants: tuple[str, ...],
    width: float,
    epochs: int,
    minutes: float | None,
    resume: bool,
    seed: int,
    luminance: str,
    batch_size: int | None,
    accumulate: int | None,
    learning_rate: float | None,
    settings: tuple[str, ...],
    encoder_weights: Path | None,
    ema: float | None,
    precision: str,
    checkpoints: tuple[Path, ...],
    references: tuple[Path, ...],
) -> None:
    """Train variants on the training episodes' frames.

    Checkpoint, curves and model card go to runs/VARIANT/. Ctrl-C keeps what is done: --resume goes on. On
    several GPUs or machines: torchrun --nproc-per-node N -m cartoonize train ...
    """
    if checkpoints or references:
        if settings or encoder_weights:
            raise UsageError(
                "--set and --encoder-weights are for a new training, not for one that is adapted",
                "Leave them out: the checkpoint has its options.",
            )
        _adapt(
            session,
            checkpoints,
            references,
            AdaptOptions(
                minutes=AdaptOptions.minutes if minutes is None else minutes,
                seed=seed,
                batch_size=batch_size,
                learning_rate=AdaptOptions.learning_rate if learning_rate is None else learning_rate,
                precision=precision,
                device=session.device,
            ),
            variants,
        )
        return
    with join() as crew:
        if not crew.first:
            session = replace(session, verbosity=-1, as_json=False)
        options = TrainOptions(
            width=width,
            epochs=epochs,
            minutes=minutes,
            resume="yes" if resume else "no",
            seed=seed,
            luminance=luminance,
            batch_size=batch_size,
            accumulate=accumulate,
            learning_rate=learning_rate,
            settings=dict(parse_setting(text) for text in settings),
            encoder_weights=encoder_weights,
            ema=ema,
            precision=precision,
            device=session.device,
        )
        chosen = list(variants or (DEFAULT_VARIANT,))
        if minutes is not None:
            session.say(f"Training {len(chosen)} variant(s) for {minutes:g} minutes each.")
        with session.progress() as move:
            summaries = train(
                session.workspace,
                chosen,
                options=options,
                crew=crew,
                progress=_watching(move),
                notify=session.warn,
            )
        _say(session, summaries)
        session.say("Next: `cartoonize colorize SOURCE`, with --ensemble to use all trained variants.")
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
            "--reference is for networks that are trained already",
            "Name them with --from runs/NAME/model.safetensors, without --variant.",
        )
    with session.progress() as move:
        summaries = adapt_to_references(
            session.workspace,
            checkpoints,
            references,
            options=options,
            progress=_watching(move),
            announce=session.say,
            notify=session.warn,
        )
    _say(session, summaries)
    session.say(
        "Next: `cartoonize colorize SOURCE --reference ...`; an adapted network colours in the place of the"
        " one that it comes from."
    )
    session.emit({"runs": summaries})


def _watching(move: Callable[..., None]) -> Callable[[TrainProgress], None]:
    """Return what moves the progress bar of a training."""

    def progress(reached: TrainProgress) -> None:
        note = f"loss {reached.loss:.4f}, {reached.updates_per_second:.1f} updates/s"
        if reached.ab_error is not None:
            note += f", validation ab error {reached.ab_error:.2f}"
        move(reached.variant, round(reached.share * 1000), 1000, note)

    return progress


def _say(session: Session, summaries: Sequence[TrainSummary]) -> None:
    for s in summaries:
        error = f", ab error {s.validation['ab_error']:.2f}" if s.validation else ""
        session.say(
            f"{s.variant}: {s.parameters:,} parameters, {s.n_samples} frames, {s.seconds:.0f} s{error}."
            f" Wrote {s.checkpoint}"
        )
