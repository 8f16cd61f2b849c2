"""Features of the pictures of an album, which are kept in the cache of the workspace."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.errors import OutputError
from cartoonize.prefetch import map_parallel, n_cores
from cartoonize.workspace import fingerprint_of

if TYPE_CHECKING:
    from cartoonize.tracking.features import Features

Grey = NDArray[np.uint8]


def features_of_pictures(
    paths: Sequence[Path], read: Callable[[Path], Grey], folder: Path, content: object
) -> Iterator[Features]:
    """Yield the features of each picture, in order. They are found once, in all cores, and kept.

    Parameters
    ----------
    paths : sequence of Path
        Files of the pictures.
    read : callable
        Reads one of them as grey.
    folder : Path
        Folder of the cache.
    content : object
        What the pictures show, as JSON. Other content has another file.
    """
    import cv2

    from cartoonize.tracking.features import VERSION, Features

    path = folder / f"album-{fingerprint_of([VERSION, cv2.__version__, content])[:16]}.npz"
    if (known := _read(path, len(paths))) is not None:
        yield from known
        return
    found = []
    work = map_parallel(lambda file: Features.of(read(file)), paths, n_threads=n_cores())
    with closing(work):
        for features in work:
            found.append(features)
            yield features
    with suppress(OutputError):  # a cache may be missing
        _write(path, found)


def _read(path: Path, n_pictures: int) -> list[Features] | None:
    """Return the features in a file, or None if there are none for this number of pictures."""
    from cartoonize.tracking.features import Features

    with suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile), np.load(path) as file:
        limits = np.cumsum(file["counts"])[:-1]
        parts = zip(np.split(file["positions"], limits), np.split(file["codes"], limits), strict=True)
        if len(file["counts"]) == n_pictures:
            return [Features(positions, codes) for positions, codes in parts]
    return None


def _write(path: Path, found: Sequence[Features]) -> None:
    if not found:
        return
    with replacing(path) as part, part.open("wb") as file:
        np.savez(
            file,
            counts=np.array([len(features.codes) for features in found]),
            positions=np.concatenate([features.positions for features in found]),
            codes=np.concatenate([features.codes for features in found]),
        )
