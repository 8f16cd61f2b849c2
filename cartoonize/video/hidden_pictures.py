"""Hidden pictures: packets whose picture is never shown, and only serves as a reference for others.

VP8 (RFC 6386, 9.1) and VP9 (bitstream specification, 6.2) tell by a bit whether a frame is shown.
"""

from __future__ import annotations

import av


def is_hidden(packet: av.Packet, codec: str) -> bool:
    """Return whether the picture of a packet is never shown.

    Parameters
    ----------
    packet : av.Packet
    codec : str
        FFmpeg name of the codec. Only ``vp8`` and ``vp9`` have hidden pictures in packets of their own.
    """
    if codec not in ("vp8", "vp9") or not packet.size:
        return False
    first = memoryview(packet)[0]
    if codec == "vp8":
        return not first & 0x10
    profile = (first >> 5 & 1) | (first >> 4 & 1) << 1
    bits = first << 8 | (memoryview(packet)[1] if packet.size > 1 else 0)
    at = 11 - (profile == 3)  # the bit after marker, profile and the reserved bit of profile 3
    if bits >> at & 1:  # shows an earlier picture
        return False
    return not bits >> (at - 2) & 1 and not _is_superframe(packet)


def _is_superframe(packet: av.Packet) -> bool:
    """Return whether a packet of VP9 holds several frames (Annex B), of which one is shown."""
    return memoryview(packet)[packet.size - 1] & 0xE0 == 0xC0
