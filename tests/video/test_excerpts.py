"""Single frames of films."""

import numpy as np
import pytest

from cartoonize.video import open_source, write_film
from cartoonize.video.excerpts import frames_near
from tests.support.films import FRAME_RATE, pictures


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_frames_are_found_by_their_time(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    write_film(path, pictures(1, 60), frame_rate=FRAME_RATE, gop=12)
    with open_source(path) as source:
        frames = list(source.frames(rgb=True))
    wanted = [0, 7, 8, 30, 59]
    found = list(frames_near(path, [k / FRAME_RATE + 0.001 for k in wanted]))
    assert [frame.pts for frame in found] == [frames[k].pts for k in wanted]
    assert all(np.array_equal(frame.rgb, frames[k].rgb) for frame, k in zip(found, wanted, strict=True))
    assert list(frames_near(path, [99.0])) == [None] and list(frames_near(path, [])) == []


def test_films_that_cannot_be_searched_are_read_once(tmp_path, monkeypatch):
    from cartoonize.video.reader import VideoSource

    path = tmp_path / "film.mkv"
    write_film(path, pictures(1, 30), frame_rate=FRAME_RATE)
    wanted = [k / FRAME_RATE for k in (3, 3, 20)]
    searched = [frame.pts for frame in frames_near(path, wanted)]
    starts, frames = [], VideoSource.frames

    def counted(self, **options):
        self.seeks = False
        starts.append(options["start"])
        return frames(self, **options)

    monkeypatch.setattr("cartoonize.video.reader._SEEKABLE", ("none",))
    monkeypatch.setattr(VideoSource, "frames", counted)
    assert [frame.pts for frame in frames_near(path, wanted)] == searched
    assert len(starts) == 1
    assert [f and f.pts for f in frames_near(path, [*wanted, 50.0, 60.0])] == [*searched, None, None]


def test_stills_are_found_by_their_time(tmp_path):
    import cv2

    for k in range(4):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((8, 8, 3), k * 40, np.uint8))
    (third,) = frames_near(tmp_path, [2 / 24])
    assert third.index == 2 and (third.rgb == 80).all()
