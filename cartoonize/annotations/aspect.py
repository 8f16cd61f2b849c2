"""Aspect ratio: check that a picture has the aspect ratio of a film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import SourceError

if TYPE_CHECKING:
    from cartoonize.video.source import Source


def check_aspect(path: Path, size: tuple[int, int], sources: Sequence[Source], hint: str) -> None:
    """Raise `SourceError` unless a picture has the aspect ratio of one of the sources.

    Parameters
    ----------
    path : Path
        File of the picture.
    size : (int, int)
        Width and height of the picture, in pixels.
    sources : sequence of Source
        At least one.
    hint : str
        Hint of the error.
    """
    if any(source.format.has_aspect_of(*size) for source in sources):
        return
    (width, height), form = size, sources[0].format
    raise SourceError(
        f"{path} has {width}x{height} pixels, another aspect ratio than {sources[0].path.name} with"
        f" {form.width}x{form.height}",
        hint,
    )
