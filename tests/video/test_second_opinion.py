"""Pictures that a decoder marks as damaged: refused if there is a second sign, else told."""

import av
import numpy as np
import pytest

from cartoonize.errors import SourceError
from cartoonize.video import open_source
from cartoonize.video.second_opinion import SecondOpinion
from tests.support.recordings import cut, noise, rewrite, write_recording

pytestmark = pytest.mark.video

FORMS = [("avi", "mpeg4"), ("mp4", "mpeg4"), ("matroska", "libx264"), ("flv", "flv")]


def film(path, format, codec, **options):
    return write_recording(path, format=format, codec=codec, pictures=noise(50, 96, 96), gop=10, **options)


def outcome(path):
    """Return how a file is read: "refused", "told" or "whole"."""
    try:
        with open_source(path) as source:
            assert sum(1 for _ in source.frames()) >= 48
            return "told" if source.damage else "whole"
    except SourceError as error:
        assert "\n" not in str(error)
        return "refused"


@pytest.mark.parametrize(("format", "codec"), FORMS)
def test_real_damage_is_refused(tmp_path, format, codec):
    path = film(tmp_path / "film", format, codec, options={"preset": "ultrafast"} if "264" in codec else {})
    assert outcome(path) == "whole"
    data, found = path.read_bytes(), []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        changed = bytearray(data)
        at = int(rng.integers(len(data) // 5, len(data) * 4 // 5))
        changed[at : at + 24] = rng.bytes(24)
        path.write_bytes(changed)
        found.append(outcome(path))
    assert found.count("refused") >= 4  # x264 stores bytes that no picture needs


def opinions(path, in_doubt):
    """Return the opinions of all pictures from ``in_doubt``, and the one at the end."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        opinion = SecondOpinion(stream)
        for number, packet in enumerate(p for p in container.demux(stream) if p.size):
            opinion.see(packet)
            stream.decode(packet)
            if number in in_doubt:
                found.append(opinion.is_damaged())
        return found, opinion.is_damaged_at_end()


@pytest.mark.parametrize(("format", "codec"), FORMS)
def test_a_mark_on_whole_pictures_is_no_damage(tmp_path, format, codec):
    path = film(tmp_path / "film", format, codec)
    assert opinions(path, range(50)) == ([False] * 50, False)
    assert opinions(path, [3, 30]) == ([False] * 2, False)


def test_marks_of_other_decoders_count(tmp_path):
    path = film(tmp_path / "film.nut", "nut", "mpeg2video")
    assert opinions(path, [3]) == ([True], False)


def test_a_second_opinion_finds_damage_that_comes_later(tmp_path):
    plain = film(tmp_path / "film.mkv", "matroska", "mpeg4")

    def spoil(number, packet):
        if number != 45:
            return [packet]
        data = bytearray(packet)
        data[len(data) // 2 : len(data) // 2 + 20] = bytes(range(100, 120))
        new = av.Packet(bytes(data))
        new.pts, new.dts, new.time_base = packet.pts, packet.dts, packet.time_base
        new.duration = packet.duration
        return [new]

    path = rewrite(plain, tmp_path / "spoilt.mkv", spoil)
    found, at_end = opinions(path, range(50))
    assert not any(found[:40]) and (any(found[40:]) or at_end)
    assert outcome(path) == "refused" and outcome(cut(plain)) == "refused"
