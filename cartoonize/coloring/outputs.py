"""Paths of outputs, and the check that no file is replaced without --force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cartoonize.errors import OutputError, UsageError
from cartoonize.filters.render import RenderOptions
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace

#: Suffix of the output for codecs of pictures, and for those that are not for MP4.
_PICTURE_SUFFIXES = {"png": ".png", "tiff": ".tif", "exr": ".exr"}
_SUFFIXES = {"ffv1": ".mkv", "prores": ".mov", "dnxhr": ".mov"}


def output_paths(
    workspace: Workspace,
    sources: Sequence[Path],
    output: Path | None,
    render: RenderOptions,
    reporter: Reporter,
) -> list[Path]:
    """Return the output of each source.

    Parameters
    ----------
    workspace : Workspace
        Outputs go to its ``out/`` by default.
    sources : sequence of Path
        Videos, pictures or folders of stills.
    output : Path, optional
        File or folder that the user gives.
    render : RenderOptions
        Codec, which determines the container.
    reporter : Reporter
        Receives a warning if MP4 cannot hold a stream.

    Raises
    ------
    UsageError
        If one file is given for several sources.
    """
    if output is not None and output.suffix and not output.is_dir():
        if render.clip_per_shot:
            raise UsageError(
                f"{output} is one file, but --clip-per-shot writes a folder", "Give a folder with -o."
            )
        if len(sources) > 1:
            raise UsageError(
                f"{output} is one file, but there are {len(sources)} sources",
                "Give a folder with -o, or colour the sources one by one.",
            )
        return [output]
    suffixes = [_suffix(source, render, reporter) for source in sources]
    if output is not None and suffixes == [""]:
        return [output]  # the folder of pictures itself, so that --force finds it again
    folder = output or workspace.out
    paths: list[Path] = []
    for source, suffix in zip(sources, suffixes, strict=True):
        stem = source.resolve().name if source.is_dir() else source.stem
        longer = f"{source.resolve().parent.name}-{stem}"
        names = [stem, longer, *(f"{longer}-{number}" for number in range(2, len(sources) + 1))]
        paths.append(next(p for name in names if (p := folder / f"{name}{suffix}") not in paths))
    return paths


def check_free(
    sources: Sequence[Path],
    outputs: Sequence[Path],
    *,
    force: bool,
    is_ours: Callable[[Path], bool] = lambda path: False,
) -> None:
    """Raise `OutputError` if an output would replace a source, or another file without ``force``.

    Parameters
    ----------
    sources, outputs : sequence of Path
        Inputs, and files or folders to write.
    force : bool
        True to allow existing outputs.
    is_ours : callable
        Returns whether a file was written by this program and is unchanged. Such outputs pass this check,
        because it is checked later whether they are up to date.
    """
    inputs = {path.resolve() for path in sources}
    for output in outputs:
        if output.resolve() in inputs:
            raise OutputError(f"{output} is the input itself", "Give the output another name.")
        if output.exists() and not force and not is_ours(output):
            raise in_the_way(output)


def in_the_way(output: Path) -> OutputError:
    """Return the error for an output that exists already."""
    return OutputError(f"{output} exists already", "Use --force to replace it.")


def _suffix(source: Path, render: RenderOptions, reporter: Reporter) -> str:
    """Return ``.mp4`` if MP4 holds all streams of the source, else ``.mkv``; ``.png`` or "" for pictures."""
    from cartoonize.video import open_source, streams_mp4_cannot_hold

    with open_source(source, allow_damaged=render.allow_damaged) as opened:
        kind = opened.kind
    if render.clip_per_shot:
        return ""
    if kind == "image":
        return _PICTURE_SUFFIXES.get(render.codec, ".png")
    if kind == "stills" or render.codec in _PICTURE_SUFFIXES:
        return ""
    if render.codec in _SUFFIXES:
        return _SUFFIXES[render.codec]
    unfit = streams_mp4_cannot_hold(source)
    if unfit:
        reporter.warning(f"{source.name}: written as MKV, because MP4 cannot hold {', '.join(unfit)}.")
    return ".mkv" if unfit else ".mp4"
