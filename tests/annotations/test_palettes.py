"""Palettes are read from and written to the files of paint programs."""

import struct

import numpy as np
import pytest

from cartoonize.annotations.palettes import (
    SUFFIXES,
    Paint,
    flat_colors,
    frequent_paints,
    palette_content,
    palette_paints,
)
from cartoonize.errors import UsageError

PAINTS = [Paint("#d22832", "Sash of Anna"), Paint("#28a0ff", "Ärmel"), Paint("#000000"), Paint("#ffffff", "")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_palette_that_is_written_is_read_again(suffix):
    read = palette_paints(palette_content(PAINTS, suffix))
    assert [paint.color for paint in read] == [paint.color for paint in PAINTS]
    assert [paint.name for paint in read][:2] == ["Sash of Anna", "Ärmel"]


def test_the_files_are_those_of_other_programs():
    lines = palette_content(PAINTS, "gpl", "Popeye").decode().splitlines()
    assert lines[:4] == ["GIMP Palette", "Name: Popeye", "#", "210  40  50\tSash of Anna"]
    ase = palette_content(PAINTS[:1], "ase")
    assert ase[:12] == b"ASEF" + struct.pack(">HHI", 1, 0, 1)
    assert struct.unpack_from(">HI", ase, 12) == (1, len(ase) - 18)
    assert b"RGB " in ase


def test_palettes_as_other_programs_write_them():
    gpl = b"GIMP Palette\r\nName: x\r\nColumns: 3\r\n# note\r\n255 0 0 Red\r\n  0 128  7\r\n"
    assert palette_paints(gpl) == [Paint("#ff0000", "Red"), Paint("#008007", "")]
    name = "Sky".encode("utf-16-be") + b"\0\0"
    lab = struct.pack(">H", 4) + name + b"LAB " + struct.pack(">3fH", 0.5, 0.0, 0.0, 0)
    grey = struct.pack(">H", 4) + name + b"Gray" + struct.pack(">fH", 1.0, 0)
    group = struct.pack(">H", 4) + name
    blocks = [(0xC001, group), (1, lab), (1, grey), (0xC002, b"")]
    ase = (
        b"ASEF"
        + struct.pack(">HHI", 1, 0, 4)
        + b"".join(struct.pack(">HI", k, len(b)) + b for k, b in blocks)
    )
    assert palette_paints(ase) == [Paint("#777777", "Sky"), Paint("#ffffff", "Sky")]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIMP Palette\n", b"ASEF", b"ASEF\0\1\0\0\0\0\0\5", b"{}", b"[]", b"\xff\xd8\xff",
        b'{"format": 1}',
        b'{"format": "cartoonize-palette", "version": 1,'
        b' "paints": [{"color": "red", "name": "", "share": 0}]}',
        b"ASEF" + struct.pack(">HHIHI", 1, 0, 1, 1, 30) + struct.pack(">H", 1) + b"\0\0CMYK" + b"\0" * 22,
        b"ASEF" + struct.pack(">HHIHI", 1, 0, 1, 1, 22) + b"\0\1\0\0RGB " + b"\x7f\xc0\0\0" * 3 + b"\0\0",
    ],
)  # fmt: skip
def test_what_is_not_a_palette_is_refused(content):
    with pytest.raises(UsageError, match="not a palette"):
        palette_paints(content)


def test_the_paints_of_a_picture():
    picture = np.full((256, 256, 3), (40, 90, 200), np.uint8)
    picture[60:120, 60:200] = (210, 40, 50)
    picture[150:200, 60:100] = (240, 220, 60)
    blue, red, yellow = frequent_paints([flat_colors(picture)], 8)
    assert (blue.color, red.color, yellow.color) == ("#285ac8", "#d22832", "#f0dc3c")
    assert blue.share > 0.8 > 0.2 > red.share > yellow.share > 0.01
    sheet = np.zeros((256, 256), bool)
    sheet[55:125, 55:205] = True
    picture[~sheet] = 0
    picture[sheet & (picture[..., 0] == 40)] = (210, 40, 50)
    (only,) = frequent_paints([flat_colors(picture, sheet)], 8)
    assert only.color == "#d22832"
    assert frequent_paints([], 8) == []
