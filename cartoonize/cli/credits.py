"""``cartoonize credits``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.detect.credits import CreditColors
from cartoonize.errors import UsageError
from cartoonize.tasks.credits import CreditsOptions, mark_credits

_COLORS, _DEFAULT = CreditColors(), CreditsOptions()


class FrameRange(click.ParamType):
    """``FROM-TO``: a half-open range of frame numbers."""

    name = "FROM-TO"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Parse ``FROM-TO``."""
        first, dash, last = str(value).partition("-")
        if not (dash and first.isdecimal() and last.isdecimal()):
            raise UsageError(f"{value!r} is no range of frames", "Give FROM-TO, as 0-48.")
        return int(first), int(last)


@click.command("credits")
@click.argument("episodes", nargs=-1, metavar="[EPISODE]...")
@click.option("--mark", multiple=True, type=FrameRange(), help="These frames are credits, whatever is found.")
@click.option("--unmark", multiple=True, type=FrameRange(), help="These are none.")
@click.option("--no-detect", is_flag=True, help="Only mark by hand; look for nothing.")
@click.option(
    "--trim",
    type=int,
    default=_DEFAULT.trim,
    show_default=True,
    metavar="N",
    help="Also mark up to N kept frames beside credits that are fades of their neighbours.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be marked; change nothing.")
@click.option(
    "--background-hue",
    nargs=2,
    type=float,
    default=_COLORS.background_hue,
    show_default=True,
    help="Lowest and highest, in degrees.",
)
@click.option(
    "--background-saturation",
    type=float,
    default=_COLORS.background_saturation,
    show_default=True,
    help="Least, of 255.",
)
@click.option(
    "--background-share",
    type=float,
    default=_COLORS.background_share,
    show_default=True,
    help="Of the frame, at least.",
)
@click.option(
    "--text-hue",
    nargs=2,
    type=float,
    default=_COLORS.text_hue,
    show_default=True,
    help="Lowest and highest, in degrees.",
)
@click.option(
    "--text-saturation", type=float, default=_COLORS.text_saturation, show_default=True, help="Most, of 255."
)
@session_options
def command(
    session: Session,
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
    """Mark the frames that are titles, so that nothing is learned from them.

    Looks for text on a coloured ground by k-means; the default windows are white on blue.
    """
    colors = CreditColors(
        background_hue=background_hue,
        background_saturation=background_saturation,
        background_share=background_share,
        text_hue=text_hue,
        text_saturation=text_saturation,
    )
    options = CreditsOptions(detect=not no_detect, mark=mark, unmark=unmark, trim=trim, dry_run=dry_run)
    with session.progress() as move:
        summaries = mark_credits(
            session.workspace, list(episodes), colors=colors, options=options, progress=move
        )
    verb = "would be marked" if dry_run else "marked"
    for s in summaries:
        where = ", ".join(f"{start}-{stop}" for start, stop in s.ranges)
        session.say(f"{s.name}: {s.n_credits} kept frames {verb}{f': frames {where}' if where else ''}.")
    session.say("Next: `cartoonize split`. Mistaken? --unmark FROM-TO.")
    session.emit({"episodes": summaries})  # fmt: skip
