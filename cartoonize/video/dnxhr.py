"""DNxHR (SMPTE ST 2019-1, VC-3): the colour volume in the header of each picture.

FFmpeg's encoder writes that of BT.709 whatever the matrix is, so that decoders would show other colours.
"""

from __future__ import annotations

import av

from cartoonize.frames import Matrix

#: Place of the colour volume in the header: a byte, and its bits.
_PLACE, _BITS = 0x2C, 0b110
#: Colour volume of each matrix. BT.601 has no number of its own: 3 refers to the container.
_COLOR_VOLUMES: dict[Matrix, int] = {"bt709": 0, "bt2020": 1, "bt601": 3}


def with_color_volume(packet: av.Packet, matrix: Matrix) -> av.Packet:
    """Return a copy of a packet of DNxHR whose header has the colour volume of a matrix."""
    data = bytearray(packet)
    data[_PLACE] = data[_PLACE] & ~_BITS | _COLOR_VOLUMES[matrix] << 1
    marked = av.Packet(bytes(data))
    marked.stream, marked.time_base = packet.stream, packet.time_base
    marked.pts, marked.dts, marked.duration = packet.pts, packet.dts, packet.duration
    marked.is_keyframe = packet.is_keyframe
    return marked
