"""Pieces of files that are read as one file, such as the VOBs of a title of a DVD."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Piece:
    """A range of bytes of a file."""

    path: Path
    start: int
    n_bytes: int


class JoinedFiles:
    """Reader of pieces of files, one after the other. One file is open at a time; nothing is kept in memory.

    Parameters
    ----------
    pieces : sequence of Piece
        At least one.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._ends = list(accumulate(piece.n_bytes for piece in pieces))
        self._position = 0
        self._open: tuple[Path, BinaryIO] | None = None

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes, at most ``n_bytes``; fewer at the end of a piece, none at the end of all."""
        number = bisect_right(self._ends, self._position)
        if number == len(self._pieces):
            return b""
        piece = self._pieces[number]
        left = self._ends[number] - self._position
        file = self._opened(piece.path)
        file.seek(piece.start + piece.n_bytes - left)
        data = file.read(left if n_bytes < 0 else min(n_bytes, left))
        self._position = self._position + len(data) if data else self._ends[number]
        return data if data else self.read(n_bytes)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as `io.IOBase.seek` does, and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._ends[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._position

    def close(self) -> None:
        """Close the file that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _opened(self, path: Path) -> BinaryIO:
        if self._open is None or self._open[0] != path:
            self.close()
            self._open = path, path.open("rb")
        return self._open[1]
