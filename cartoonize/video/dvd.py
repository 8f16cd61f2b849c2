"""DVD folders: the main title, from the tables of the disc (IFO files), or else from the sizes of its files.

A DVD has title sets. Each has a menu (``VTS_01_0.VOB``) and films in up to nine files (``VTS_01_1.VOB`` ...),
which are pieces of one stream. A program chain lists the cells of a title, and where its chapters begin.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

from cartoonize.errors import SourceError
from cartoonize.video.joined_files import Piece
from cartoonize.video.title import Title

_SECTOR = 2048
_VOB = re.compile(r"VTS_(\d\d)_([1-9])\.VOB", re.IGNORECASE)
#: Places in the table of a title set, and in a program chain.
_SIGNATURE, _CHAINS_AT = b"DVDVIDEO-VTS", 0xCC
_MAP_AT, _CELLS_AT, _CELL_BYTES = 0xE6, 0xE8, 24
#: Kinds of a cell: in an angle block, only its first cell belongs to the film.
_FIRST_ANGLE, _LATER_ANGLES = 1, (2, 3)
#: Number of sectors, evenly spread, that are looked at for scrambling.
_N_SAMPLES = 400


@dataclass(frozen=True)
class _Chain:
    """A program chain: the cells of a title in order."""

    cells: tuple[tuple[int, int], ...]
    """First and last sector of each cell, from the start of the title set's first file."""
    times: tuple[Fraction, ...]
    """Seconds that each cell takes."""
    programs: tuple[int, ...]
    """Number of the first cell of each chapter, from 0."""

    @property
    def seconds(self) -> Fraction:
        """Length of the title."""
        return sum(self.times, Fraction(0))


def dvd_title(folder: Path) -> Title:
    """Return the main title of a DVD: the longest one that its tables list, else the largest title set.

    Parameters
    ----------
    folder : Path
        The folder ``VIDEO_TS``.

    Raises
    ------
    SourceError
        If it has no films, or they are encrypted.
    """
    sets: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name.upper()):
        if (found := _VOB.fullmatch(path.name)) and path.stat().st_size:
            sets.setdefault(int(found[1]), []).append(path)
    if not sets:
        raise SourceError(f"{folder} has no films of a DVD", "It needs files such as VTS_01_1.VOB.")
    chains = [(number, chain) for number, files in sets.items() for chain in _chains(folder, number, files)]
    if chains:
        number, chain = max(chains, key=lambda one: (one[1].seconds, -one[0]))
        pieces = _pieces(sets[number], chain)
        remarks = _others([c.seconds for _, c in chains if c is not chain])
        title = Title(tuple(pieces), _chapter_starts(chain), float(chain.seconds), remarks)
    else:
        files = max(sets.values(), key=lambda files: sum(path.stat().st_size for path in files))
        title = Title(tuple(Piece(path, 0, path.stat().st_size) for path in files))
    _check_readable(folder, title.pieces)
    return title


def _others(lengths: Sequence[Fraction]) -> tuple[str, ...]:
    """Return a line about the titles that are left out, if they are long enough for a film."""
    long = [f"{int(seconds) // 60}:{int(seconds) % 60:02d}" for seconds in lengths if seconds >= 60]
    if not long:
        return ()
    noun = "title is" if len(long) == 1 else "titles are"
    return (f"has the longest title of its disc read; {len(long)} other {noun} left out ({', '.join(long)})",)


def _chapter_starts(chain: _Chain) -> tuple[float, ...]:
    begins = [Fraction(0), *accumulate(chain.times)]
    return tuple(float(begins[cell]) for cell in chain.programs)


def _chains(folder: Path, number: int, files: Sequence[Path]) -> list[_Chain]:
    """Return the program chains of a title set that fit its files; none if its table cannot be read."""
    name = f"VTS_{number:02d}_0.IFO"
    path = next((p for p in folder.iterdir() if p.name.upper() == name), None)
    if path is None:
        return []
    data = path.read_bytes()
    n_sectors = sum(file.stat().st_size for file in files) // _SECTOR
    try:
        chains = list(_parsed(data))
    except (struct.error, IndexError, ValueError):
        return []
    return [
        chain
        for chain in chains
        if chain.cells and all(0 <= first <= last < n_sectors for first, last in chain.cells)
    ]


