"""Sound that a container cannot hold as it is: stored as FLAC or PCM, in step, and never dropped."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import (
    list_streams,
    stream_copy,
    streams_mp4_cannot_hold,
)
from tests.support.copies import copied

pytestmark = pytest.mark.video

#: Codec of the sound: (file, format, codec of the picture, options of the container, samples/s).
SOURCES = {
    "pcm_dvd": ("dvd.vob", "vob", "mpeg2video", {}, 48000),
    "pcm_bluray": ("disc.m2ts", "mpegts", "libx264", {"mpegts_m2ts_mode": "1"}, 48000),
    "aac": ("broadcast.ts", "mpegts", "mpeg2video", {"mpegts_flags": "latm"}, 48000),
    "pcm_alaw": ("camera.avi", "avi", "mpeg4", {}, 8000),
    "adpcm_ima_qt": ("old.mov", "mov", "mpeg4", {}, 44100),
    "adpcm_ms": ("old.avi", "avi", "mpeg4", {}, 44100),
    "nellymoser": ("flash.flv", "flv", "flv", {}, 22050),
    "real_144": ("real.rm", "rm", "rv10", {}, 8000),
}
#: Containers, and a codec for each.
CONTAINERS = {"mkv": "ffv1", "mp4": "h264", "mov": "prores", "mxf": "prores"}
EXACT = ("pcm_dvd", "pcm_bluray", "pcm_alaw")


def write(path, container, picture_codec, sound_codec, options, rate, *, gap=0.0):
    """Write one second of a grey film with a tone; ``gap`` seconds are missing in the middle of it."""
    mono = sound_codec in ("nellymoser", "real_144")
    with av.open(str(path), "w", format=container, container_options=options) as out:
        video, sound = out.add_stream(picture_codec, rate=25), out.add_stream(sound_codec, rate=rate)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound.codec_context.layout = "mono" if mono else "stereo"
        sound.codec_context.time_base = Fraction(1, rate)
        packets = []
        for i in range(25):
            packets += video.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 60 + 4 * i, np.uint8)))
        packets += video.encode(None)
        tone = (np.sin(2 * np.pi * 440 * np.arange(rate) / rate) * 20000).astype(np.int16)
        size = rate // 25
        for number, begin in enumerate(range(0, rate, size)):
            if 0.4 <= begin / rate < 0.4 + gap - 1e-6:
                continue
            samples = np.repeat(tone[begin : begin + size, None], 1 if mono else 2, 1).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "s16", sound.layout.name)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), number * size
            packets += sound.encode(frame)
        packets += sound.encode(None)
        for packet in sorted(packets, key=lambda p: (p.dts if p.dts is not None else p.pts) * p.time_base):
            out.mux(packet)
    return path


def source(folder, codec, **options):
    name, container, picture_codec, container_options, rate = SOURCES[codec]
    return write(folder / name, container, picture_codec, codec, container_options, rate, **options)


def sound_of(path):
    """Return the time of the first sample after that of the first picture, and all samples of a channel."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("s16", stream.layout, stream.codec_context.sample_rate)
        frames = list(container.decode(stream))
        first = frames[0].pts * frames[0].time_base
        for frame in frames:
            frame.pts = None
        n_channels = stream.layout.nb_channels
        arrays = [f.to_ndarray().reshape(-1, n_channels) for one in frames for f in resampler.resample(one)]
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
        return float(first - picture.pts * picture.time_base), np.concatenate(arrays)[:, 0]


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("codec", SOURCES)
def test_no_sound_is_dropped(tmp_path, codec, suffix):
    before = source(tmp_path, codec)
    path = tmp_path / f"out.{suffix}"
    writer = copied(before, path, codec=CONTAINERS[suffix])
    (kept,) = [s for s in list_streams(path) if s.type == "audio"]
    (had,) = [s for s in list_streams(before) if s.type == "audio"]
    assert writer.sidecars == []
    if kept.codec == had.codec:
        assert writer.warnings == []
    else:
        assert kept.codec in (("flac",) if suffix in ("mkv", "mp4") else ("pcm_s16le", "pcm_s24le"))
        (line,) = writer.warnings
        assert had.codec in line and "stored as" in line
    was, samples = sound_of(before)
    now, stored = sound_of(path)
    if suffix == "mxf":  # picture and sound begin together
        assert now == 0 and abs(len(stored) / 48000 - 1) < 0.03
        return
    assert abs(now - was) < 0.001
    if codec in EXACT:
        assert np.array_equal(stored, samples)
    else:
        assert len(stored) == len(samples)
        assert np.abs(stored.astype(int) - samples).max() <= 1


