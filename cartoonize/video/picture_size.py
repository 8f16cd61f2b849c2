"""Size of a picture from its header, so that a small file cannot fill all memory when decoded."""

from __future__ import annotations

import struct

#: First bytes of the picture formats that can be read.
_PNG, _JPEG, _BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM"
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}


def is_picture(start: bytes) -> bool:
    """Return whether these first bytes of a file belong to a PNG, JPEG, WebP, TIFF or BMP picture."""
    return start.startswith((_PNG, _JPEG, *_TIFF)) or _is_webp(start) or _is_bmp(start)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Return (height, width) from the header of a picture file, or None if it is unknown."""
    try:
        if data.startswith(_PNG):
            width, height = struct.unpack(">II", data[16:24])
        elif data.startswith(_JPEG):
            return _jpeg_size(data)
        elif _is_webp(data):
            return _webp_size(data)
        elif data[:4] in _TIFF:
            return _tiff_size(data, _TIFF[data[:4]])
        elif _is_bmp(data):
            width, height = struct.unpack("<ii", data[18:26])
        else:
            return None
    except (struct.error, IndexError, KeyError):
        return None
    return abs(height), abs(width)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_bmp(data: bytes) -> bool:
    return data[:2] == _BMP and data[6:10] == b"\0\0\0\0"


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xFF or 0xD0 <= marker <= 0xD8:
            at += 1 if data[at] != 0xFF or marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # start of frame
            return struct.unpack(">HH", data[at + 5 : at + 9])
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = data[24:27], data[27:30]
        return int.from_bytes(height, "little") + 1, int.from_bytes(width, "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    width_code, height_code = struct.unpack("<HH", data[26:30])
    return height_code & 0x3FFF, width_code & 0x3FFF


def _tiff_size(data: bytes, order: str) -> tuple[int, int] | None:
    (at,) = struct.unpack(order + "I", data[4:8])
    (n_entries,) = struct.unpack(order + "H", data[at : at + 2])
    sizes = {}
    for entry in range(n_entries):
        place = at + 2 + 12 * entry
        tag, kind = struct.unpack(order + "HH", data[place : place + 4])
        if tag in (256, 257):
            code = order + ("H" if kind == 3 else "I")
            (sizes[tag],) = struct.unpack(code, data[place + 8 : place + 8 + struct.calcsize(code)])
    return sizes[257], sizes[256]
