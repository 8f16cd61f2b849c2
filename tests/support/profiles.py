"""ICC profiles for pictures."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

#: Chromaticities of red, green and blue of Display P3, and the white point D50 of profiles.
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def display_p3() -> bytes:
    """Return a profile of Display P3, with a gamma of 2.2."""
    gamma = struct.pack(">4sIIH", b"curv", 0, 1, round(2.2 * 256))
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: _xyz(column) for name, column in zip(names, _p3_to_d50().T, strict=True)}
    tags |= {b"wtpt": _xyz(_D50), b"desc": _text("Display P3"), b"cprt": b"text\0\0\0\0none\0"}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma)
    return _profile(b"RGB ", b"XYZ ", tags)


def ink() -> bytes:
    """Return a profile of four inks. Its cyan is a dull green in sRGB."""
    grid = np.zeros((2, 2, 2, 2, 3), np.uint8)
    for c, m, y, k in np.ndindex(2, 2, 2, 2):
        lightness = (255 - 80 * (c + m + y) / 3) * (1 - k)
        grid[c, m, y, k] = lightness, 128 - 50 * c * (1 - k), 128 + 20 * c * (1 - k)
    identity = bytes(range(256))
    head = struct.pack(">4sIBBBB", b"mft1", 0, 4, 3, 2, 0)
    matrix = struct.pack(">9i", *(65536 * int(k % 4 == 0) for k in range(9)))
    table = head + matrix + 4 * identity + grid.tobytes() + 3 * identity
    tags = {b"A2B0": table, b"desc": _text("Ink"), b"wtpt": _xyz(_D50), b"cprt": b"text\0\0\0\0none\0"}
    return _profile(b"CMYK", b"Lab ", tags)


def _p3_to_d50() -> NDArray[np.float64]:
    """Return the matrix from linear Display P3 to XYZ with the white point D50."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in _P3]).T
    white = np.array([_D65[0] / _D65[1], 1, (1 - sum(_D65)) / _D65[1]])
    matrix = columns * np.linalg.solve(columns, white)
    scale = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ (scale[:, None] * _BRADFORD) @ matrix
    return adapted


def _xyz(values: NDArray[np.float64] | tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * float(v)) for v in values))


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack(">4sII", b"desc", 0, len(data)) + data + bytes(78)


def _profile(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, start + len(data), len(tag))
        data += tag + bytes(-len(tag) % 4)
    size = start + len(data)
    kind = b"mntr" if space == b"RGB " else b"prtr"
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, kind, space, connection)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", *(round(65536 * v) for v in _D50))
    return head.ljust(128, b"\0") + table + data
