"""Copies of films, as `colorize` writes them, without its colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cartoonize.video import open_source, open_writer
from cartoonize.video.output import Writer


def copied(source_path: Path, path: Path, **options: Any) -> Writer:
    """Write the frames of a source with its streams; return the writer.

    Parameters
    ----------
    source_path : Path
        Film to copy.
    path : Path
        Output.
    **options
        Options of `open_writer`; ``start`` and ``end`` also limit the frames.
    """
    part = {key: options[key] for key in ("start", "end") if key in options}
    with (
        open_source(source_path) as source,
        open_writer(path, source.format, copy_from=source_path, **options) as writer,
    ):
        for frame in source.frames(**part):
            writer.write(frame)
    return writer
