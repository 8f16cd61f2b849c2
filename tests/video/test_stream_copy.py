"""A copy has the times, sound, subtitles, chapters and metadata of its source."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import (
    Sound,
    list_streams,
    open_source,
    streams_mp4_cannot_hold,
    write_film,
)
from tests.support.copies import copied

SUBTITLES = [(0.5, 1.0, "Hello"), (1.2, 1.9, "Grüße\nand goodbye")]
CHAPTERS = [(0, 1, "One"), (1, 2, "Two")]


def pictures(n_frames=48, height=48, width=64):
    """Draw frames that each have a different grey."""
    for i in range(n_frames):
        yield np.full((height, width, 3), 20 + 4 * i, np.uint8)


def tone(seconds=2.0, channels=2):
    t = np.arange(round(44100 * seconds)) / 44100
    return np.stack([np.sin(2 * np.pi * 440 * t) / 3] * channels, 1).astype(np.float32)


def packets(path, stream):
    with av.open(str(path)) as container:
        chosen = container.streams[stream]
        return [((p.pts or 0) * p.time_base, bytes(p)) for p in container.demux(chosen) if p.size]


def streams_of(path, kind):
    return [s for s in list_streams(path) if s.type == kind]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    write_film(
        path,
        pictures(),
        sound=[Sound(tone(), language="eng"), Sound(tone(1.5, 1), language="deu", start=0.3, codec="flac")],
        subtitles=SUBTITLES,
        chapters=CHAPTERS,
        metadata={"title": "Film", "artist": "Somebody"},
        sample_aspect_ratio=Fraction(64, 45),
        rotation=90,
    )
    return path


@pytest.mark.fault(11)
def test_matroska_keeps_everything(film, tmp_path):
    output = tmp_path / "output.mkv"
    writer = copied(film, output)
    assert writer.warnings == [] and writer.sidecars == []
    before, after = list_streams(film), list_streams(output)
    assert [(s.type, s.language) for s in before] == [(s.type, s.language) for s in after]
    assert [s.dispositions for s in before[1:]] == [s.dispositions for s in after[1:]]
    for index in (1, 2, 3):
        assert packets(film, index) == packets(output, index)
    with av.open(str(film)) as one, av.open(str(output)) as two:
        assert one.chapters() == two.chapters() and len(one.chapters()) == 2
        assert {"title": "Film", "ARTIST": "Somebody"}.items() <= two.metadata.items()
    with open_source(film) as one, open_source(output) as two:
        assert [f.pts for f in one.frames()] == [f.pts for f in two.frames()]
        assert two.format.sample_aspect_ratio == Fraction(64, 45)
        assert two.format.rotation == one.format.rotation == 90
        assert two.format.duration == one.format.duration == 2


def test_the_same_input_gives_the_same_bytes(film, tmp_path):
    copied(film, tmp_path / "a.mkv")
    copied(film, tmp_path / "b.mkv")
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_streams_that_mp4_cannot_hold_go_to_a_sidecar_file(tmp_path):
    styled = tmp_path / "styled.mkv"
    write_film(
        styled, pictures(), subtitles=[(0.5, 1.0, "Hello"), (1.2, 1.9, 'Grüße\n<font color="red">and</font>')]
    )
    assert streams_mp4_cannot_hold(styled) == ["subtitle subrip (eng)"]
    writer = copied(styled, tmp_path / "output.mp4")
    sidecar = tmp_path / "output.eng.srt"
    assert writer.sidecars == [sidecar]
    (warning,) = writer.warnings
    assert "output.eng.srt" in warning and "MP4" in warning
    assert sidecar.read_text("utf-8").split("\n\n")[0] == "1\n00:00:00,500 --> 00:00:01,000\nHello"
    assert 'Grüße\n<font color="red">and</font>' in sidecar.read_text("utf-8")


@pytest.mark.fault(11)
def test_mp4_keeps_what_matroska_has(film, tmp_path):
    assert streams_mp4_cannot_hold(film) == []
    writer = copied(film, tmp_path / "output.mp4")
    assert writer.sidecars == [] and writer.warnings == []
    for index in (1, 2):
        same = zip(packets(film, index), packets(tmp_path / "output.mp4", index), strict=True)
        assert all(one[1] == two[1] and abs(one[0] - two[0]) < 0.001 for one, two in same)
    assert [s.language for s in streams_of(tmp_path / "output.mp4", "audio")] == ["eng", "deu"]
    with open_source(film) as one, open_source(tmp_path / "output.mp4") as two:
        times = [[f.pts * s.format.time_base for f in s.frames()] for s in (one, two)]
        assert times[0] == times[1]
        assert two.format.duration == one.format.duration
        assert two.format.sample_aspect_ratio == Fraction(64, 45) and two.format.rotation == 90
    with av.open(str(tmp_path / "output.mp4")) as two:
        assert [c["metadata"]["title"] for c in two.chapters()] == ["One", "Two"]
        assert two.metadata["title"] == "Film"


@pytest.mark.fault(11)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_mp4_to_every_container(tmp_path, suffix):
    source, output = tmp_path / "source.mp4", tmp_path / f"output.{suffix}"
    write_film(source, pictures(), sound=tone(), subtitles=SUBTITLES, chapters=CHAPTERS)
    assert streams_mp4_cannot_hold(source) == []
    writer = copied(source, output)
    assert writer.warnings == [] and writer.sidecars == []
    text = [(t, b) for t, b in packets(output, streams_of(output, "subtitle")[0].index) if len(b) > 2]
    plain = [b if suffix == "mkv" else b[2:] for _, b in text]
    assert plain == [words.encode() for _, _, words in SUBTITLES]
    assert [float(t) for t, _ in text] == [0.5, 1.2]
    sound = zip(packets(source, 1), packets(output, 1), strict=True)
    assert all(one[1] == two[1] and abs(one[0] - two[0]) <= 0.001 for one, two in sound)
    with open_source(source) as one, open_source(output) as two:
        assert [round(f.pts * one.format.time_base * 1000) for f in one.frames()] == [
            round(f.pts * two.format.time_base * 1000) for f in two.frames()
        ]
        assert two.format.duration == one.format.duration


@pytest.mark.fault(12)
@pytest.mark.parametrize("source_suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("sound_start, first_pts", [(0.3, 0), (0.0, 500), (0.25, 500)])
def test_sound_keeps_its_offset_from_the_picture(tmp_path, source_suffix, suffix, sound_start, first_pts):
    source, output = tmp_path / f"source.{source_suffix}", tmp_path / f"output.{suffix}"
    write_film(
        source,
        pictures(24),
        sound=[Sound(tone(), start=sound_start)],
        pts=[first_pts + round(i * 1000 / 24) for i in range(24)],
        time_base=Fraction(1, 1000),
    )
    copied(source, output)
    offsets = []
    for path in (source, output):
        with open_source(path) as opened:
            offsets.append(packets(path, 1)[0][0] - opened.format.start_pts * opened.format.time_base)
    assert abs(offsets[0] - offsets[1]) <= 0.001
    assert abs(float(offsets[0]) - (sound_start - first_pts / 1000)) < 0.024  # one AAC frame of pre-roll


@pytest.mark.fault(9)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "ffv1"])
def test_variable_frame_rate_keeps_every_time(tmp_path, suffix, codec):
    pts = [0, 40, 80, 200, 240, 260, 900, 933, 1400, 1500, 1533, 1999]
    source, output = tmp_path / "source.mkv", tmp_path / f"output.{suffix}"
    write_film(source, pictures(12, 64, 64), pts=pts, time_base=Fraction(1, 1000))
    copied(source, output, codec=codec)
    with open_source(output) as opened:
        times = [frame.pts * opened.format.time_base for frame in opened.frames()]
    assert times == [Fraction(p, 1000) for p in pts]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_part_is_exactly_its_frames_and_their_sound(film, tmp_path, suffix):
    output = tmp_path / f"part.{suffix}"
    copied(film, output, start=0.75, end=1.5)
    with open_source(film) as one, open_source(output) as two:
        whole, part = list(one.frames()), list(two.frames())
        inside = [f for f in whole if 750 <= f.pts < 1500]
        assert len(part) == len(inside) == 18
        for left, right in zip(inside, part, strict=True):
            assert abs(int(left.luma[5, 5]) - int(right.luma[5, 5])) <= 1
            assert (left.pts - inside[0].pts) * one.format.time_base == right.pts * two.format.time_base
        assert two.format.start_pts == 0
    kept = {data: time for time, data in packets(output, 2)}
    shifts = {round(float(t - kept[data]), 4) for t, data in packets(film, 2) if data in kept}
    assert shifts == {0.75} or all(abs(s - 0.75) <= 0.001 for s in shifts)
    expected = [data for t, data in packets(film, 2) if 0.75 <= t < 1.5]
    assert list(kept) == expected
    with av.open(str(output)) as container:
        spans = [(c["start"] * c["time_base"], c["end"] * c["time_base"]) for c in container.chapters()]
    assert spans == [(0, Fraction(1, 4)), (Fraction(1, 4), Fraction(3, 4))]
    if suffix == "mkv":
        words = [(float(t), b.decode()) for t, b in packets(output, 3)]
        assert words == [(0.0, "Hello"), (0.45, SUBTITLES[1][2])]


def test_the_copy_of_a_broadcast_stream_starts_at_0(tmp_path):
    """MPEG-TS may start at any time: the copy keeps all offsets, but starts at 0."""
    source, output = tmp_path / "source.ts", tmp_path / "output.mkv"
    with av.open(str(source), "w", format="mpegts") as out:
        video = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        video.codec_context.max_b_frames = 2
        audio = out.add_stream("ac3", rate=48000)
        for i, picture in enumerate(pictures(50, 64, 64)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = i + 250, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for i in range(62):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1536), np.float32), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, 480000 + i * 1536, Fraction(1, 48000)
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    copied(source, output)
    with open_source(source) as one, open_source(output) as two:
        assert one.format.start_pts * one.format.time_base >= 10
        assert two.format.start_pts * two.format.time_base < 1
        times = [
            [float((f.pts - s.format.start_pts) * s.format.time_base) for f in s.frames()] for s in (one, two)
        ]
        assert np.allclose(*times, atol=0.0011) and len(times[0]) == 50
        offsets = [
            float(packets(p, 1)[0][0] - s.format.start_pts * s.format.time_base)
            for p, s in ((source, one), (output, two))
        ]
    assert abs(offsets[0] - offsets[1]) <= 0.001
    assert [b for _, b in packets(source, 1)] == [b for _, b in packets(output, 1)]


def test_attachments_are_kept_or_reported(tmp_path):
    source = tmp_path / "source.mkv"
    plain = tmp_path / "plain.mkv"
    write_film(plain, pictures(4))
    with av.open(str(plain)) as container, av.open(str(source), "w") as out:
        video = out.add_stream_from_template(container.streams.video[0], opaque=True)
        out.add_attachment("letters.ttf", "font/ttf", b"not really a font")
        for packet in container.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
    writer = copied(source, tmp_path / "a.mkv")
    assert writer.warnings == []
    with av.open(str(tmp_path / "a.mkv")) as container:
        (attachment,) = container.streams.attachments
        assert (attachment.name, attachment.data) == ("letters.ttf", b"not really a font")
    assert streams_mp4_cannot_hold(source) == ["attachment letters.ttf"]
    writer = copied(source, tmp_path / "a.mp4")
    assert len(writer.warnings) == 1 and "letters.ttf" in writer.warnings[0]


@pytest.mark.parametrize("source_suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cover_stays_a_cover(tmp_path, source_suffix, suffix):
    jpeg = av.CodecContext.create("mjpeg", "w")
    jpeg.width, jpeg.height, jpeg.pix_fmt, jpeg.time_base = 32, 32, "yuvj420p", Fraction(1, 25)
    picture = av.VideoFrame(32, 32, "yuvj420p")
    picture.pts = 0
    cover = bytes(jpeg.encode(picture)[0])
    plain, source = tmp_path / "plain.mkv", tmp_path / f"cover.{source_suffix}"
    output = tmp_path / f"out.{suffix}"
    write_film(plain, pictures(24), sound=tone(1.0))
    with av.open(str(plain)) as container, av.open(str(source), "w") as out:
        copies = {s.index: out.add_stream_from_template(s, opaque=True) for s in container.streams}
        if source_suffix == "mkv":
            out.add_attachment("cover.jpg", "image/jpeg", cover)
        else:
            art = out.add_stream("mjpeg", width=32, height=32, pix_fmt="yuvj420p", time_base=Fraction(1, 25))
            art.disposition = av.stream.Disposition.attached_pic
            packet = av.Packet(cover)
            packet.stream, packet.pts, packet.dts, packet.time_base = art, 0, 0, Fraction(1, 25)
            packet.is_keyframe = True
            out.mux(packet)
        for packet in container.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    with open_source(source) as opened:
        assert (opened.format.height, opened.format.width) == (48, 64)
    writer = copied(source, output)
    assert writer.warnings == []
    (art,) = [s for s in list_streams(output) if "attached_pic" in s.dispositions]
    assert packets(output, art.index)[0][1] == cover
