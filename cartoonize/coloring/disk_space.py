"""Disk space: check before the work that the outputs will fit."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cartoonize.coloring.films import Film
from cartoonize.errors import OutputError

#: Smallest expected bytes per pixel of a frame, by codec: at most a quarter of the sizes of three cartoons at
#: the default quality (one drawn with flat colours, one made on a computer, one scanned film).
_MIN_BYTES_PER_PIXEL = {
    "h264": 0.003, "h265": 0.001, "av1": 0.001, "ffv1": 0.03, "prores": 0.03, "dnxhr": 0.03, "png": 0.03,
    "tiff": 0.03, "exr": 0.03,
}  # fmt: skip


def check_disk_space(films: Sequence[Film]) -> None:
    """Raise `OutputError` if a disk has too little space even for the smallest expected outputs."""
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
                "Free some space, or write to another disk with -o.",
            )


def least_bytes(film: Film) -> float:
    """Return the smallest expected size of an output in bytes; 0 if the length of the film is unknown."""
    form = film.source.format
    return film.n_expected * form.height * form.width * _MIN_BYTES_PER_PIXEL.get(film.render.codec, 0)


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    return next(path for path in (folder, *folder.parents) if path.exists())


def _megabytes(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:.1f} MB"
