"""``cartoonize colorize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.picture import histogram_of_picture
from cartoonize.annotations.swatches import parse_swatch
from cartoonize.cli.options import (
    Session,
    chapters_option,
    existing_or_not,
    member_options,
    session_options,
)
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import REFINE_ORDERS, ColorizeOptions, RunOptions
from cartoonize.devices import PRECISIONS
from cartoonize.filters.predict import COMBINATIONS, DECODINGS, PredictOptions
from cartoonize.filters.refine import FILL_COLORS, REFINEMENTS, RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.reporting import counted
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.film_chapters import each_chapter

if TYPE_CHECKING:
    from cartoonize.coloring.write import ColorizeSummary

_PREDICT, _REFINE, _RENDER = PredictOptions(), RefineOptions(), RenderOptions()


def _choice(known: tuple[str, ...], default: str, help: str) -> dict[str, Any]:
    return {"type": click.Choice(known), "default": default, "show_default": True, "help": help}


@click.command("colorize")
@click.argument("sources", nargs=-1, type=existing_or_not(), metavar="[SOURCE]...")
@member_options
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=existing_or_not(),
    metavar="IMAGE",
    help="A coloured frame of the source, or a folder of them; any number and any size. Pixels that are not"
    " painted are transparent. The colours follow the tracks. Methods without a network take colours from"
    " whole pictures instead.",
)
@click.option(
    "--grey-is-known",
    is_flag=True,
    help="Areas of references that are as grey as the film are grey, and not just unpainted.",
)
@click.option(
    "--swatch",
    "swatches",
    multiple=True,
    metavar="X,Y,W,H=X,Y,W,H",
    help="For welsh; any number. A rectangle in every frame, and the rectangle of the reference with its"
    " colours, as shares of the picture.",
)
@click.option(
    "--scribbles",
    type=existing_or_not(),
    metavar="PATH",
    help="For lazybrush and levin. A picture of scribbles, or a folder of them, each named by the number of"
    " the first frame to which it applies.",
)
@click.option(
    "--hints-from",
    metavar="VARIANT",
    help="For lazybrush and levin. Network whose most confident pixels are used as scribbles.  [default: the"
    " best network with histograms]",
)
@click.option(
    "--refine",
    type=click.Choice(REFINEMENTS),
    help="Give regions one colour: follow them through their shot (tracks), or fill those of each drawing.  "
    "[default: tracks with networks, references or a folder of scribbles; else none]",
)
@click.option(
    "--album/--no-album",
    default=_REFINE.album,
    show_default=True,
    help="With tracks: look drawings up in the training episodes and among the references.",
)
@click.option(
    "--denoise/--no-denoise",
    default=_REFINE.denoise,
    show_default=True,
    help="With tracks: find regions in pictures without grain. The film keeps its grain.",
)
@click.option(
    "--fill", **_choice(FILL_COLORS, _REFINE.fill, "With grow and felzenszwalb: colour of a region.")
)
@click.option(
    "--threshold",
    type=float,
    default=_REFINE.threshold,
    show_default="3/51",
    help="Region-growing threshold, with grow: largest difference of a pixel from the mean of its region, as"
    " a share of the range of luminance. 0 infers it for each drawing.",
)
@click.option(
    "--refine-order",
    **_choice(
        REFINE_ORDERS,
        "members",
        "With grow and felzenszwalb: fill the colours of each member, or fill their mean.",
    ),
)
@click.option(
    "--decode", **_choice(DECODINGS, _PREDICT.decode, "Without tracks: how histograms are decoded.")
)
@click.option(
    "--histogram-from",
    type=existing_or_not(),
    metavar="IMAGE",
    help="Give every picture the colours of this one, each as often as it occurs there. For networks with"
    " histograms.",
)
@click.option("--combine", **_choice(COMBINATIONS, _PREDICT.combine, "How members are combined."))
@click.option("--precision", **_choice(PRECISIONS, _PREDICT.precision, "Precision of network arithmetic."))
@click.option("--compile", "compiled", is_flag=True, help="Compile networks with torch.compile first.")
@click.option("--seed", type=int, default=_PREDICT.seed, show_default=True, help="Seed of --decode sample.")
@click.option(
    "-o", "--output", type=existing_or_not(), help="File or folder to write.  [default: out/EPISODE.mp4]"
)
@click.option(
    "--codec",
    default=_RENDER.codec,
    show_default=True,
    help="Video codec: h264, h265, av1, ffv1, prores or dnxhr; png, tiff or exr for a folder of pictures.",
)
@click.option(
    "--profile",
    metavar="NAME",
    help="Profile of prores (proxy, lt, standard, hq, 4444, 4444xq) or dnxhr (lb, sq, hq, hqx, 444)."
    "  [default: hq or hqx; 4444 or 444 for sources with full chroma or opacity]",
)
@click.option(
    "--chroma-only",
    is_flag=True,
    help="With prores, png or exr: write only the layer of colour, with opacity. Above the grey film it gives"
    " the coloured one.",
)
@click.option(
    "--clip-per-shot",
    is_flag=True,
    help="Write a folder with one video, or one folder of pictures, for each shot.",
)
@click.option(
    "--handles",
    type=int,
    default=_RENDER.handles,
    show_default=True,
    metavar="N",
    help="With --clip-per-shot: number of frames before and after each shot that its clip also has.",
)
@click.option("--crf", type=int, help="Quality; lower is better.  [default: depends on the codec]")
@click.option("--pix-fmt", help="Pixel format of FFmpeg, such as yuv420p10le.  [default: that of the source]")
@click.option("--start", type=float, metavar="SECONDS", help="Start of the part to colour.")
@click.option("--end", type=float, metavar="SECONDS", help="End of the part to colour; not included.")
@click.option("--preview", type=int, metavar="N", help="Colour only N frames.")
@click.option("--force", is_flag=True, help="Replace outputs that exist.")
@click.option(
    "--again", is_flag=True, help="Colour everything again, also shots and outputs that are up to date."
)
@click.option(
    "--film",
    is_flag=True,
    help="Write the film's own progressive frames, such as 24 in a second, of telecined video.",
)
@chapters_option
@click.option(
    "--bars/--no-bars",
    default=True,
    show_default=True,
    help="Find black bars and the round corners of film gates, and leave them grey.",
)
@click.option("--allow-damaged", is_flag=True, help="Colour what can be decoded of a damaged source.")
@click.option(
    "--confidence-video",
    is_flag=True,
    help="With tracks: also write OUTPUT.confidence.mkv, red where colours may be wrong.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS|local[N]",
    help="Colour on workers of dask.distributed: N on this machine, or those of the scheduler at ADDRESS.",
)
@session_options
def command(
    session: Session,
    *,
    sources: tuple[Path, ...],
    variants: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    references: tuple[Path, ...],
    grey_is_known: bool,
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
    histogram_from: Path | None,
    combine: str,
    precision: str,
    compiled: bool,
    seed: int,
    output: Path | None,
    codec: str,
    profile: str | None,
    chroma_only: bool,
    clip_per_shot: bool,
    handles: int,
    crf: int | None,
    pix_fmt: str | None,
    start: float | None,
    end: float | None,
    preview: int | None,
    force: bool,
    again: bool,
    film: bool,
    chapters: str | None,
    bars: bool,
    allow_damaged: bool,
    confidence_video: bool,
    scheduler: str | None,
) -> None:
    """Colour videos, discs, pictures or folders of stills. Everything except the colour stays the same.

    Without SOURCE, the test episodes of the workspace are coloured. Without --variant, the trained network
    with the best validation score is used. Outputs that are up to date are skipped.
    """
    annotations = Annotations(
        references, tuple(parse_swatch(text) for text in swatches), scribbles, hints_from, grey_is_known
    )
    options = ColorizeOptions(
        predict=PredictOptions(
            decode=decode,
            combine=combine,
            histogram=histogram_of_picture(histogram_from) if histogram_from else (),
            seed=seed,
            device=session.device,
            precision=precision,
            compile=compiled,
        ),
        refine=RefineOptions(refine, album, denoise, fill, threshold),
        render=RenderOptions(
            codec=codec,
            crf=crf,
            pix_fmt=pix_fmt,
            profile=profile,
            chroma_only=chroma_only,
            clip_per_shot=clip_per_shot,
            handles=handles,
            start=start,
            end=end,
            preview=preview,
            force=force,
            allow_damaged=allow_damaged,
            film=film,
            bars=bars,
        ),
        refine_order=refine_order,
    )
    with session.reporter() as reporter:
        summaries = colorize(
            session.workspace,
            each_chapter(sources, reporter) if chapters else sources,
            choice=Choice(variants, checkpoints, ensemble),
            annotations=annotations,
            options=options,
            output=output,
            run=RunOptions(scheduler, confidence_video, again),
            reporter=reporter,
        )
    for summary in summaries:
        session.info(_line(summary))
        if summary.confidence and not summary.as_before:
            session.info(f"Next: `{session.command_line('doubtful', summary.output)}` lists doubtful shots.")
    session.emit({"outputs": summaries})


def _line(summary: ColorizeSummary) -> str:
    """Describe a result in one line."""
    if summary.as_before:
        return f"{summary.output} is up to date. --again colours it again."
    cached = f" ({summary.n_kept_shots} from the cache)" if summary.n_kept_shots else ""
    return (
        f"Wrote {summary.output}: {counted(summary.n_frames, 'frame')},"
        f" {counted(summary.n_unique, 'drawing')}, {counted(summary.n_shots, 'shot')}{cached},"
        f" {summary.seconds:.0f} s, by {' + '.join(summary.members)}"
    )
