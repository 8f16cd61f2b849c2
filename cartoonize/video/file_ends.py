"""Check whether a file is shorter than it declares."""

from __future__ import annotations

import struct
from pathlib import Path

from cartoonize.video.containers import first_bytes, is_cut_matroska

#: Object of ASF with the properties of the file (ASF specification, 10.1), and the place of the size in it.
_ASF_PROPERTIES, _ASF_SIZE_AT = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"), 40
#: Share of a file that may come after the last picture: sound, and an index.
_UNREAD_SHARE = 0.2
#: Name of the size in the metadata of an FLV, followed by the mark of a number (AMF0).
_FLV_SIZE = b"\x00\x08filesize\x00"


def declared_size(path: Path) -> int | None:
    """Return the size that an FLV or ASF file declares for itself, in bytes, or None if it declares none."""
    start = first_bytes(path, 4096)
    if start.startswith(b"FLV"):
        at = start.find(_FLV_SIZE) + len(_FLV_SIZE)
        if at < len(_FLV_SIZE) or at + 8 > len(start):
            return None
        (size,) = struct.unpack(">d", start[at : at + 8])
        return int(size) if 0 < size < 1 << 60 else None
    at = start.find(_ASF_PROPERTIES)
    if at >= 0 and len(start) >= at + _ASF_SIZE_AT + 8:
        return int.from_bytes(start[at + _ASF_SIZE_AT : at + _ASF_SIZE_AT + 8], "little") or None
    return None


def is_cut(path: Path) -> bool | None:
    """Return whether a file is shorter than it declares; None if it does not tell."""
    size = declared_size(path)
    if size is not None:
        return path.stat().st_size < size
    return True if is_cut_matroska(path) else None


def unread_bytes(path: Path, position: int) -> int:
    """Return how many bytes of an FLV come after its last picture, if they are a large part of it; else 0.

    Readers stop where another file was joined to it.
    """
    size = path.stat().st_size
    n_bytes = size - position
    return n_bytes if first_bytes(path, 3) == b"FLV" and n_bytes > size * _UNREAD_SHARE else 0