def _parsed(data: bytes) -> Iterator[_Chain]:
    """Yield the program chains of the titles in a table."""
    if not data.startswith(_SIGNATURE):
        return
    table = _u32(data, _CHAINS_AT) * _SECTOR
    for k in range(_u16(data, table)):
        category, offset = _u32(data, table + 8 + 8 * k), _u32(data, table + 12 + 8 * k)
        if category >> 31:  # the entry of a title
            yield _chain(data[table + offset :])


def _chain(data: bytes) -> _Chain:
    n_programs, n_cells = data[2], data[3]
    map_at, cells_at = _u16(data, _MAP_AT), _u16(data, _CELLS_AT)
    programs = [data[map_at + k] - 1 for k in range(n_programs)]
    kept: dict[int, int] = {}
    cells: list[tuple[int, int]] = []
    times: list[Fraction] = []
    for k in range(n_cells):
        at = cells_at + _CELL_BYTES * k
        if data[at] >> 6 in _LATER_ANGLES:
            continue
        kept[k] = len(cells)
        cells.append((_u32(data, at + 8), _u32(data, at + 20)))
        times.append(_time(data[at + 4 : at + 8]))
    return _Chain(tuple(cells), tuple(times), tuple(kept[k] for k in programs if k in kept))


def _time(data: bytes) -> Fraction:
    """Return a time in seconds: hours, minutes, seconds and frames as decimal digits, and the frame rate."""
    hours, minutes, seconds = (10 * (digits >> 4) + (digits & 15) for digits in data[:3])
    frames = 10 * (data[3] >> 4 & 3) + (data[3] & 15)
    rate = 25 if data[3] >> 6 == 1 else 30
    return hours * 3600 + minutes * 60 + seconds + Fraction(frames, rate)


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])


def _pieces(files: Sequence[Path], chain: _Chain) -> Iterator[Piece]:
    """Yield the pieces of files that the cells of a title are in. Neighbouring cells make one piece."""
    ranges: list[list[int]] = []
    for first, last in chain.cells:
        if ranges and ranges[-1][1] == first * _SECTOR:
            ranges[-1][1] = (last + 1) * _SECTOR
        else:
            ranges.append([first * _SECTOR, (last + 1) * _SECTOR])
    bounds = [0, *accumulate(file.stat().st_size for file in files)]
    for start, stop in ranges:
        for file, (begin, end) in zip(files, pairwise(bounds), strict=True):
            first, last = max(start, begin), min(stop, end)
            if first < last:
                yield Piece(file, first - begin, last - first)


def _check_readable(folder: Path, pieces: Sequence[Piece]) -> None:
    """Raise `SourceError` if sectors are scrambled (CSS), by the bits for it in the headers of packets."""
    total = sum(piece.n_bytes for piece in pieces) // _SECTOR
    step = max(1, total // _N_SAMPLES)
    before = 0
    for piece in pieces:
        with piece.path.open("rb") as file:
            for sector in range(-before % step, piece.n_bytes // _SECTOR, step):
                file.seek(piece.start + sector * _SECTOR)
                data = file.read(32)
                is_packet = data[:4] == b"\0\0\1\xba" and data[14:17] == b"\0\0\1" and data[17:18] >= b"\xbd"
                # The header of a packet after that of its pack; navigation packets (0xbf) have none.
                if is_packet and data[17] != 0xBF and data[20] >> 6 == 2 and data[20] >> 4 & 3:
                    raise SourceError(
                        f"{folder} is encrypted (CSS)",
                        "Use a copy of the disc without encryption. This program does not decrypt.",
                    )
        before += piece.n_bytes // _SECTOR
