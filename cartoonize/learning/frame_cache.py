"""Cache of training frames: one memory-mapped array for all pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.errors import WorkspaceError
from cartoonize.frames import COLOR_SIZE
from cartoonize.prefetch import map_parallel, n_cores
from cartoonize.reporting import LOG, Reporter

#: Largest number of threads that read pictures.
_MAX_THREADS = 8


def build_cache(
    path: Path, pictures: Sequence[Path], *, label: str = "reading frames", reporter: Reporter = LOG
) -> NDArray[np.uint8]:
    """Write pictures, resized to 256x256, to one array file, unless the file exists; map it into memory.

    Parameters
    ----------
    path : Path
        The ``.npy`` file. Its name has to change with the pictures.
    pictures : sequence of Path
        Lossless colour pictures.
    label : str
        Label of the progress.
    reporter : Reporter
        Receives progress.

    Returns
    -------
    ndarray of uint8, shape (n, 256, 256, 3)
        sRGB, read-only.

    Raises
    ------
    WorkspaceError
        If a picture is missing or damaged.
    """
    shape = (len(pictures), COLOR_SIZE, COLOR_SIZE, 3)
    if not path.is_file():
        # Written, not memory-mapped: if the disk is full, writing to a mapped file kills the process.
        with replacing(path) as temporary, temporary.open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            reporter.progress(label, 0, len(pictures), unit="frames")
            n_threads = min(n_cores(), _MAX_THREADS)
            with closing(map_parallel(_read, pictures, n_threads=n_threads)) as read:
                for n_read, rgb in enumerate(read, 1):
                    file.write(rgb.data)
                    reporter.progress(label, n_read, len(pictures), unit="frames")
    return np.load(path, mmap_mode="r")


def _read(picture: Path) -> NDArray[np.uint8]:
    """Read a picture as (256, 256, 3) sRGB."""
    import cv2

    bgr = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if bgr is None:
        raise WorkspaceError(
            f"{picture}: missing or damaged", "Run `cartoonize extract` on its episode again."
        )
    if bgr.shape[:2] != (COLOR_SIZE, COLOR_SIZE):
        bgr = cv2.resize(bgr, (COLOR_SIZE, COLOR_SIZE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


def keep_array(path: Path, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """Return the array in a file; if the file is missing or damaged, compute the array and write the file.

    Parameters
    ----------
    path : Path
        The ``.npy`` file. Its name has to change with the array.
    compute : callable
        Returns the array.
    """
    try:
        kept: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        kept = compute()
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, kept)
    return kept
