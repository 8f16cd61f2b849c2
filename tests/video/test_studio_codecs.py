"""ProRes and DNxHR in MOV and MXF: 10 bits, exact times, and what does not fit is said."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.video import Sound, open_source, open_writer, write_film
from tests.support.copies import copied

pytestmark = pytest.mark.video


def pictures(n_frames=6, height=128, width=256):
    for i in range(n_frames):
        yield np.full((height, width, 3), 60 + 10 * i, np.uint8)


def stored(path):
    """Return codec, profile, pixel format and frame rate of a file, and the times of its frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.pts * frame.time_base for frame in container.decode(stream)]
        return stream.codec_context.name, stream.profile, stream.format.name, stream.guessed_rate, times


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    tone = np.sin(np.arange(12000) / 20).astype(np.float32)[:, None] / 3
    sound = [Sound(tone, 48000, codec="flac")]
    write_film(path, pictures(), sound=sound, frame_rate=Fraction(24000, 1001), pix_fmt="yuv422p10le", crf=0)
    return path


@pytest.mark.parametrize("suffix", ["mov", "mxf"])
@pytest.mark.parametrize("profile", ["proxy", "lt", "standard", "hq", "4444", "4444xq", None])
def test_every_profile_of_prores(film, tmp_path, profile, suffix):
    path = tmp_path / f"out.{suffix}"
    writer = copied(film, path, codec="prores", profile=profile)
    assert [line for line in writer.warnings if "audio flac" not in line] == []
    codec, said, pix_fmt, rate, times = stored(path)
    assert codec == "prores" and rate == Fraction(24000, 1001)
    assert writer.plane_format.bit_depth == 10
    if suffix == "mov":
        names = {"proxy": "Proxy", "lt": "LT", "standard": "Standard", "hq": "HQ", None: "HQ"}
        assert said == names.get(profile, {"4444": "4444", "4444xq": "XQ"}.get(profile))
    assert ("444" in pix_fmt) == (profile in ("4444", "4444xq"))
    assert times == [Fraction(k * 1001, 24000) for k in range(6)]
    with av.open(str(path)) as container:
        n_samples = sum(frame.samples for frame in container.decode(audio=0))
    assert 12000 <= n_samples <= 12012  # MXF fills up the last frame


@pytest.mark.parametrize("suffix", ["mov", "mxf"])
@pytest.mark.parametrize(
    "profile, bits", [("lb", 8), ("sq", 8), ("hq", 8), ("hqx", 10), ("444", 10), (None, 10)]
)
def test_every_profile_of_dnxhr(film, tmp_path, profile, bits, suffix):
    path = tmp_path / f"out.{suffix}"
    writer = copied(film, path, codec="dnxhr", profile=profile)
    codec, said, pix_fmt, rate, times = stored(path)
    assert codec == "dnxhd" and said == f"DNXHR {(profile or 'hqx').upper()}"
    assert rate == Fraction(24000, 1001) and times == [Fraction(k * 1001, 24000) for k in range(6)]
    assert writer.plane_format.bit_depth == bits


def test_full_chroma_gets_the_profile_for_it(tmp_path):
    write_film(tmp_path / "film.mkv", pictures(), pix_fmt="yuv444p")
    copied(tmp_path / "film.mkv", tmp_path / "out.mov", codec="prores")
    assert stored(tmp_path / "out.mov")[1] == "4444"


@pytest.mark.parametrize("suffix", ["mov", "mxf"])
@pytest.mark.parametrize("order", ["top", "bottom"])
def test_prores_keeps_fields(tmp_path, suffix, order):
    source, path = tmp_path / "film.mkv", tmp_path / f"out.{suffix}"
    write_film(source, pictures(), field_order=order, codec="ffv1", frame_rate=25)
    assert copied(source, path, codec="prores").warnings == []
    with open_source(path) as result:
        assert result.format.field_order == order


def test_luma_of_a_flat_drawing_is_kept(film, tmp_path):
    copied(film, tmp_path / "out.mov", codec="prores")
    with open_source(film) as one, open_source(tmp_path / "out.mov") as two:
        for before, after in zip(one.frames(), two.frames(), strict=True):
            assert np.abs(before.luma.astype(int) - after.luma).max() <= 1


def test_irregular_times_stay_in_mov_and_become_held_frames_in_mxf(tmp_path):
    source = tmp_path / "film.mkv"
    pts = [0, 40, 80, 200, 240]
    write_film(source, pictures(5), codec="ffv1", frame_rate=25, pts=pts, time_base=Fraction(1, 1000))
    assert copied(source, tmp_path / "out.mov", codec="prores").warnings == []
    assert stored(tmp_path / "out.mov")[-1] == [Fraction(k, 1000) for k in pts]
    (line,) = copied(source, tmp_path / "out.mxf", codec="prores").warnings
    assert "2 frames are repeated" in line
    with open_source(tmp_path / "out.mxf") as result:
        levels = [int(frame.grey[5, 5]) for frame in result.frames()]
    assert len(levels) == 7 and levels[2] == levels[3] == levels[4] < levels[5] < levels[6]


def test_what_does_not_fit_is_refused_before_the_work(tmp_path):
    write_film(tmp_path / "film.mkv", pictures(height=64, width=96))
    with open_source(tmp_path / "film.mkv") as source:
        form = source.format
    for options, words in (
        ({"codec": "dnxhr"}, "at least 256x120"),
        ({"codec": "h264", "profile": "hq"}, "no profiles"),
        ({"codec": "prores", "crf": 3}, "no crf"),
        ({"codec": "prores", "pix_fmt": "yuv420p"}, "pixel format|stores yuv422p10le"),
        ({"codec": "ffv1"}, "cannot hold"),
    ):
        with pytest.raises(UsageError, match=words):
            open_writer(tmp_path / "out.mov", form, **options)
    with pytest.raises(UnknownNameError, match="proxy, lt"):
        open_writer(tmp_path / "out.mov", form, codec="prores", profile="ultra")
    with pytest.raises(UsageError, match="Use .mkv or .mxf|.mov or .mkv or .mxf"):
        open_writer(tmp_path / "out.mp4", form, codec="prores")
    assert not list(tmp_path.glob("out*"))


def test_what_mxf_cannot_hold_is_said(tmp_path):
    source = tmp_path / "film.mkv"
    write_film(source, pictures(), subtitles=[(0, 0.1, "Hello")], chapters=[(0, 0.2, "One")], frame_rate=25)
    writer = copied(source, tmp_path / "out.mxf", codec="prores")
    assert [path.name for path in writer.sidecars] == ["out.eng.srt"]
    assert any("MXF cannot hold chapters" in line for line in writer.warnings)
    assert any("MXF cannot hold subtitle" in line for line in writer.warnings)
