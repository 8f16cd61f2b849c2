"""What results are called, and that they replace nothing unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cartoonize.errors import OutputError, UsageError
from cartoonize.filters.render import RenderOptions
from cartoonize.workspace import Workspace


def output_paths(
    workspace: Workspace,
    sources: Sequence[Path],
    output: Path | None,
    render: RenderOptions,
    notify: Callable[[str], None],
) -> list[Path]:
    """Decide what every source's result is called."""
    if output is not None and output.suffix and not output.is_dir():
        if len(sources) > 1:
            raise UsageError(
                f"{output}: one file for {len(sources)} sources",
                "Give -o a folder, or colour them one by one.",
            )
        return [output]
    suffixes = [_suffix(source, render, notify) for source in sources]
    if output is not None and suffixes == [""]:
        return [output]  # the folder of pictures itself: with --force it is found again
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
    """Raise `OutputError` if a result would replace a source, or something else without ``force``.

    Parameters
    ----------
    sources, outputs : sequence of Path
    force : bool
    is_ours : callable
        Whether what is there was written here: it may be what is wanted, which has to be asked later.
    """
    inputs = {path.resolve() for path in sources}
    for output in outputs:
        if output.resolve() in inputs:
            raise OutputError(f"{output} is the input itself", "Give the output another name.")
        if output.exists() and not force and not is_ours(output):
            raise in_the_way(output)


def in_the_way(output: Path) -> OutputError:
    """Return the error that something is there already."""
    return OutputError(f"{output} exists already", "Use --force to replace it.")


def _suffix(source: Path, render: RenderOptions, notify: Callable[[str], None]) -> str:
    """Return ``.mp4`` if MP4 holds all that the source has, else ``.mkv``; ``.png`` or none for pictures."""
    from cartoonize.video import open_source, streams_mp4_cannot_hold

    with open_source(source, allow_damaged=render.allow_damaged) as opened:
        kind = opened.kind
    if kind == "image":
        return ".png"
    if kind == "stills" or render.codec == "png":
        return ""
    if render.codec == "ffv1":
        return ".mkv"
    unfit = streams_mp4_cannot_hold(source)
    if unfit:
        notify(f"{source.name}: written as MKV, since MP4 cannot hold {', '.join(unfit)}.")
    return ".mkv" if unfit else ".mp4"
