"""Palettes: named paints, as files of paint programs, and from coloured pictures.

Formats: JSON of this program, GIMP palettes (``.gpl``), and Adobe Swatch Exchange (``.ase``), whose blocks
are described at https://www.selapa.net/swatches/colors/fileformats.php#adobe_ase.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.hex import hex_of, lab_of, rgb_of
from cartoonize.errors import UsageError

FORMAT, VERSION = "cartoonize-palette", 1
#: Suffixes of the files that can be written and read.
SUFFIXES = ("json", "gpl", "ase")
#: Largest number of paints of a palette.
_MAX_PAINTS = 4096
#: Colours within this distance in CIELAB are one paint. In L it counts half: paint has shades.
_ONE_PAINT = 9.0
#: A pixel is flat if no channel, 0..255, differs by more than this in the 3x3 pixels around it. Colours are
#: counted in cells of the second number.
_FLAT, _CELL = 12, 8
#: A paint has at least this share of the flat pixels.
_MIN_SHARE = 0.0005


@dataclass(frozen=True)
class Paint:
    """A paint."""

    color: str
    """sRGB, ``#rrggbb``."""
    name: str = ""
    share: float = 0.0
    """Share of the pictures that have it, 0..1; 0 if unknown."""


def palette_content(paints: Sequence[Paint], suffix: str, name: str = "cartoonize") -> bytes:
    """Return the content of a palette file.

    Parameters
    ----------
    paints : sequence of Paint
    suffix : str
        One of `SUFFIXES`.
    name : str
        Name of the palette, for formats that have one.
    """
    if suffix == "gpl":
        rows = [f"{r:3d} {g:3d} {b:3d}\t{p.name or p.color}" for p in paints for r, g, b in [rgb_of(p.color)]]
        return "\n".join(["GIMP Palette", f"Name: {name}", "#", *rows, ""]).encode()
    if suffix == "ase":
        return _ase(paints)
    data = {"format": FORMAT, "version": VERSION, "paints": [asdict(paint) for paint in paints]}
    return (json.dumps(data, indent=1) + "\n").encode()


def palette_paints(content: bytes) -> list[Paint]:
    """Return the paints of a palette file of any format.

    Raises
    ------
    UsageError
        If the file is not a palette, or is damaged.
    """
    try:
        if content.startswith(b"ASEF"):
            paints = list(_from_ase(content))
        elif content.startswith(b"GIMP Palette"):
            paints = list(_from_gpl(content.decode("utf-8", "replace")))
        else:
            data = json.loads(content)
            if data["format"] != FORMAT or data["version"] != VERSION:
                raise ValueError("another format or version")
            paints = [Paint(str(p["color"]), str(p["name"]), float(p["share"])) for p in data["paints"]]
        if not paints or len(paints) > _MAX_PAINTS:
            raise ValueError(f"{len(paints)} paints")
        if not all(re.fullmatch(r"#[0-9a-fA-F]{6}", paint.color) for paint in paints):
            raise ValueError("a colour is not #rrggbb")
    except (ValueError, KeyError, TypeError, struct.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"the file is not a palette ({error})", "Use .gpl, .ase, .json, or a coloured picture."
        ) from error
    return paints


def frequent_paints(pictures: Sequence[tuple[NDArray[Any], NDArray[Any]]], n: int) -> list[Paint]:
    """Return the most frequent paints of pictures, the most frequent first.

    Parameters
    ----------
    pictures : sequence of (float array, shape (m, 3); float array, shape (m,))
        For each picture, from `flat_colors`: CIELAB and pixels of its colours.
    n : int
        Largest number of paints.
    """
    if not pictures:
        return []
    lab, areas = (np.concatenate([one[k] for one in pictures]).astype(float) for k in (0, 1))
    total, left = max(float(areas.sum()), 1.0), np.ones(len(lab), bool)
    scaled = lab * [0.5, 1, 1]
    paints: list[Paint] = []
    while len(paints) < n and left.any():
        weights = np.where(left, areas, 0)
        near = left & (np.linalg.norm(scaled - scaled[int(weights.argmax())], axis=1) <= _ONE_PAINT)
        mean = np.average(lab[near], 0, areas[near])
        share = round(float(areas[near].sum()) / total, 5)
        paints.append(Paint(hex_of(float(mean[0]), mean[1:]), "", share))
        left &= ~near
    return sorted(paints, key=lambda paint: -paint.share)


