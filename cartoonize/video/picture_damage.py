"""Detection of damaged picture files, which decoders fill in without raising an error."""

from __future__ import annotations

import struct
import zlib

_PNG, _JPEG, _END_OF_JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd9"


def is_damaged(data: bytes) -> bool:
    """Return whether a PNG lacks its end or has a wrong checksum, or a JPEG lacks its end.

    Other formats are not checked.
    """
    if data.startswith(_PNG):
        return not _is_intact_png(data)
    return data.startswith(_JPEG) and _END_OF_JPEG not in data


def _is_intact_png(data: bytes) -> bool:
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if data[end : end + 4] != struct.pack(">I", zlib.crc32(data[at + 4 : end])):
            return False
        if kind == b"IEND":
            return True
        at = end + 4
    return False
