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
    """Return an option that changes one property of the preset."""
    return click.option(name, help=help, **{"type": float, **settings})


@click.command("print")
@click.argument("source", type=existing_or_not())
@click.option("-o", "--output", required=True, type=existing_or_not(), help="Video or folder to write.")
@click.option(
    "--preset",
    default="worn",
    show_default=True,
    metavar="NAME",
    help=f"Look of the print: {', '.join(PRINTS)}.",
)
@_change("--weights", "Shares of red, green and blue in grey.", nargs=3, metavar="R G B")
@_change("--softness", "Blur: its standard deviation, in pixels of a picture 480 lines high.")
@_change("--gamma", "Exponent applied to grey. Above 1 darkens the middle tones.")
@_change("--gain", "Contrast: factor applied around middle grey.")
@_change("--offset", "Brightness: value added to grey, which is 0 to 1.")
@_change("--grain", "Film grain: standard deviation of the noise, grey being 0 to 1.")
@_change("--grain-size", "Size of the grains, in pixels of a picture 480 lines high.")
@_change("--specks", "Mean number of dust specks in a frame.")
@_change("--scratches", "Mean number of scratches in a frame.")
@_change("--weave", "Gate weave: how far the picture moves, in pixels of a picture 480 lines high.")
@_change("--seed", "Random seed of grain, dirt and gate weave.", type=int)
@click.option(
    "--codec", default=_DEFAULT.codec, show_default=True, help="Codec: h264, h265, av1, ffv1 or png."
)
@click.option("--crf", type=int, help="Quality of the encoder; lower is better.  [default: the codec's]")
@click.option("--force", is_flag=True, help="Replace an existing output.")
@click.option("--allow-damaged", is_flag=True, help="Use what can be decoded of a damaged source.")
@session_options
def command(
    session: Session,
    *,
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

    SOURCE is a coloured video, picture or folder of stills. Sound, subtitles and frame times are kept. The
    options from --weights to --seed change the preset.
    """
    print_ = replace(find_print(preset), **{name: v for name, v in changes.items() if v is not None})
    options = PrintOptions(codec=codec, crf=crf, force=force, allow_damaged=allow_damaged)
    with session.reporter() as reporter:
        summary = print_film(source, output, print_=print_, options=options, reporter=reporter)
    session.info(f"Wrote {summary.output}: {summary.n_frames} frames; {summary.print}.")
    session.emit({"output": summary})
