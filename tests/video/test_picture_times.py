"""Times and rates that files store wrongly: out of order, missing, doubled or absurd."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import open_source
from tests.support.recordings import drawings, noise, rewrite, write_recording

pytestmark = pytest.mark.video

FAST = {"preset": "ultrafast", "bf": "3", "b-adapt": "0", "b-pyramid": "normal"}


def read(path, told=()):
    """Return the format, the times of all pictures in seconds, and where the lit square of each is."""
    with open_source(path) as source:
        frames = list(source.frames())
        assert [line for line in source.damage if not line.endswith(told or "?")] == []
        base = source.format.time_base
        return (
            source.format,
            [float(f.pts * base) for f in frames],
            [int(f.luma[20].argmax()) for f in frames],
        )


def squares(n):
    """Yield pictures whose lit square moves one pixel to the right."""
    for number in range(n):
        picture = np.full((64, 96, 3), 60, np.uint8)
        picture[8:32, number : number + 8] = 200
        yield picture


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_pictures_of_an_avi_come_at_a_steady_pace(tmp_path, codec):
    """AVI stores no presentation times. FFmpeg guesses them, wrongly if there are B-frames."""
    path = write_recording(
        tmp_path / "film.avi",
        format="avi",
        codec=codec,
        pictures=squares(30),
        options=FAST if codec == "libx264" else {},
        n_between=2,
        sound="mp3",
    )
    form, times, places = read(path)
    assert form.frame_rate == 25 and form.field_order == "progressive"
    assert np.diff(times) == pytest.approx(0.04) and times[0] in (0.04, 0.08)
    assert len(times) == 30 and np.abs(np.array(places) - range(30)).max() < 7


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_decoding_times_stored_as_presentation_times(tmp_path, suffix):
    plain = write_recording(
        tmp_path / "plain.mp4", format="mp4", codec="libx264", pictures=squares(60), options=FAST, gop=20
    )

    def spoil(_, packet):
        packet.dts += round(Fraction(2, 25) / packet.time_base)  # the first one is negative
        packet.pts = packet.dts
        return [packet]

    path = rewrite(plain, tmp_path / f"film.{suffix}", spoil)
    _, times, places = read(path)
    assert places == sorted(places) and len(times) == 60
    assert np.diff(times) == pytest.approx(0.04, abs=1.1e-3)
    with open_source(path) as source:
        zero = source.format.start_pts * source.format.time_base
        part = [float(f.pts * source.format.time_base) for f in source.frames(start=1.2, end=1.6)]
    whole = [t for t in times if 1.2 <= round(t - float(zero), 6) < 1.6]
    assert part == whole


def test_one_wrong_time_does_not_move_the_rest(tmp_path):
    """A time far ahead and a doubled one are replaced; later pictures keep their own."""
    plain = write_recording(tmp_path / "plain.mkv", format="matroska", codec="ffv1", pictures=squares(40))

    def spoil(number, packet):
        packet.pts += {25: 10_000, 30: 40}.get(number, 0)
        return [packet]

    _, times, _ = read(rewrite(plain, tmp_path / "film.mkv", spoil), told="at its end")
    apart = np.abs(np.array(times) - [k / 25 for k in range(40)])
    assert len(times) == 40 and np.all(np.diff(times) > 0)
    assert apart.max() < 0.041 and (apart > 1e-3).sum() <= 1


def test_dv_has_the_rate_of_its_pictures_and_not_of_its_clock(tmp_path):
    pictures = (np.full((576, 720, 3), 80 + number, np.uint8) for number in range(10))
    path = write_recording(
        tmp_path / "film.dv", format="dv", codec="dvvideo", pictures=pictures, sound="pcm_s16le"
    )
    form, times, _ = read(path)
    assert form.frame_rate == 25 and form.n_frames == 10 and form.field_order == "bottom"
    assert np.diff(times) == pytest.approx(0.04)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(12)])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi", "nut", "mov"])
def test_usual_rates_are_kept(tmp_path, rate, suffix):
    path = tmp_path / f"film.{suffix}"
    format = {"mkv": "matroska"}.get(suffix, suffix)
    write_recording(path, format=format, codec="mpeg4", pictures=drawings(20), rate=rate)
    assert float(read(path)[0].frame_rate) == pytest.approx(float(rate), rel=1e-4)


@pytest.mark.parametrize("n_between", [0, 2])
@pytest.mark.parametrize("format", ["vob", "mpegts"])
def test_a_clock_of_33_bits_that_starts_again_is_no_jump(tmp_path, format, n_between):
    """The clock of MPEG ends after 26.5 hours, and starts again at 0."""
    path = write_recording(
        tmp_path / "film.mpg",
        format=format,
        codec="mpeg2video",
        pictures=noise(50),
        n_between=n_between,
        offset=2**33 / 90000 - 1,
        muxer={"avoid_negative_ts": "disabled"},
        sound="mp2",
    )
    _, times, _ = read(path)
    assert len(times) == 50 and np.diff(times) == pytest.approx(0.04, abs=1e-4)


#: Which field comes first, and whether it is repeated, in four pictures of film at 24 frames/s.
PULLDOWN = [(1, 1), (0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize("format", ["mpegts", "vob"])
def test_film_with_repeated_fields_keeps_its_pictures_and_its_length(tmp_path, format):
    """DVDs of films store 24 pictures/s and let players show every other one for three fields."""
    plain = write_recording(
        tmp_path / "plain.ts",
        format="mpegts",
        codec="mpeg2video",
        pictures=noise(96),
        rate=Fraction(24000, 1001),
        gop=12,
        fields="top",
    )
    starts = np.cumsum([0] + [3, 2] * 48)

    def pull_down(number, packet):
        data = bytearray(packet)
        at = data.find(b"\0\0\1\xb5\x8f")  # picture coding extension
        top_first, repeated = PULLDOWN[number % 4]
        data[at + 7] = data[at + 7] & 0x7D | top_first << 7 | repeated << 1
        data[at + 8] |= 0x80  # progressive
        new = av.Packet(bytes(data))
        new.time_base, new.is_keyframe = Fraction(1, 90000), packet.is_keyframe
        new.pts = new.dts = round(starts[number] * 1501.5) + 9000
        return [new]

    path = rewrite(plain, tmp_path / "film.mpg", pull_down, format=format)
    form, times, _ = read(path)
    assert form.frame_rate == Fraction(24000, 1001) and form.field_order == "progressive"
    apart = np.array(times) - times[0] - starts[:-1] * 1001 / 60000
    assert len(times) == 96 and np.abs(apart).max() < (1e-3 if format == "mpegts" else 0.08)
    assert abs(apart[-1]) < 1e-3
