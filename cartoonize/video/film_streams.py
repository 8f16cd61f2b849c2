"""Packets of the sound and the subtitles of a new video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from cartoonize.video.sound import Sound
from cartoonize.video.timed_text import ASS_HEADER, add_timed_text


def packet_time(packet: av.Packet) -> Fraction | None:
    """Return the decoding time of a packet in seconds, or None if it has none."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    return None if stamp is None else stamp * packet.time_base


class PendingPackets:
    """Packets of a stream that are computed only as far as the video has been written.

    Parameters
    ----------
    packets : iterator of av.Packet
        Packets in order of time.
    start : float
        Time of the first packet, in seconds.
    """

    def __init__(self, packets: Iterator[av.Packet], start: float) -> None:
        self._packets, self._time = packets, Fraction(start)

    def until(self, time: Fraction | None) -> Iterator[av.Packet]:
        """Yield the packets up to a time in seconds; None: all remaining packets."""
        while time is None or self._time <= time:
            packet = next(self._packets, None)
            if packet is None:
                return
            self._time = packet_time(packet) or self._time
            yield packet


def sound_packets(out: OutputContainer, sound: Sound) -> Iterator[av.Packet]:
    """Add a stream for a sound track, and return the packets of the encoded sound."""
    stream: Any = out.add_stream(sound.codec, rate=sound.sample_rate)
    n_channels = sound.samples.shape[1]
    stream.codec_context.layout = {1: "mono", 2: "stereo"}[n_channels]
    stream.codec_context.format = "fltp" if sound.codec == "aac" else "s16"
    stream.codec_context.time_base = stream.time_base = Fraction(1, sound.sample_rate)
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    if sound.codec == "aac":
        stream.codec_context.bit_rate = 96_000 * n_channels
    if sound.language:
        stream.metadata["language"] = sound.language
    return _encoded_sound(stream, sound)


def _encoded_sound(stream: Any, sound: Sound) -> Iterator[av.Packet]:
    offset = round(sound.start * sound.sample_rate)
    size = stream.codec_context.frame_size or 4096
    for begin in range(0, len(sound.samples), size):
        samples = sound.samples[begin : begin + size]
        if sound.codec == "aac":
            codes: NDArray[Any] = np.ascontiguousarray(samples.T.astype(np.float32))
        else:
            codes = np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16).reshape(1, -1)
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(codes, context.format.name, context.layout.name)
        frame.sample_rate, frame.pts = sound.sample_rate, offset + begin
        frame.time_base = Fraction(1, sound.sample_rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def subtitle_packets(
    out: OutputContainer, container: str, subtitles: Sequence[tuple[float, float, str]]
) -> Iterator[av.Packet]:
    """Add a stream for subtitles, and return its packets.

    Matroska stores plain text. MP4 stores a 16-bit length before the text (3GPP timed text).
    """
    timed_text = container != "matroska"
    stream: Any
    if timed_text:
        stream = add_timed_text(out, Fraction(1, 1000))
    else:
        stream = out.add_stream("subrip")
        stream.codec_context.subtitle_header = ASS_HEADER
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "eng"
    return _text_packets(stream, timed_text, subtitles)


def _text_packets(
    stream: Any, timed_text: bool, subtitles: Sequence[tuple[float, float, str]]
) -> Iterator[av.Packet]:
    for start, end, text in sorted(subtitles):
        data = text.encode()
        data = len(data).to_bytes(2, "big") + data if timed_text else data
        yield _text_packet(stream, data, round(start * 1000), round(end * 1000))


def _text_packet(stream: Any, data: bytes, start: int, end: int) -> av.Packet:
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = start
    packet.duration = end - start
    packet.is_keyframe = True
    return packet
