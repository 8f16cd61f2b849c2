"""Accepted shots: colours that a person has finished. No later colouring of the film changes them."""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder, output_error, replacing
from cartoonize.coloring.accepted_files import accepted_folder, accepted_root
from cartoonize.coloring.cached_shot import CachedShot, Planes
from cartoonize.coloring.films import Film
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

_NAME = "{pts:015d}-{content}.npz"


class AcceptedShots:
    """The accepted shots of one film, as copies of their cached colours.

    They are found by the time stamps of their frames, so that they hold for parts of the film, too, and
    whatever cuts are found later.

    Parameters
    ----------
    folder : Path
        Folder of the film, from `accepted_folder`. It is made with the first shot.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = {int(path.name[:15]): path for path in sorted(folder.glob("*.npz"))}
        self._starts = sorted(self._paths)

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the colours of all accepted shots; "" if there are none."""
        return fingerprint_of(sorted(path.name for path in self._paths.values())) if self._paths else ""

    def ranges(self) -> dict[tuple[int, int], int]:
        """Return the first time stamp of each shot, by its first frame and the frame after its last one.

        Frames are counted as they were when the shot was accepted. Damaged files are left out.
        """
        found = {}
        for pts, path in self._paths.items():
            with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile), np.load(path) as file:
                start = int(file["start"])
                found[start, start + len(file["pts"])] = pts
        return found

    def add(self, path: Path) -> None:
        """Keep the colours of a cached shot. They replace those of an accepted shot that begins there.

        Parameters
        ----------
        path : Path
            File of the cached shot.

        Raises
        ------
        UsageError
            If the shot is not cached.
        OutputError
            If the copy cannot be written.
        """
        shot = CachedShot.read(path, tracked=False)
        if shot is None:
            raise UsageError(f"{path} has no colours to accept", "Colour the film again.")
        pts, content = int(shot.pts[0]), path.read_bytes()
        name = _NAME.format(pts=pts, content=fingerprint(path)[:16])
        if self._paths.get(pts) == self._folder / name:
            return
        make_folder(self._folder)
        with replacing(self._folder / name) as temporary:
            temporary.write_bytes(content)
        self.remove(pts)
        self._paths[pts] = self._folder / name
        self._starts = sorted(self._paths)

    def remove(self, pts: int) -> None:
        """Accept the shot that begins at a time stamp no longer. If there is none, do nothing."""
        path = self._paths.pop(pts, None)
        self._starts = sorted(self._paths)
        if path is not None:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise output_error(path, error) from error

    def find(self, pts: int) -> CachedShot | None:
        """Return the accepted shot with a frame of this time stamp, or None.

        Raises
        ------
        WorkspaceError
            If its file is damaged.
        """
        position = bisect_right(self._starts, pts) - 1
        if position < 0:
            return None
        path = self._paths[self._starts[position]]
        shot = CachedShot.read(path, tracked=False)
        if shot is None:
            raise WorkspaceError(
                f"{path}: the colours of an accepted shot are damaged",
                "Restore the file from a backup; or remove it, and accept the shot again.",
            )
        return shot if pts in shot.pts else None


def accepted_shots(workspace: Workspace, film: Film, options: ColorizeOptions) -> AcceptedShots:
    """Return the accepted shots of a film; none if it is coloured without tracks."""
    root = accepted_root(workspace)
    if not (options.uses_tracks and root.is_dir()):
        return AcceptedShots(root)  # the fingerprint of a film takes time
    return AcceptedShots(accepted_folder(workspace, film.fingerprint))


def with_accepted_colors(
    frames: Iterable[Frame], accepted: AcceptedShots, planes: PlaneFormat
) -> Iterator[Frame]:
    """Replace the ``chroma`` of the frames of accepted shots by the accepted colours.

    Parameters
    ----------
    frames : iterable of Frame
        Coloured frames of a film, in order.
    accepted : AcceptedShots
        Its accepted shots.
    planes : PlaneFormat
        Format of the chroma planes. Colours that were accepted in another format are converted.
    """
    if not len(accepted):
        yield from frames
        return
    shot: _Playback | None = None
    for frame in frames:
        if shot is None or not shot.has(frame.pts):
            found = accepted.find(frame.pts)
            shot = _Playback(found) if found is not None else None
        if shot is None:
            yield frame
        else:
            yield frame.having(chroma=converted(shot.at(frame.pts), shot.planes, planes))


class _Playback:
    """The chroma of a shot, unpacked in order."""

    def __init__(self, shot: CachedShot) -> None:
        self._shot, self.planes = shot, shot.planes
        self._chroma = iter(shot.chroma)
        self._drawing = -1
        self._shown: Planes | None = None

    def has(self, pts: int) -> bool:
        """Return whether the shot has a frame with this time stamp."""
        position = int(np.searchsorted(self._shot.pts, pts))
        return position < len(self._shot.pts) and self._shot.pts[position] == pts

    def at(self, pts: int) -> Planes:
        """Return the chroma of the frame with this time stamp, which is not before the last one."""
        index = self._shot.start + int(np.searchsorted(self._shot.pts, pts))
        while self._drawing < self._shot.drawing_at(index):
            self._drawing, self._shown = self._drawing + 1, next(self._chroma)
        assert self._shown is not None
        return self._shown


def converted(chroma: Planes, of: PlaneFormat, to: PlaneFormat) -> Planes:
    """Return chroma planes in another size, bit depth and range.

    Parameters
    ----------
    chroma : pair of arrays
        Cb and Cr codes.
    of, to : PlaneFormat
        Format of the planes, and the format to convert them to. Both are of one film, whose luma is never
        changed, so that the matrix is the same.
    """
    if of == to:
        return chroma
    cb, cr = (_converted(plane, of, to) for plane in chroma)
    return cb, cr


def _converted(plane: NDArray[Any], of: PlaneFormat, to: PlaneFormat) -> NDArray[Any]:
    import cv2

    chroma = (plane.astype(np.float32) - _grey(of)) / _span(of)
    size = (to.chroma_width, to.chroma_height)
    shrinks = size[0] < plane.shape[1] or size[1] < plane.shape[0]
    resized = cv2.resize(chroma, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    codes = np.clip(np.rint(resized * _span(to) + _grey(to)), 0, (1 << to.bit_depth) - 1)
    return codes.astype(np.uint8 if to.bit_depth == 8 else np.uint16)


def _grey(planes: PlaneFormat) -> int:
    """Return the code of no colour."""
    return 128 << (planes.bit_depth - 8)


def _span(planes: PlaneFormat) -> int:
    """Return the number of codes between chroma -0.5 and 0.5."""
    return (1 << planes.bit_depth) - 1 if planes.full_range else 224 << (planes.bit_depth - 8)
