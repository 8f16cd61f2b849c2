"""Blu-ray folders: the main title, from the longest playlist (MPLS file).

A playlist lists clips (``STREAM/00001.m2ts``) with a part of each, and marks, which are the chapters.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from cartoonize.errors import SourceError
from cartoonize.video.joined_files import Piece
from cartoonize.video.title import Title

#: Units of times in a playlist, per second.
_CLOCK = 45000
_ENTRY_MARK, _MARK_BYTES = 1, 14
#: Packets of a transport stream on a Blu-ray, and their first byte after a header of four.
_PACKET, _SYNC_AT, _SYNC = 192, 4, 0x47
#: Packets in a unit that is encrypted as a whole, but for its first bytes.
_UNIT = 32


@dataclass(frozen=True)
class _Item:
    """A part of a clip."""

    clip: str
    begin: int
    end: int


@dataclass(frozen=True)
class _Playlist:
    items: tuple[_Item, ...]
    chapters: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return sum(item.end - item.begin for item in self.items) / _CLOCK


def bluray_title(folder: Path) -> Title:
    """Return the main title of a Blu-ray: the clips of its longest playlist that shows no clip twice.

    Parameters
    ----------
    folder : Path
        The folder ``BDMV``.

    Raises
    ------
    SourceError
        If it has no films, or they are encrypted.
    """
    streams = _files(folder, "STREAM", ".M2TS")
    if not streams:
        raise SourceError(f"{folder} has no films of a Blu-ray", "It needs files such as STREAM/00000.m2ts.")
    lists = [
        found
        for path in _files(folder, "PLAYLIST", ".MPLS").values()
        if (found := _playlist(path)) is not None
        and all(item.clip in streams for item in found.items)
        and len({item.clip for item in found.items}) == len(found.items)
    ]
    if lists:
        longest = max(lists, key=lambda one: one.seconds)
        files = [streams[item.clip] for item in longest.items]
        title = Title(_whole(files), longest.chapters, longest.seconds)
    else:
        title = Title(_whole([max(streams.values(), key=lambda path: path.stat().st_size)]))
    for piece in title.pieces:
        _check_readable(folder, piece.path)
    return title


def _whole(files: list[Path]) -> tuple[Piece, ...]:
    return tuple(Piece(path, 0, path.stat().st_size) for path in files)


def _files(folder: Path, inside: str, suffix: str) -> dict[str, Path]:
    """Return the files of a folder in a folder by their stems, in order."""
    found = [p for p in folder.iterdir() if p.name.upper() == inside and p.is_dir()]
    files = sorted(p for p in (found[0].iterdir() if found else ()) if p.suffix.upper() == suffix)
    return {path.stem: path for path in files}


def _playlist(path: Path) -> _Playlist | None:
    """Read a playlist; None if that is impossible."""
    data = path.read_bytes()
    if not data.startswith(b"MPLS"):
        return None
    try:
        items_at, marks_at = struct.unpack_from(">II", data, 8)
        (n_items,) = struct.unpack_from(">H", data, items_at + 6)
        items, at = [], items_at + 10
        for _ in range(n_items):
            (length,) = struct.unpack_from(">H", data, at)
            begin, end = struct.unpack_from(">II", data, at + 14)
            items.append(_Item(data[at + 2 : at + 7].decode("ascii"), begin, end))
            at += 2 + length
        (n_marks,) = struct.unpack_from(">H", data, marks_at + 4)
        marks = [struct.unpack_from(">xBHI", data, marks_at + 6 + _MARK_BYTES * k) for k in range(n_marks)]
        before = [0, *accumulate(item.end - item.begin for item in items)]
        chapters = [
            (before[number] + time - items[number].begin) / _CLOCK
            for kind, number, time in marks
            if kind == _ENTRY_MARK
        ]
    except (struct.error, IndexError, UnicodeDecodeError):
        return None
    return _Playlist(tuple(items), tuple(chapters)) if items else None


def _check_readable(folder: Path, path: Path) -> None:
    """Raise `SourceError` if a clip is encrypted: only the first packet of a unit begins as it must."""
    with path.open("rb") as file:
        data = file.read(_PACKET * _UNIT)
    first_bytes = data[_SYNC_AT::_PACKET]
    if len(first_bytes) == _UNIT and first_bytes[0] == _SYNC and first_bytes.count(_SYNC) < _UNIT // 2:
        raise SourceError(
            f"{folder} is encrypted (AACS)",
            "Use a copy of the disc without encryption. This program does not decrypt.",
        )
