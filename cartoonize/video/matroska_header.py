"""Header of a Matroska file: elements of the video track that FFmpeg's muxer does not write for encoders.

The muxer takes the display size and the cropping from fields that PyAV cannot set. So the writer reserves
room in the header by a long name of the track, and replaces it by the elements when the file is complete.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: Identifiers of elements (RFC 9559).
SEGMENT, TRACKS, TRACK, VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
TRACK_NAME, CODEC_TYPE, CRC, VOID = 0x536E, 0x83, 0xBF, 0xEC
DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
CROPPING = (0x54CC, 0x54BB, 0x54DD, 0x54AA)
"""PixelCropLeft, -Top, -Right and -Bottom."""
COLOUR, MAX_CLL, MAX_FALL, MASTERING = 0x55B0, 0x55BC, 0x55BD, 0x55D0
#: MasteringMetadata: x and y of red, green, blue and white, then the largest and the smallest luminance.
MASTERING_VALUES = (0x55D1, 0x55D2, 0x55D3, 0x55D4, 0x55D5, 0x55D6, 0x55D7, 0x55D8, 0x55D9, 0x55DA)
PROJECTION, PROJECTION_TYPE, PROJECTION_PRIVATE = 0x7670, 0x7671, 0x7672
#: Yaw, pitch and roll.
PROJECTION_POSE = (0x7673, 0x7674, 0x7675)

#: Bytes that are reserved for the elements.
_N_RESERVED = 400
#: A text that no track has as its name.
_MARK = "cartoonize reserves this room \N{BLACK SQUARE} "
#: Largest header that is read, and largest number of elements before it.
_LARGEST, _MOST_ELEMENTS = 1 << 24, 1000


@dataclass(frozen=True)
class Element:
    """An element of EBML: its identifier, and its content as bytes."""

    id: int
    data: bytes

    def encoded(self) -> bytes:
        """Return identifier, size and content."""
        size = (len(self.data) | 1 << 56).to_bytes(8)
        if len(self.data) < 127:
            size = bytes([0x80 | len(self.data)])
        return self.id.to_bytes((self.id.bit_length() + 7) // 8) + size + self.data


def number(id: int, value: int) -> Element:
    """Return an element with an unsigned integer."""
    return Element(id, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def real(id: int, value: float) -> Element:
    """Return an element with a floating-point number."""
    return Element(id, struct.pack(">d", value))


def nested(id: int, elements: Sequence[Element]) -> Element:
    """Return an element that contains others."""
    return Element(id, b"".join(element.encoded() for element in elements))


def elements_in(data: bytes) -> Iterator[Element]:
    """Yield the elements of the content of another one.

    Raises
    ------
    ValueError
        If the content is damaged.
    """
    return (element for element, _ in _pieces(data))


def reserved_name() -> str:
    """Return the name of a track that reserves room in the header."""
    return _MARK.ljust(_N_RESERVED)


def fill_reserved(path: Path, name: str, elements: Sequence[Element]) -> None:
    """Replace the room in the header of a complete file by elements of the video track.

    Parameters
    ----------
    path : Path
        File with a track whose name is `reserved_name`.
    name : str
        Name that the track has instead; "" for none.
    elements : sequence of Element
        Elements of its Video element. They replace existing ones with the same identifiers; those inside of
        a Colour element are added to the existing ones.
    """
    with path.open("r+b") as file:
        place, tracks = _tracks(file)
        has_sum, content = False, b""
        for entry, encoded in _pieces(tracks):
            if entry.id == CRC:
                has_sum = True
            elif _is_reserved(entry):
                content += encoded[: -len(entry.data)] + _amended(entry, name, elements)
            else:
                content += encoded
        if has_sum:
            content = Element(CRC, zlib.crc32(content).to_bytes(4, "little")).encoded() + content
        assert len(content) == len(tracks)
        file.seek(place)
        file.write(content)


def video_track(path: Path) -> list[Element]:
    """Return the elements of the first video track; an empty list without a video track."""
    try:
        with path.open("rb") as file:
            _, tracks = _tracks(file)
        for entry in elements_in(tracks):
            inside = list(elements_in(entry.data)) if entry.id == TRACK else []
            if any(element.id == CODEC_TYPE and element.data == b"\1" for element in inside):
                found = next((element for element in inside if element.id == VIDEO), None)
                return list(elements_in(found.data)) if found else []
    except (OSError, ValueError, IndexError):
        pass
    return []


def _tracks(file: BinaryIO) -> tuple[int, bytes]:
    """Return the position and the content of the Tracks element."""
    at = 0
    for _ in range(_MOST_ELEMENTS):
        file.seek(at)
        start = file.read(16)
        if not start:
            break
        id, size, length = _header(start.ljust(16, b"\0"), 0)
        at += length
        if id == TRACKS and size is not None and size < _LARGEST:
            file.seek(at)
            return at, file.read(size)
        if id == SEGMENT:
            continue
        if size is None:
            raise ValueError("no tracks before an element without a size")
        at += size
    raise ValueError("no tracks")


def _pieces(data: bytes) -> Iterator[tuple[Element, bytes]]:
    """Yield the elements of the content of another one, and how each is encoded."""
    at = 0
    while at < len(data):
        id, size, start = _header(data, at)
        if size is None or start + size > len(data):
            raise ValueError("an element is longer than the one that contains it")
        yield Element(id, data[start : start + size]), data[at : start + size]
        at = start + size


def _header(data: bytes, at: int) -> tuple[int, int | None, int]:
    """Return identifier, size (None: unknown) and start of the content of the element at a position."""
    n_id = 9 - data[at].bit_length()
    n_size = 9 - data[at + n_id].bit_length()
    if n_id > 4 or n_size > 8:
        raise ValueError("damaged header of an element")
    id = int.from_bytes(data[at : at + n_id])
    size = int.from_bytes(data[at + n_id : at + n_id + n_size]) & (1 << 7 * n_size) - 1
    return id, None if size == (1 << 7 * n_size) - 1 else size, at + n_id + n_size


def _is_reserved(entry: Element) -> bool:
    is_track = entry.id == TRACK
    return is_track and any(e.id == TRACK_NAME and _MARK.encode() in e.data for e in elements_in(entry.data))


def _amended(entry: Element, name: str, elements: Sequence[Element]) -> bytes:
    """Return the content of a track, of the same length, with other elements in its Video element."""
    inside = []
    for element in elements_in(entry.data):
        if element.id == VIDEO:
            inside.append(nested(VIDEO, _merged(list(elements_in(element.data)), elements)))
        elif element.id == TRACK_NAME and name:
            inside.append(Element(TRACK_NAME, name.encode()))
        elif element.id not in (TRACK_NAME, VOID):
            inside.append(element)
    content = b"".join(element.encoded() for element in inside)
    room = len(entry.data) - len(content)
    if room < 9:
        raise ValueError("the elements are too long for the room in the header")
    return content + b"\xec" + (room - 9 | 1 << 56).to_bytes(8) + bytes(room - 9)


def _merged(before: list[Element], elements: Sequence[Element]) -> list[Element]:
    """Return elements with others that replace those with the same identifiers."""
    added = []
    for element in elements:
        if element.id == COLOUR:
            inside = [list(elements_in(e.data)) for e in before if e.id == COLOUR]
            added.append(nested(COLOUR, _merged(sum(inside, []), list(elements_in(element.data)))))
        else:
            added.append(element)
    replaced = {element.id for element in added}
    if DISPLAY_WIDTH in replaced:
        replaced.add(DISPLAY_UNIT)
    return [element for element in before if element.id not in replaced] + added
