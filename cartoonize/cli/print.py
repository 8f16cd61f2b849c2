"""``cartoonize print``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.prints.presets import PRINTS, find_print
from cartoonize.tasks.prints import PrintOptions, print_film

_DEFAULT = PrintOptions()


_Command = Callable[..., None]


def _change(name: str, help: str, **settings: Any) -> Callable[[_Command], _Command]:
    """Return an option that changes one thing of the preset."""
    return click.option(name, help=help, **{"type": float, **settings})


@click.command("print")
@click.argument("source", type=existing_or_not())
@click.option("-o", "--output", required=True, type=existing_or_not(), help="A video or a folder to write.")
@click.option("--preset", default="worn", show_default=True, metavar="NAME", help=f"{', '.join(PRINTS)}.")
@_change("--weights", "Shares of red, green and blue in grey.", nargs=3, metavar="R G B")
@_change("--softness", "Deviation of the blur, in pixels of 480 lines.")
@_change("--gamma", "Exponent on grey; above 1 the middle is darker.")
@_change("--gain", "Contrast around middle grey.")
@_change("--offset", "Added to grey in 0..1.")
@_change("--grain", "Deviation of the noise on grey in 0..1.")
@_change("--grain-size", "Deviation of a grain's blot, in pixels of 480 lines.")
@_change("--specks", "Mean number of specks of dust in a frame.")
@_change("--scratches", "Mean number of scratches in a frame.")
@_change("--weave", "How far the picture sways, in pixels of 480 lines.")
@_change("--seed", "Of grain, dirt and weave.", type=int)
@click.option("--codec", default=_DEFAULT.codec, show_default=True, help="h264, h265, av1, ffv1 or png.")
@click.option("--crf", type=int, help="Quality, lower is better.  [default: the codec's]")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option("--allow-damaged", is_flag=True, help="Take what can be decoded of a damaged source.")
@session_options
def command(
    session: Session,
    source: Path,
    output: Path,
    preset: str,
    codec: str,
    crf: int | None,
    force: bool,
    allow_damaged: bool,
    **changes: Any,
) -> None:
    """Write a black-and-white print of a coloured episode, to colour it and score the result.

    Sound, subtitles and times are kept. What is not given is as in the preset.
    """
    print_ = replace(find_print(preset), **{name: v for name, v in changes.items() if v is not None})
    options = PrintOptions(codec=codec, crf=crf, force=force, allow_damaged=allow_damaged)
    with session.progress() as move:
        summary = print_film(
            source,
            output,
            print_=print_,
            options=options,
            progress=lambda done, total: move(source.name, done, total),
        )
    for line in summary.warnings:
        session.warn(line)
    session.say(f"Wrote {summary.output}: {summary.n_frames} frames; {summary.print}.")
    session.emit({"output": summary})
