"""Which frames of a video are interlaced: looked at in the whole film, which may change within."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import av

from cartoonize.frames import FieldOrder
from cartoonize.video.containers import canonical_name, main_video, open_container, packets_of
from cartoonize.video.fields import first_field

#: Codecs that have interlaced frames and mark each of them.
_MARKING = ("h264", "mpeg2video", "mpeg4", "vc1", "wmv3", "ffv1", "prores", "dnxhd")
#: Number of places at which a film is looked at, and of pictures at each of them.
_N_PLACES, _N_PICTURES = 8, 2
#: A film with a smaller share of interlaced frames is written as progressive.
_LEAST_SHARE = 0.1
#: Bytes of a packet in which the headers of a picture are.
_N_HEADER_BYTES = 4096


def usual_order(orders: Counter[FieldOrder]) -> FieldOrder:
    """Return the field order of a film from the numbers of frames with each order."""
    interlaced = {order: n for order, n in orders.items() if order != "progressive"}
    if sum(interlaced.values()) < _LEAST_SHARE * orders.total() or not interlaced:
        return "progressive"
    return max(interlaced, key=lambda order: interlaced[order])


def fields_of_mpeg2(packet: av.Packet) -> FieldOrder | None:
    """Return the field order of a picture from its header (ISO/IEC 13818-2, 6.2.3.1); None if it has none."""
    data = bytes(memoryview(packet)[:_N_HEADER_BYTES])
    at = data.find(b"\0\0\1\xb5")
    while 0 <= at < len(data) - 8:
        if data[at + 4] >> 4 == 8:  # picture coding extension
            structure, top_first, progressive = data[at + 6] & 3, data[at + 7] >> 7, data[at + 8] >> 7
            if progressive:
                return "progressive"
            return "top" if (structure == 3 and top_first) or structure == 1 else "bottom"
        at = data.find(b"\0\0\1\xb5", at + 4)
    return None


def sampled_orders(path: Path) -> Counter[FieldOrder]:
    """Return the numbers of frames with each field order, at some places of a film."""
    about = path.stat()
    return _sampled(path.absolute(), about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _sampled(path: Path, _size: int, _changed: int) -> Counter[FieldOrder]:
    orders: Counter[FieldOrder] = Counter()
    with open_container(path) as container:
        video = main_video(container, path)
        if canonical_name(video) not in _MARKING or not container.duration:
            return orders
        start = container.start_time or 0
        for number in range(1, _N_PLACES):
            with suppress(av.FFmpegError):
                container.seek(start + container.duration * number // _N_PLACES)
                for picture, _ in zip(_pictures(container, video), range(_N_PICTURES), strict=False):
                    orders[first_field(picture)] += 1
    return orders


def _pictures(container: av.container.InputContainer, video: av.VideoStream) -> Iterator[av.VideoFrame]:
    for packet in packets_of(container, video):
        yield from video.decode(packet)
