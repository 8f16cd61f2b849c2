"""Whether there is room for what is going to be written, before hours of work are spent on it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cartoonize.coloring.films import Film
from cartoonize.errors import OutputError

#: Bytes a pixel of a frame: a quarter or less of what three cartoons took at the default quality (one drawn
#: with flat colours, one made on a computer, one scanned film): what has less room surely has too little.
_LEAST = {"h264": 0.003, "h265": 0.001, "av1": 0.001, "ffv1": 0.03, "png": 0.03}


def check_disk_space(films: Sequence[Film]) -> None:
    """Raise `OutputError` if a disk surely has too little room for the films that go there."""
    needed: dict[int, float] = defaultdict(float)
    for film in films:
        folder = _existing(film.writer.path.parent)
        disk = folder.stat().st_dev
        needed[disk] += least_bytes(film)
        free = shutil.disk_usage(folder).free
        if needed[disk] > free:
            raise OutputError(
                f"{film.writer.path}: at least {_megabytes(needed[disk])} are needed, and"
                f" {_megabytes(free)} are free there",
                "Make room, or write to another disk with -o.",
            )


def least_bytes(film: Film) -> float:
    """Return how much a film's result takes at least, in bytes; 0 if its length is not known."""
    form = film.source.format
    return film.n_expected * form.height * form.width * _LEAST.get(film.render.codec, 0)


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    return next(path for path in (folder, *folder.parents) if path.exists())


def _megabytes(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:.1f} MB"
