"""Cache of training frames: one memory-mapped array for all pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.errors import WorkspaceError
from cartoonize.frames import COLOR_SIZE


def build_cache(path: Path, pictures: Sequence[Path]) -> NDArray[np.uint8]:
    """Write pictures, resized to 256x256, to one array file, unless the file exists; map it into memory.

    Parameters
    ----------
    path : Path
        The ``.npy`` file. Its name has to change with the pictures.
    pictures : sequence of Path
        Lossless colour pictures.

    Returns
    -------
    ndarray of uint8, shape (n, 256, 256, 3)
        sRGB, read-only.

    Raises
    ------
    WorkspaceError
        If a picture is missing or damaged.
    """
    import cv2

    shape = (len(pictures), COLOR_SIZE, COLOR_SIZE, 3)
    if not path.is_file():
        # Written, not memory-mapped: if the disk is full, writing to a mapped file kills the process.
        with replacing(path) as temporary, temporary.open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            for picture in pictures:
                bgr = cv2.imread(str(picture), cv2.IMREAD_COLOR)
                if bgr is None:
                    raise WorkspaceError(
                        f"{picture}: missing or damaged", "Run `cartoonize extract` on its episode again."
                    )
                if bgr.shape != shape[1:]:
                    bgr = cv2.resize(bgr, shape[1:3], interpolation=cv2.INTER_AREA)
                file.write(bgr[..., ::-1].tobytes())
    return np.load(path, mmap_mode="r")