def test_a_gap_stays_as_long_as_it_was(tmp_path):
    before = source(tmp_path, "pcm_bluray", gap=0.2)
    copied(before, tmp_path / "out.mkv", codec="ffv1")
    _, samples = sound_of(tmp_path / "out.mkv")
    assert len(samples) == 48000
    silent = np.abs(samples.astype(int)).reshape(25, -1).max(1) < 200
    assert list(np.flatnonzero(silent)) == list(range(10, 15))


@pytest.mark.parametrize("start", [-0.1, 0.1])
def test_mxf_begins_with_the_picture(tmp_path, start):
    """What comes before the first picture is cut to the sample; before later sound comes silence."""
    before = tmp_path / "before.mkv"
    with av.open(str(before), "w") as out:
        video, sound = out.add_stream("ffv1", rate=25), out.add_stream("pcm_s16le", rate=48000)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound.codec_context.layout = "mono"
        ramp = np.arange(1, 24001, dtype=np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(ramp, "s16", "mono")
        frame.sample_rate, frame.time_base, frame.pts = (
            48000,
            Fraction(1, 48000),
            round((0.2 + start) * 48000),
        )
        packets = sound.encode(frame) + sound.encode(None)
        for i in range(5, 15):
            picture = av.VideoFrame(64, 48, "yuv420p")
            picture.pts, picture.time_base = i, Fraction(1, 25)
            packets += video.encode(picture)
        packets += video.encode(None)
        for packet in sorted(packets, key=lambda p: p.pts * p.time_base):
            out.mux(packet)
    writer = copied(before, tmp_path / "out.mxf", codec="prores")
    assert writer.warnings == []
    _, samples = sound_of(tmp_path / "out.mxf")
    if start < 0:
        assert list(samples[:3]) == [4801, 4802, 4803]
    else:
        assert not samples[:4800].any() and list(samples[4800:4803]) == [1, 2, 3]


def test_a_part_has_the_sound_of_the_part(tmp_path):
    before = source(tmp_path, "pcm_bluray")
    copied(before, tmp_path / "out.mkv", codec="ffv1", start=0.4, end=0.8)
    first, samples = sound_of(tmp_path / "out.mkv")
    assert abs(first) < 0.03 and abs(len(samples) / 48000 - 0.4) < 0.03


def test_the_end_of_a_part_is_complete(tmp_path, monkeypatch):
    """Also if the film goes on for long after the part, so that reading ends there."""
    monkeypatch.setattr(stream_copy, "_DISORDER", 0)
    before = source(tmp_path, "pcm_bluray")
    copied(before, tmp_path / "out.mkv", codec="ffv1", start=0.0, end=0.4)
    _, samples = sound_of(tmp_path / "out.mkv")
    assert abs(len(samples) / 48000 - 0.4) < 0.006


def test_mp4_stays_the_default_for_sound_that_is_converted_anyway(tmp_path):
    assert streams_mp4_cannot_hold(source(tmp_path, "pcm_dvd")) == []


def test_sound_that_cannot_be_decoded_or_stored_is_told(tmp_path):
    """A stream whose parameters are unknown is left out with one line, and the film is written."""
    before = source(tmp_path, "real_144")
    data = before.read_bytes()
    at = data.index(b".ra\xfd")
    before.write_bytes(
        data[: at + 0x48].replace(b"lpcJ", b"zzzz") + data[at + 0x48 :].replace(b"lpcJ", b"zzzz")
    )
    writer = copied(before, tmp_path / "out.mkv", codec="ffv1")
    assert [s.type for s in list_streams(tmp_path / "out.mkv")] == ["video"]
    (line,) = writer.warnings
    assert "audio" in line and "lost" in line
