"""Recognition of encrypted videos, which cannot be decoded and look damaged."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from cartoonize.errors import SourceError

_HINT = "Get a copy that is not protected. The program does not decrypt."
#: Bytes at the start and in the middle of a file that are searched.
_N_SEARCHED = 1 << 21
#: Names of encrypted sample entries of MP4 (ISO/IEC 14496-12, 8.12; the others are those of a shop).
_MP4_ENTRIES = (b"encv", b"drmi", b"p264")
#: Content encryption within content encodings of Matroska (RFC 9559, 5.1.4.1.31).
_MATROSKA = re.compile(rb"\x6d\x80.{1,8}\x62\x40.{1,64}\x50\x35", re.DOTALL)
#: Objects of ASF for encryption (ASF specification, 3.14, 3.15).
_ASF = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)
#: Share of scrambled packets that makes a recording an encrypted one.
_SHARE = 0.05


@contextmanager
def encryption_told(path: Path) -> Iterator[None]:
    """Raise a `SourceError` about encryption instead of one about damage, if a file is encrypted."""
    try:
        yield
    except SourceError as error:
        if is_encrypted(path):
            raise encryption_error(path) from error
        raise


def encryption_error(path: Path) -> SourceError:
    """Return the error for an encrypted file."""
    return SourceError(f"{path} is encrypted", _HINT)


def is_encrypted_packet(packet: av.Packet) -> bool:
    """Return whether a container declares a packet as encrypted."""
    return packet.has_sidedata("encryption_info")


def is_encrypted(path: Path) -> bool:
    """Return whether a file declares that its video is encrypted: MP4, Matroska, ASF, MPEG streams."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _declares(data)
    except (OSError, ValueError):  # missing, empty or no file
        return False


def _declares(data: mmap.mmap) -> bool:
    start = data[:_N_SEARCHED]
    if start[4:8] in (b"ftyp", b"moov", b"moof", b"styp", b"free", b"mdat", b"wide", b"skip"):
        header = _mp4_header(data)
        return any(entry in header for entry in _MP4_ENTRIES)
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return _MATROSKA.search(start) is not None
    if start.startswith(b"\x30\x26\xb2\x75"):
        return any(name in start for name in _ASF)
    middle = data[len(data) // 2 : len(data) // 2 + _N_SEARCHED]
    if start.startswith(b"\0\0\1\xba"):
        return _is_scrambled(_pes_bits(start + middle))
    if start[:1] == b"\x47" and start[188:189] == b"\x47":
        return _is_scrambled(_transport_bits(start)) or _is_scrambled(_transport_bits(middle))
    return False


def _mp4_header(data: mmap.mmap) -> bytes:
    """Return the box with the descriptions of all streams (moov); empty if it is missing."""
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        if kind == b"moov":
            return data[at : at + size]
        if size < 8:
            break
        at += size
    return b""


def _is_scrambled(bits: Iterator[int]) -> bool:
    found = [bool(value) for value in bits]
    return sum(found) > _SHARE * len(found)


def _pes_bits(data: bytes) -> Iterator[int]:
    """Yield the scrambling bits of all packets of video in a program stream (ISO/IEC 13818-1, 2.4.3.7)."""
    for match in re.finditer(rb"\x00\x00\x01\xe0..[\x80-\xbf]", data, re.DOTALL):
        yield data[match.end() - 1] & 0x30


def _transport_bits(data: bytes) -> Iterator[int]:
    """Yield the scrambling bits of all packets of a transport stream (ISO/IEC 13818-1, 2.4.3.2)."""
    first = next((k for k in range(188) if data[k : k + 1] == data[k + 188 : k + 189] == b"\x47"), None)
    if first is not None:
        for at in range(first, len(data) - 187, 188):
            if data[at] == 0x47 and data[at + 3] & 0x10:  # has a payload
                yield data[at + 3] & 0xC0
