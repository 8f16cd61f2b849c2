"""Timed text: text subtitles as MP4 holds them (3GPP TS 26.245, ``mov_text``)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.stream import Stream

from cartoonize.video.containers import canonical_name, open_container, packets_of

#: Flags of the styles that a sample can have, by the letter of their tags.
_FLAGS = {"b": 1, "i": 2, "u": 4}
#: Size of the text, of 288 lines.
_FONT_SIZE = 16
#: Largest length of a text in bytes.
_MAX_LENGTH = 0xFFFF
_STYLE = {
    "Name": "Default",
    "Fontname": "Arial",
    "Fontsize": _FONT_SIZE,
    "PrimaryColour": "&Hffffff",
    "Bold": 0,
    "Italic": 0,
    "Underline": 0,
    "Alignment": 2,
}
#: Style of the text, as a header of Advanced SubStation Alpha, which FFmpeg's subtitle encoders require.
ASS_HEADER = "\r\n".join(
    (
        "[Script Info]",
        "ScriptType: v4.00+",
        "[V4+ Styles]",
        f"Format: {', '.join(_STYLE)}",
        f"Style: {','.join(map(str, _STYLE.values()))}",
        "[Events]",
        "Format: Layer, Start, End, Style, Text",
        "",
    )
).encode()

#: A tag of SubRip, a tag of WebVTT, and an override block of Advanced SubStation Alpha.
_TAGS = {
    "subrip": re.compile(r"</?[A-Za-z][^<>]*>|\{\\[^{}]*\}"),
    "webvtt": re.compile(r"<[^<>]*>"),
    "ass": re.compile(r"\{[^{}]*\}"),
}
#: Number of fields before the text of an event of Advanced SubStation Alpha in Matroska.
_N_FIELDS = 8

#: A piece of text with one style: the flags, and the text.
Run = tuple[int, str]


def add_timed_text(out: OutputContainer, time_base: Fraction) -> Stream:
    """Add a stream of timed text to an MP4 or QuickTime file.

    Parameters
    ----------
    out : OutputContainer
        File whose header is not written yet.
    time_base : Fraction
        Seconds per unit of the times of its packets.
    """
    stream: Any = out.add_stream("mov_text")
    stream.codec_context.subtitle_header = ASS_HEADER
    stream.codec_context.time_base = stream.time_base = time_base
    added: Stream = stream
    return added


def fits_timed_text(path: Path, index: int) -> bool:
    """Return whether timed text can hold all subtitles of a stream, with their times and styles.

    It holds plain, bold, italic and underlined text. It has no colours, fonts and positions here, and no two
    subtitles at the same time.

    Parameters
    ----------
    path : Path
        Video with the stream. All packets of the stream are read.
    index : int
        Index of the stream.
    """
    with open_container(path) as container:
        stream = container.streams[index]
        codec = canonical_name(stream)
        if codec not in _TAGS or _has_styles(stream):
            return False
        end = None
        try:
            for packet in packets_of(container, stream):
                start, duration = packet.pts, packet.duration
                if start is None or not duration or (end is not None and start < end):
                    return False
                if packet.has_sidedata("webvtt_settings") or timed_text(bytes(packet), codec) is None:
                    return False
                end = start + duration
        except av.FFmpegError:
            return False
    return True


def timed_text(data: bytes, codec: str) -> bytes | None:
    """Return the sample of timed text for a subtitle, or None if a sample cannot hold it.

    Parameters
    ----------
    data : bytes
        Packet of the source.
    codec : str
        ``subrip``, ``webvtt`` or ``ass``.

    Returns
    -------
    bytes or None
        16-bit length, text as UTF-8, and the styles; empty if there is no text.
    """
    try:
        whole = data.decode().replace("\r\n", "\n").rstrip("\0\n")
    except UnicodeDecodeError:
        return None
    text = _text_of_event(whole) if codec == "ass" else whole
    runs = None if text is None else _runs(text, codec)
    return None if runs is None else _sample(runs)


def _has_styles(stream: Stream) -> bool:
    """Return whether a stream of Advanced SubStation Alpha has several styles."""
    header = bytes(stream.codec_context.extradata or b"").decode("utf-8", errors="replace")
    return canonical_name(stream) == "ass" and len(re.findall(r"(?m)^Style:", header)) > 1


def _text_of_event(event: str) -> str | None:
    """Return the text of an event, or None if the event has margins or an effect."""
    fields = event.split(",", _N_FIELDS)
    if len(fields) <= _N_FIELDS:
        return None
    *margins, effect, text = fields[4:]
    if effect.strip() or any(margin.strip("0 ") for margin in margins):
        return None
    return re.sub(r"\\n", " ", text.replace(r"\N", "\n")).replace(r"\h", "\N{NO-BREAK SPACE}")


def _runs(text: str, codec: str) -> list[Run] | None:
    """Return the text without its tags in pieces of one style, or None if there are other tags."""
    runs: list[Run] = []
    flags = position = 0
    for tag in _TAGS[codec].finditer(text):
        runs.append((flags, text[position : tag.start()]))
        position = tag.end()
        for on, flag in _changes(tag[0], codec):
            if not flag:
                return None
            flags = flags | flag if on else flags & ~flag
    runs.append((flags, text[position:]))
    if codec == "webvtt":
        runs = [(flags, html.unescape(words)) for flags, words in runs]
    return runs


def _changes(tag: str, codec: str) -> Iterator[tuple[bool, int]]:
    """Yield the styles that a tag begins (True) or ends, as flags; 0 for what is not known."""
    if codec == "ass":
        if "\\" in tag:  # other blocks are comments
            for override in tag[1:-1].split("\\")[1:]:
                known = re.fullmatch(r"([biu])([01])", override.strip())
                yield (known[2] == "1", _FLAGS[known[1]]) if known else (True, 0)
        return
    known = re.fullmatch(r"<(/?)([biuBIU])>", tag)
    yield (not known[1], _FLAGS[known[2].lower()]) if known else (True, 0)


def _sample(runs: list[Run]) -> bytes | None:
    """Return a sample of timed text; empty without text, None if the text is too long."""
    text = "".join(words for _, words in runs).encode()
    if len(text) > _MAX_LENGTH:
        return None
    if not text.strip():
        return b""
    records, position = [], 0
    for flags, words in runs:
        end = position + len(words)
        if flags and words:
            style = bytes((0, 1, flags, _FONT_SIZE, 255, 255, 255, 255))  # font 1, flags, size, colour
            records.append(position.to_bytes(2) + end.to_bytes(2) + style)
        position = end
    box = len(records).to_bytes(2) + b"".join(records)
    styles = (len(box) + 8).to_bytes(4) + b"styl" + box if records else b""
    return len(text).to_bytes(2) + text + styles
