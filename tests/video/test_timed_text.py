"""Text subtitles of all kinds in MP4: the same text, styles, times and descriptions."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import list_streams, streams_mp4_cannot_hold
from cartoonize.video.timed_text import timed_text
from tests.support.copies import copied

HEADER = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Underline, Alignment
Style: Default,Arial,20,&Hffffff,0,0,0,2
{more}[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
EVENT = "{},0,Default,,0,0,0,,{}"  # its number among all, layer, style, name, margins, effect, text


def with_subtitles(path, codec, cues, header=None):
    """Write a grey film of two seconds with a stream of subtitles: (start, end, text) in milliseconds."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as out:
        video = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 64, 48, "gray"
        video.codec_context.time_base = Fraction(1, 24)
        if header is None:
            texts = out.add_mux_stream(codec, time_base=Fraction(1, 1000))
        else:
            texts = out.add_stream(codec)
            texts.codec_context.subtitle_header = header.encode()
            texts.codec_context.time_base = texts.time_base = Fraction(1, 1000)
        texts.metadata.update({"language": "deu", "title": "for the deaf"})
        for number in range(48):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), number, np.uint8), format="gray")
            frame.pts = number
            for packet in video.encode(frame):
                out.mux(packet)
        for packet in video.encode(None):
            out.mux(packet)
        for start, end, text in cues:
            packet = av.Packet(text.encode())
            packet.stream, packet.time_base, packet.is_keyframe = texts, Fraction(1, 1000), True
            packet.pts = packet.dts = start
            packet.duration = end - start
            out.mux(packet)
    return path


def shown(path):
    """Decode the subtitles as a player does: (start, end, text with styles) in milliseconds."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        for packet in container.demux(stream):
            for subtitle in packet.decode():
                text = subtitle.ass.decode().split(",", 8)[8]
                if text:
                    times = (packet.pts * stream.time_base * 1000, packet.duration * stream.time_base * 1000)
                    found.append((int(times[0]), int(times[0] + times[1]), text))
    return found


CUES = [(500, 1001, "Hello"), (1001, 1500, "Grüße,\n<i>and</i> goodbye"), (1523, 1999, "a < b")]
SHOWN = [(500, 1001, "Hello"), (1001, 1500, r"Grüße,\N{\i1}and{\r} goodbye"), (1523, 1999, "a < b")]
AS_EVENTS = ["Hello", r"Grüße,\N{\i1}and{\i0} goodbye", "a < b"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("codec", ["subrip", "webvtt", "ass"])
def test_text_subtitles_are_shown_alike(tmp_path, codec, suffix):
    cues, header = CUES, None
    if codec == "webvtt":
        cues = [(start, end, text.replace(" < ", " &lt; ")) for start, end, text in CUES]
    if codec == "ass":
        header = HEADER.format(more="")
        cues = [
            (start, end, EVENT.format(k, text))
            for k, ((start, end, _), text) in enumerate(zip(CUES, AS_EVENTS, strict=True))
        ]
    source = with_subtitles(tmp_path / "source.mkv", codec, cues, header)
    assert streams_mp4_cannot_hold(source) == []
    output = tmp_path / f"output{suffix}"
    writer = copied(source, output)
    assert (writer.warnings, writer.sidecars) == ([], [])
    assert shown(output) == SHOWN
    before, after = list_streams(source)[1], list_streams(output)[1]
    assert after.codec == "mov_text" and set(before.dispositions) <= set(after.dispositions)
    assert suffix == ".mov" or after.language == "deu"  # QuickTime has codes for some languages only


@pytest.mark.parametrize(
    ("codec", "cues", "more"),
    [
        ("subrip", [(500, 1000, '<font color="#ff0000">red</font>')], ""),
        ("subrip", [(500, 1000, r"{\an8}at the top")], ""),
        ("subrip", [(500, 1500, "two"), (1000, 1900, "at once")], ""),
        ("webvtt", [(500, 1000, "<v Lotti>Good morning")], ""),
        ("ass", [(500, 1000, EVENT.format(0, r"{\pos(10,10)}here"))], ""),
        ("ass", [(500, 1000, "0,0,Default,,0,0,20,,higher")], ""),
        ("ass", [(500, 1000, EVENT.format(0, "plain"))], "Style: Sign,Arial,20,&Hff,0,0,0,8\n"),
    ],
)
def test_what_timed_text_cannot_show_goes_into_a_file_beside(tmp_path, codec, cues, more):
    header = HEADER.format(more=more) if codec == "ass" else None
    source = with_subtitles(tmp_path / "source.mkv", codec, cues, header)
    assert streams_mp4_cannot_hold(source) == [f"subtitle {codec} (deu)"]
    writer = copied(source, tmp_path / "output.mp4")
    suffix = {"subrip": "srt", "webvtt": "vtt", "ass": "ass"}[codec]
    assert writer.sidecars == [tmp_path / f"output.deu.{suffix}"]
    assert "it is in" in writer.warnings[0] and writer.sidecars[0].stat().st_size


def test_samples():
    assert timed_text(b"Hello", "subrip") == b"\0\5Hello"
    assert timed_text("ä\r\nb".encode(), "subrip") == b"\0\4\xc3\xa4\nb"
    assert timed_text(b"I <3 you, 1 < 2 > 0", "subrip")[2:] == b"I <3 you, 1 < 2 > 0"
    both = timed_text("ä<b>b<i>c</i></b>".encode(), "subrip")
    assert both == (
        b"\0\4\xc3\xa4bc" + b"\0\0\0\x22styl\0\2"
        b"\0\1\0\2\0\1\1\x10\xff\xff\xff\xff" + b"\0\2\0\3\0\1\3\x10\xff\xff\xff\xff"
    )
    assert timed_text(b" \n", "subrip") == timed_text(b"<i></i>", "subrip") == b""
    assert timed_text(b"0,0,Default,,0,0,0,,a{a comment}b", "ass") == b"\0\2ab"
    assert timed_text(b"x" * 70000, "subrip") is None
    assert timed_text(b"no event", "ass") is None
    assert timed_text("Grüße".encode("latin-1"), "subrip") is None
