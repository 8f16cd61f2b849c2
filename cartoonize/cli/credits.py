"""``cartoonize credits``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.detect.credits import CreditColors
from cartoonize.errors import UsageError
from cartoonize.tasks.credits import CreditsOptions, mark_credits

_COLORS, _DEFAULT = CreditColors(), CreditsOptions()


class FrameRange(click.ParamType):
    """A half-open range of frame numbers, written as ``FROM-TO``."""

    name = "FROM-TO"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Parse ``FROM-TO``."""
        first, dash, last = str(value).partition("-")
        if not (dash and first.isdecimal() and last.isdecimal()):
            raise UsageError(f"{value!r} is not a range of frames", "Use FROM-TO, such as 0-48.")
        return int(first), int(last)


@click.command("credits")
@click.argument("episodes", nargs=-1, metavar="[EPISODE]...")
@click.option(
    "--mark",
    multiple=True,
    type=FrameRange(),
    help="Mark the frames from FROM up to, but not including, TO as credits. May be repeated.",
)
@click.option(
    "--unmark", multiple=True, type=FrameRange(), help="Mark these frames as not credits. May be repeated."
)
@click.option("--no-detect", is_flag=True, help="Do not detect credits; only apply --mark and --unmark.")
@click.option(
    "--trim",
    type=int,
    default=_DEFAULT.trim,
    show_default=True,
    metavar="N",
    help="Also mark fades: up to N kept frames on each side of credits.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be marked and change nothing.")
@click.option(
    "--background-hue",
    nargs=2,
    type=float,
    default=_COLORS.background_hue,
    show_default=True,
    metavar="LOW HIGH",
    help="Hue of the background, in degrees.",
)
@click.option(
    "--background-saturation",
    type=float,
    default=_COLORS.background_saturation,
    show_default=True,
    help="Lowest saturation of the background, 0 to 255.",
)
@click.option(
    "--background-share",
    type=float,
    default=_COLORS.background_share,
    show_default=True,
    help="Lowest share of the frame that is background, 0 to 1.",
)
@click.option(
    "--text-hue",
    nargs=2,
    type=float,
    default=_COLORS.text_hue,
    show_default=True,
    metavar="LOW HIGH",
    help="Hue of the text, in degrees. Grey text passes at any hue.",
)
@click.option(
    "--text-saturation",
    type=float,
    default=_COLORS.text_saturation,
    show_default=True,
    help="Highest saturation of the text, 0 to 255.",
)
@session_options
def command(
    session: Session,
    *,
    episodes: tuple[str, ...],
    mark: tuple[tuple[int, int], ...],
    unmark: tuple[tuple[int, int], ...],
    no_detect: bool,
    trim: int,
    dry_run: bool,
    background_hue: tuple[float, float],
    background_saturation: float,
    background_share: float,
    text_hue: tuple[float, float],
    text_saturation: float,
) -> None:
    """Mark the frames that show credits, so that nothing is learned from them.

    EPISODE is the name of an extracted episode. Default: all episodes.

    Detection clusters the colours of each frame by k-means and looks for text on a coloured background. The
    default colours are white on blue.
    """
    colors = CreditColors(
        background_hue=background_hue,
        background_saturation=background_saturation,
        background_share=background_share,
        text_hue=text_hue,
        text_saturation=text_saturation,
    )
    options = CreditsOptions(detect=not no_detect, mark=mark, unmark=unmark, trim=trim, dry_run=dry_run)
    with session.reporter() as reporter:
        summaries = mark_credits(
            session.workspace, list(episodes), colors=colors, options=options, reporter=reporter
        )
    verb = "would be marked" if dry_run else "marked"
    for s in summaries:
        where = ", ".join(f"{start}-{stop}" for start, stop in s.ranges)
        session.info(f"{s.name}: {s.n_credits} kept frames {verb}{f': frames {where}' if where else ''}.")
    session.info("Next: `cartoonize split`. To correct a mistake: --unmark FROM-TO.")
    session.emit({"episodes": summaries})
