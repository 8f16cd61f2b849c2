"""``cartoonize colorize``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cartoonize.annotations.guidance import Guidance, parse_swatch
from cartoonize.cli.options import Session, existing_or_not, member_options, session_options
from cartoonize.coloring.colorize import colorize
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.pipeline import REFINE_ORDERS, ColorizeOptions
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.filters.predict import COMBINATIONS, DECODINGS, PredictOptions
from cartoonize.filters.refine import FILL_COLORS, REFINEMENTS, RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.registry import find_variant, is_variant

_COLORIZE, _REFINE, _RENDER = PredictOptions(), RefineOptions(), RenderOptions()


def _choice(known: tuple[str, ...], default: str, help: str) -> dict[str, Any]:
    return {"type": click.Choice(known), "default": default, "show_default": True, "help": help}


def _for_methods(
    references: tuple[Path, ...], variants: tuple[str, ...], swatches: tuple[str, ...]
) -> tuple[Path | None, tuple[Path, ...]]:
    """Return the reference or folder whose colours methods take, and the references for tracks."""
    takers = [name for name in variants if is_variant(name) and "references" in find_variant(name).accepts]
    # Swatches are of a reference: without a taker it is they that have none.
    if not takers and not swatches:
        return None, references
    if takers and len(references) > 1:
        raise UsageError(
            f"{len(references)} times --reference, and {takers[0]} takes a picture or a folder of them",
            "Put them in a folder, or colour with networks and --refine tracks.",
        )
    return (references or (None,))[0], ()


def _refinement(asked: str | None, references: tuple[Path, ...], scribbles: Path | None) -> str:
    """Return what is asked for; else tracks if single frames of a film are painted: they go along."""
    if asked:
        return asked
    painted = references or (scribbles is not None and scribbles.is_dir())
    return "tracks" if painted else _REFINE.refine


@click.command("colorize")
@click.argument("sources", nargs=-1, type=existing_or_not(), metavar="[SOURCE]...")
@member_options
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=existing_or_not(),
    metavar="IMAGE",
    help="A coloured frame of the source, or a folder of them; any number, any size, also painted in part"
    " (transparent elsewhere). Its colours go along the tracks. For methods without a network: a whole"
    " picture, or a folder of them, whose colours to take.",
)
@click.option(
    "--swatch",
    "swatches",
    multiple=True,
    metavar="X,Y,W,H=X,Y,W,H",
    help="For welsh, any number: where in the frame the colours of which part of the reference belong,"
    " as shares of the picture.",
)
@click.option(
    "--scribbles",
    type=existing_or_not(),
    metavar="PATH",
    help="For lazybrush, levin: a picture of scribbles, or a folder of them, each named by the frame from"
    " which on it serves.",
)
@click.option(
    "--hints-from",
    metavar="VARIANT",
    help="For lazybrush, levin: the network whose surest pixels are its scribbles.  [default: the best with"
    " histograms]",
)
@click.option(
    "--refine",
    type=click.Choice(REFINEMENTS),
    help=f"Fill regions with one colour.  [default: {_REFINE.refine}; with references or a folder of"
    " scribbles: tracks]",
)
@click.option(
    "--album/--no-album",
    default=_REFINE.album,
    show_default=True,
    help="With tracks: look in the training episodes, and among references, for what is drawn again.",
)
@click.option(
    "--denoise/--no-denoise",
    default=_REFINE.denoise,
    show_default=True,
    help="With tracks: find regions in pictures without the grain, which stays in the film.",
)
@click.option("--fill", **_choice(FILL_COLORS, _REFINE.fill, "With grow, felzenszwalb: a region's colour."))
@click.option(
    "--threshold",
    type=float,
    default=_REFINE.threshold,
    show_default="3/51",
    help="With grow: how far a pixel may be from its region's mean, of the range of luminance.",
)
@click.option(
    "--refine-order", **_choice(REFINE_ORDERS, "members", "Fill each member's colours, or their mean.")
)
@click.option("--decode", **_choice(DECODINGS, _COLORIZE.decode, "From a histogram to a colour."))
@click.option("--combine", **_choice(COMBINATIONS, _COLORIZE.combine, "From several members to one colour."))
@click.option("--precision", **_choice(PRECISIONS, _COLORIZE.precision, "Of networks."))
@click.option("--compile", "compiled", is_flag=True, help="Let torch.compile speed networks up first.")
@click.option("--seed", type=int, default=_COLORIZE.seed, show_default=True, help="Of --decode sample.")
@click.option("-o", "--output", type=existing_or_not(), help="File or folder.  [default: out/EPISODE.mp4]")
@click.option("--codec", default=_RENDER.codec, show_default=True, help="h264, h265, av1, ffv1 or png.")
@click.option("--crf", type=int, help="Quality, lower is better.  [default: the codec's]")
@click.option("--pix-fmt", help="FFmpeg's pixel format, such as yuv420p10le.  [default: as the source]")
@click.option("--start", type=float, metavar="SECONDS", help="Begin here.")
@click.option("--end", type=float, metavar="SECONDS", help="Stop before this.")
@click.option("--preview", type=int, metavar="N", help="Only N frames.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option(
    "--again", is_flag=True, help="Also colour films and shots again that would come out just as before."
)
@click.option("--allow-damaged", is_flag=True, help="Take what can be decoded of a damaged source.")
@click.option(
    "--confidence-video",
    is_flag=True,
    help="With tracks: also write OUTPUT.confidence.mkv, the redder the less sure of the colour.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS|local[N]",
    help="Let workers of dask.distributed colour the shots: N on this machine, or those of a scheduler.",
)
@session_options
def command(
    session: Session,
    sources: tuple[Path, ...],
    variants: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    references: tuple[Path, ...],
    swatches: tuple[str, ...],
    scribbles: Path | None,
    hints_from: str | None,
    ensemble: bool,
    refine: str | None,
    album: bool,
    denoise: bool,
    fill: str,
    threshold: float,
    refine_order: str,
    decode: str,
    combine: str,
    precision: str,
    compiled: bool,
    seed: int,
    output: Path | None,
    codec: str,
    crf: int | None,
    pix_fmt: str | None,
    start: float | None,
    end: float | None,
    preview: int | None,
    force: bool,
    again: bool,
    allow_damaged: bool,
    confidence_video: bool,
    scheduler: str | None,
) -> None:
    """Colour videos, pictures or folders of stills; everything but the colour is kept.

    Without SOURCE, the workspace's test episodes. Without a variant, the best trained one by validation.
    """
    lent, references = _for_methods(references, variants, swatches)
    options = ColorizeOptions(
        colorize=PredictOptions(
            decode=decode,
            combine=combine,
            seed=seed,
            device=session.device,
            precision=precision,
            compile=compiled,
        ),
        refine=RefineOptions(_refinement(refine, references, scribbles), album, denoise, fill, threshold),
        render=RenderOptions(
            codec=codec,
            crf=crf,
            pix_fmt=pix_fmt,
            start=start,
            end=end,
            preview=preview,
            force=force,
            allow_damaged=allow_damaged,
        ),
        refine_order=refine_order,
    )
    guidance = Guidance(lent, tuple(parse_swatch(text) for text in swatches), scribbles, hints_from)
    choice = Choice(variants, checkpoints, ensemble, guidance)
    with session.reporter() as reporter:
        summaries = colorize(
            session.workspace,
            sources,
            choice=choice,
            options=options,
            references=references,
            output=output,
            scheduler=scheduler,
            confidence_video=confidence_video,
            again=again,
            progress=reporter.progress,
            announce=reporter.info,
            notify=reporter.warning,
        )
    for s in summaries:
        if s.as_before:
            session.info(f"{s.output} is whole and would come out just as it is. --again makes it anew.")
            continue
        kept = f" ({s.n_kept_shots} as before)" if s.n_kept_shots else ""
        session.info(
            f"Wrote {s.output}: {s.n_frames} frames, {s.n_unique} unique drawings, {s.n_shots} shots{kept},"
            f" {s.seconds:.0f} s, by {' + '.join(s.members)}"
        )
        if s.confidence:
            session.info(f"Next: `cartoonize doubtful {s.output}` names the shots that are worth a look.")
    session.emit({"outputs": summaries})  # fmt: skip