def near_paint(lab: NDArray[Any], color: str) -> NDArray[np.bool_]:
    """Return which colours (n, 3), CIELAB, are shades of a paint ``#rrggbb``."""
    return np.asarray(np.linalg.norm((lab - lab_of(color)) * [0.5, 1, 1], axis=-1) <= _ONE_PAINT)


def flat_colors(
    rgb: NDArray[np.uint8], is_painted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the colours of the flat parts of a picture, CIELAB (n, 3), and their pixels (n,).

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        The picture.
    is_painted : bool array, shape (height, width), optional
        True where the picture is opaque; default: everywhere.
    """
    import cv2

    from cartoonize.color.lab import rgb_to_lab

    kernel = np.ones((3, 3), np.uint8)
    is_flat = (cv2.dilate(rgb, kernel).astype(int) - cv2.erode(rgb, kernel)).max(-1) <= _FLAT
    if is_painted is not None:
        is_flat &= cv2.erode(is_painted.astype(np.uint8), kernel) > 0
    pixels = rgb[is_flat].astype(int)
    cells, at, counts = np.unique(pixels // _CELL, axis=0, return_inverse=True, return_counts=True)
    if not len(cells):
        return np.empty((0, 3)), np.empty(0)
    at = at.ravel()
    means = np.stack([np.bincount(at, pixels[:, k], len(cells)) / counts for k in range(3)], -1)
    return rgb_to_lab((means / 255)[None])[0], counts


def _hex(channels: Sequence[float]) -> str:
    values = [min(max(round(255 * value), 0), 255) for value in channels]
    return "#" + "".join(f"{value:02x}" for value in values)


def _from_gpl(text: str) -> Iterator[Paint]:
    for line in text.splitlines()[1:]:
        row = re.fullmatch(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*))?", line)
        if row:
            yield Paint(_hex([int(row[k]) / 255 for k in (1, 2, 3)]), (row[4] or "").strip()[:80])


def _ase(paints: Sequence[Paint]) -> bytes:
    blocks = []
    for paint in paints:
        name = (paint.name or paint.color).encode("utf-16-be") + b"\0\0"
        channels = [value / 255 for value in rgb_of(paint.color)]
        body = struct.pack(">H", len(name) // 2) + name + b"RGB " + struct.pack(">3fH", *channels, 0)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def _from_ase(content: bytes) -> Iterator[Paint]:
    from cartoonize.color.lab import lab_to_rgb

    _, _, n_blocks = struct.unpack_from(">HHI", content, 4)
    at = 12
    for _ in range(n_blocks):
        kind, length = struct.unpack_from(">HI", content, at)
        body, at = content[at + 6 : at + 6 + length], at + 6 + length
        if kind != 1:  # beginnings and ends of groups
            continue
        (n,) = struct.unpack_from(">H", body)
        name = body[2 : 2 + 2 * n].decode("utf-16-be", "replace").rstrip("\0")[:80]
        model, values = body[2 + 2 * n : 6 + 2 * n], body[6 + 2 * n :]
        if model == b"RGB ":
            channels = struct.unpack_from(">3f", values)
        elif model == b"Gray":
            channels = struct.unpack_from(">f", values) * 3
        elif model == b"LAB ":
            light, a, b = struct.unpack_from(">3f", values)
            channels = tuple(lab_to_rgb(np.array([[[100 * light, a, b]]]))[0, 0].tolist())
        else:
            raise ValueError(f"colours in {model.decode('ascii', 'replace').strip()}")
        if not all(np.isfinite(channels)):
            raise ValueError("a colour is not a number")
        yield Paint(_hex(channels), name)
