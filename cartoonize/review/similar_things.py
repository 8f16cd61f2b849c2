"""Similar things of a workspace: regions of its coloured episodes and painted frames, with pictures."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder, replacing
from cartoonize.color.hex import hex_of
from cartoonize.errors import CartoonizeError, SourceError, UnknownNameError
from cartoonize.review import render
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.review.similar import RegionIndex
    from cartoonize.tracking.parts import Parts

#: Largest number of pictures of episodes, evenly spread, and of painted frames.
_MAX_PICTURES, _MAX_PAINTED = 120, 60
#: Number of similar things of different colours.
_N_SIMILAR = 6
#: Part of the names of kept indices. Raise it when the same pictures give another index.
_VERSION = 1
#: A pixel of a painted frame has a known colour if it is opaque, and at least this far from grey, in ab.
_MIN_CHROMA = 4.0
#: Height of the pictures of things in pixels, and how much of the surroundings they show.
_HEIGHT, _AROUND = 72, 1.35


class SimilarThings:
    """Things of the coloured pictures of a workspace that look like a thing of a film.

    Parameters
    ----------
    workspace : Workspace
        Workspace with training episodes and painted frames.
    told : callable
        Called from a thread when the pictures were read.
    """

    def __init__(self, workspace: Workspace, told: Callable[[], None]) -> None:
        self._workspace, self._told, self._lock = workspace, told, Lock()
        self._paths: list[Path] | None = None
        self._index: RegionIndex | None = None
        self.tag = ""
        """A text that changes when the numbers of things do."""
        self._is_closed = False

    def find(self, parts: Parts, region: int) -> list[dict[str, Any]] | None:
        """Return things that look like a region, as JSON; None while the pictures are still read."""
        index = self._ready()
        if index is None:
            return None
        lightness = float(parts.means[region])
        return [
            {"color": hex_of(lightness, one.ab), "picture": f"/similar/{number}?of={self.tag}"}
            for number, one in index.similar(parts, region, _N_SIMILAR)
        ]

    def picture(self, number: int) -> bytes:
        """Return a thing with its surroundings as JPEG, or raise `UnknownNameError`."""
        index = self._ready()
        if index is None or not 0 <= number < len(index) or self._paths is None:
            raise UnknownNameError("similar thing", str(number), [])
        one = index[number]
        picture = _read(self._paths[one.picture])[..., 2::-1]
        return render.jpeg(render.around(picture, one.box, _AROUND, _HEIGHT))

    def close(self) -> None:
        """Stop reading."""
        self._is_closed = True

    def _ready(self) -> RegionIndex | None:
        """Return the index of the present pictures, or None and begin to read them."""
        with self._lock:
            if self._paths is None:
                self._paths = _pictures(self._workspace)
                Thread(target=self._work, args=(self._paths,), daemon=True).start()
            return self._index

    def forget(self) -> None:
        """Read the pictures again when they are needed, because there may be others."""
        with self._lock:
            self._paths = self._index = None

    def _work(self, paths: list[Path]) -> None:
        try:
            index = self._kept(paths)
        except CartoonizeError as error:
            logging.getLogger("cartoonize").warning("%s", error)
            return
        with self._lock:
            if self._paths is not paths or index is None:
                return
            self._index = index
        self._told()

    def _kept(self, paths: list[Path]) -> RegionIndex | None:
        """Return the index of pictures, as it was kept, or made and kept now; None if closed."""
        from cartoonize.review.similar import RegionIndex

        states = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths]
        self.tag = hashlib.sha256(repr([_VERSION, states]).encode()).hexdigest()[:16]
        file = self._workspace.cache / "review" / f"similar-{self.tag}.npz"
        with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile), np.load(file) as arrays:
            return RegionIndex.of(dict(arrays))
        index = RegionIndex(self._read_all(paths))
        if self._is_closed:
            return None
        with suppress(CartoonizeError, OSError):
            make_folder(file.parent)
            for earlier in file.parent.glob("similar-*.npz"):
                earlier.unlink(missing_ok=True)
            with replacing(file) as temporary, temporary.open("wb") as stream:
                np.savez(stream, **index.arrays())  # type: ignore[arg-type]
        return index

    def _read_all(
        self, paths: list[Path]
    ) -> Iterator[tuple[int, Parts, NDArray[np.float32], NDArray[np.bool_]]]:
        from cartoonize.color.lab import rgb_to_lab
        from cartoonize.frames import area_average
        from cartoonize.tracking.parts import parts_of_grey
        from cartoonize.video.planes import luma_of_rgb

        for number, path in enumerate(paths):
            if self._is_closed:
                return
            with suppress(SourceError):
                picture = _read(path)
                rgb = area_average(np.ascontiguousarray(picture[..., :3]))
                ab = rgb_to_lab(rgb)[..., 1:].astype(np.float32)
                is_known = np.ones(ab.shape[:2], bool)
                if picture.shape[2] == 4:
                    is_known = area_average(np.ascontiguousarray(picture[..., 3])) == 255
                    is_known &= np.linalg.norm(ab, axis=-1) >= _MIN_CHROMA
                yield number, parts_of_grey(luma_of_rgb(rgb, "bt601")), ab, is_known


def _pictures(workspace: Workspace) -> list[Path]:
    """Return pictures of the training episodes, and the painted frames."""
    paths: list[Path] = []
    with suppress(CartoonizeError):
        paths = workspace.some_pictures(workspace.training_episodes(workspace.load()), _MAX_PICTURES)
    painted = sorted((workspace.root / "references").glob("*/*.png"))
    return [*paths, *painted[:_MAX_PAINTED]]


def _read(path: Path) -> NDArray[np.uint8]:
    """Return a picture, RGB, with alpha if it is a painted frame."""
    from cartoonize.annotations.picture import read_painting
    from cartoonize.video.images import read_picture

    return read_painting(path) if path.parent.parent.name == "references" else read_picture(path)
