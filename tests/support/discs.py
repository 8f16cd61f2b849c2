"""Small folders of DVDs and Blu-rays, with tables that are made by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE, SECTOR = 25, 2048


def write_stream(
    path: Path, pictures: Iterable[NDArray[np.uint8]], *, format: str = "dvd", **options: str
) -> Path:
    """Write a stream of MPEG-2 pictures with AC-3 sound, as on a disc."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=format, options=options) as out:
        video: Any = out.add_stream("mpeg2video", rate=RATE, options={"qscale": "2", "g": "6"})
        sound: Any = out.add_stream("ac3", rate=48000, layout="stereo")
        n = 0
        for n, picture in enumerate(pictures, 1):
            if n == 1:
                video.height, video.width = picture.shape[:2]
                video.pix_fmt = "yuv420p"
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = n - 1, Fraction(1, RATE)
            out.mux(video.encode(frame))
            tone = np.sin(np.arange(48000 // RATE) * 0.05).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
            samples.sample_rate, samples.pts = 48000, (n - 1) * (48000 // RATE)
            samples.time_base = Fraction(1, 48000)
            out.mux(sound.encode(samples))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    return path


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _dvd_time(seconds: Fraction) -> bytes:
    whole, frames = int(seconds), round((seconds - int(seconds)) * RATE)
    return bytes([_bcd(whole // 3600), _bcd(whole // 60 % 60), _bcd(whole % 60), 1 << 6 | _bcd(frames)])


def chain(cells: Sequence[tuple[int, int, Fraction, int]], programs: Sequence[int]) -> bytes:
    """Return a program chain.

    Parameters
    ----------
    cells : sequence of (first sector, last sector, seconds, kind)
        Kind 0 is a cell of its own; 1, 2 and 3 are the first, a middle and the last one of an angle block.
    programs : sequence of int
        Number of the first cell of each chapter, from 1.
    """
    data = bytearray(0xEC)
    data[2], data[3] = len(programs), len(cells)
    map_at, cells_at = 0xEC, 0xEC + len(programs) + len(programs) % 2
    struct.pack_into(">HHH", data, 0xE6, map_at, cells_at, 0)
    data += bytes(programs) + bytes(len(programs) % 2)
    for first, last, seconds, kind in cells:
        data += bytes([kind << 6, 0, 0, 0]) + _dvd_time(seconds) + struct.pack(">IIII", first, 0, first, last)
    return bytes(data)


def write_ifo(path: Path, chains: Sequence[bytes]) -> None:
    """Write the table of a title set with these program chains."""
    table = bytearray(struct.pack(">HHI", len(chains), 0, 0))
    offset = 8 + 8 * len(chains)
    for number, data in enumerate(chains, 1):
        table += struct.pack(">II", (0x80 | number) << 24, offset)
        offset += len(data)
    header = bytearray(SECTOR)
    header[:12] = b"DVDVIDEO-VTS"
    struct.pack_into(">I", header, 0xCC, 1)
    path.write_bytes(bytes(header) + bytes(table) + b"".join(chains))


def write_playlist(
    path: Path, items: Sequence[tuple[str, float, float]], marks: Sequence[tuple[int, float]]
) -> None:
    """Write a playlist.

    Parameters
    ----------
    path : Path
        File to write.
    items : sequence of (clip, begin, end)
        Clips, and the part of each in seconds of its clock.
    marks : sequence of (item, time)
        Chapters: number of the item, from 0, and the time in seconds of the clock of its clip.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    play = bytearray(struct.pack(">HHH", 0, len(items), 0))
    for clip, begin, end in items:
        body = clip.encode() + b"M2TS" + bytes(3)
        body += struct.pack(">II", round(begin * 45000), round(end * 45000)) + bytes(12)
        play += struct.pack(">H", len(body)) + body
    play = bytearray(struct.pack(">I", len(play))) + play
    entries = b"".join(
        struct.pack(">BBHIHI", 0, 1, item, round(time * 45000), 0xFFFF, 0) for item, time in marks
    )
    listed = struct.pack(">IH", 2 + len(entries), len(marks)) + entries
    header = b"MPLS0200" + struct.pack(">III", 40, 40 + len(play), 0) + bytes(20)
    path.write_bytes(header + bytes(play) + listed)
