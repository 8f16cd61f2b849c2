"""Healthy films that look damaged: stuffing, variable rates and hidden frames. Real damage is still told."""

import re
from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.errors import SourceError
from cartoonize.video import open_source
from tests.support.recordings import cut, damaged, noise, rewrite, write_recording

pytestmark = pytest.mark.video


def times(path):
    """Return the times of all pictures in seconds, and what is told of the file."""
    with open_source(path) as source:
        form = source.format
        return [float((f.pts - form.start_pts) * form.time_base) for f in source.frames()], source.damage


def refused(path):
    with pytest.raises(SourceError) as caught, open_source(path) as source:
        list(source.frames())
    return str(caught.value)


STEADY = {"b": "1150k", "minrate": "1150k", "maxrate": "1150k", "bufsize": "320k"}


@pytest.mark.parametrize(
    ("format", "codec"),
    [("vcd", "mpeg1video"), ("svcd", "mpeg2video"), ("vob", "mpeg2video"), ("mpegts", "mpeg2video")],
)
def test_zeros_that_fill_up_a_constant_bit_rate_are_no_damage(tmp_path, format, codec):
    path = tmp_path / f"film.{format}"
    write_recording(path, format=format, codec=codec, options=STEADY, gop=12)
    with av.open(str(path)) as container:
        assert any(re.search(rb"\0{256}", bytes(packet)) for packet in container.demux(video=0))
    found, told = times(path)
    assert found == pytest.approx([k / 25 for k in range(25)], abs=1e-4) and told == []


def stuffed(_, packet):
    """Put zeros in front of every start code of MPEG-2, which the standard allows."""
    new = av.Packet(bytes(packet).replace(b"\0\0\1", bytes(9) + b"\0\0\1"))
    new.pts, new.dts, new.time_base, new.is_keyframe = (
        packet.pts,
        packet.dts,
        packet.time_base,
        packet.is_keyframe,
    )
    return [new]


@pytest.mark.parametrize("format", ["vob", "mpegts"])
def test_zeros_before_every_start_code_are_no_damage_but_noise_is(tmp_path, format):
    plain = write_recording(
        tmp_path / "plain.ts", format="mpegts", codec="mpeg2video", pictures=noise(50), gop=10
    )
    path = rewrite(plain, tmp_path / "film.mpg", stuffed, format=format)
    found, told = times(path)
    assert len(found) == 50 and told == []
    assert "damaged" in refused(damaged(path))


def test_a_recording_that_starts_within_a_picture_is_healthy(tmp_path):
    """Television is recorded from anywhere: it starts with slices, and with pictures without references."""
    whole = write_recording(
        tmp_path / "whole.ts", format="mpegts", codec="mpeg2video", n=75, gop=12, n_between=2
    )
    data = whole.read_bytes()
    for share in (0.1, 0.2, 0.3):
        path = tmp_path / f"{share}.ts"
        path.write_bytes(data[int(len(data) * share) // 188 * 188 :])
        found, _ = times(path)
        assert len(found) > 75 * (0.8 - share) and np.allclose(np.diff(found), 0.04, atol=1e-4)


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        (
            "libx264",
            {"preset": "veryfast", "x264-params": "keyint=12:min-keyint=12:open-gop=1:bframes=5:b-adapt=0"},
        ),
        (
            "libx265",
            {"preset": "ultrafast", "x265-params": "log-level=0:keyint=12:open-gop=1:bframes=4:b-adapt=0"},
        ),
    ],
)
def test_a_recording_may_start_and_end_within_a_group_of_pictures(tmp_path, codec, options):
    """The first and the last pictures depend on others that were not recorded."""
    whole = write_recording(
        tmp_path / "whole.ts", format="mpegts", codec=codec, options=options, pictures=noise(96)
    )
    data = whole.read_bytes()
    for first, last in ((0.07, 1), (0.2, 1), (0.33, 0.8), (0.1, 0.71), (0.15, 0.93)):
        path = tmp_path / "part.ts"
        path.write_bytes(data[int(len(data) * first) // 188 * 188 : int(len(data) * last) // 188 * 188])
        found, _ = times(path)
        assert len(found) > 96 * (last - first) - 24


HELD = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, *range(12, 60, 4), 61, 62]


@pytest.mark.parametrize(
    ("format", "codec"), [("flv", "flv"), ("asf", "msmpeg4v3"), ("nut", "ffv1"), ("matroska", "mpeg4")]
)
def test_a_variable_rate_is_no_damage_but_a_cut_file_is(tmp_path, format, codec):
    path = tmp_path / f"film.{format}"
    write_recording(path, format=format, codec=codec, pictures=noise(len(HELD)), pts=HELD)
    found, told = times(path)
    assert found == pytest.approx([k / 25 for k in HELD], abs=1e-3) and told == []
    if format != "nut":  # declares neither a size nor a duration
        assert re.search(r"is incomplete: \d+ of about|damaged", refused(cut(path, 0.5)))


def test_a_last_picture_that_is_held_is_no_damage(tmp_path):
    path = write_recording(tmp_path / "film.flv", format="flv", codec="flv", pts=[*range(24), 200])
    found, told = times(path)
    assert len(found) == 25 and found[-1] == 8.0


def hiding(mask):
    """Return a change of packets that puts a copy which is not shown in front of every key frame."""

    def change(number, packet):
        if not packet.is_keyframe or not number:
            return [packet]
        data = bytearray(packet)
        data[0] &= ~mask
        hidden = av.Packet(bytes(data))
        hidden.pts, hidden.dts, hidden.time_base = packet.pts, packet.dts, packet.time_base
        hidden.duration = packet.duration
        return [hidden, packet]

    return change


@pytest.mark.parametrize(("codec", "mask"), [("libvpx", 0x10), ("libvpx-vp9", 0x02)])
@pytest.mark.parametrize("pts", [None, HELD])
def test_hidden_frames_are_not_missing(tmp_path, codec, mask, pts):
    """Encoders of VP8 and VP9 store frames that only serve as references."""
    options = {"deadline": "realtime", "cpu-used": "8", "b": "400k"}
    form = {"format": "webm", "codec": codec, "options": options, "gop": 4}
    plain = write_recording(tmp_path / "plain.webm", n=24, pts=pts, **form)
    path = rewrite(plain, tmp_path / "film.mkv", hiding(mask))
    with av.open(str(path)) as container:
        assert sum(1 for packet in container.demux(video=0) if packet.size) >= 28
    found, told = times(path)
    assert found == pytest.approx([k / 25 for k in pts or range(24)], abs=2e-3) and told == []


def test_an_ivf_counts_ticks_and_not_frames(tmp_path):
    options = {"deadline": "realtime", "cpu-used": "8"}
    path = write_recording(
        tmp_path / "film.ivf", format="ivf", codec="libvpx", options=options, n=12, pts=range(0, 60, 5)
    )
    assert len(times(path)[0]) == 12


def test_a_missing_packet_of_vp8_is_told(tmp_path):
    plain = write_recording(
        tmp_path / "plain.webm", format="webm", codec="libvpx", options={"deadline": "realtime"}, n=60, gop=1
    )
    path = rewrite(plain, tmp_path / "film.mkv", lambda number, packet: [packet] if number != 20 else [])
    found, told = times(path)
    assert len(found) == 59 and told == ["may lack 1 frames, at 0.76 s"]
    assert Fraction(1, 25) == pytest.approx(found[1])
