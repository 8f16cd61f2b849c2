"""Files of cached shots."""

from dataclasses import replace

import numpy as np

from cartoonize.coloring.cached_shot import CachedShot
from tests.support.cached_shots import cached_shot, equal


def test_a_written_shot_is_read_again(tmp_path):
    planes, shot = cached_shot()
    path = tmp_path / "a" / "4.npz"
    shot.write(path)
    found = CachedShot.read(path, tracked=True)
    assert equal(planes, list(found.chroma)) and found.start == 7
    assert equal(list(shot.tracks.predictions), found.tracks.predictions)
    assert equal(list(shot.tracks.confidence), found.tracks.confidence)
    assert (found.tracks.start, found.tracks.stop) == (7, 13) == (found.start, found.stop)
    assert equal([shot.pts, shot.n_held], [found.pts, found.n_held])
    assert (found.planes, found.area) == (shot.planes, shot.area)
    assert (found.tracks.hints, found.tracks.memory, found.tracks.album) == ("hints", "memory", "album")
    assert equal(planes, list(CachedShot.read(path, tracked=False).chroma))
    assert CachedShot.read(tmp_path / "none.npz", tracked=True) is None


def test_the_drawing_of_a_frame():
    _, shot = cached_shot()  # its drawings are held for 1, 2, 1 and 2 frames
    assert [shot.drawing_at(index) for index in range(7, 13)] == [0, 1, 1, 2, 3, 3]


def test_a_damaged_file_is_not_read_and_never_read_wrongly(tmp_path):
    planes, shot = cached_shot()
    path = tmp_path / "4.npz"
    shot.write(path)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    unknown_method = bytearray(data)
    unknown_method[data.index(b"PK\x01\x02") + 10] = 99
    path.write_bytes(unknown_method)
    assert CachedShot.read(path, tracked=True) is None
    for _ in range(300):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        found = CachedShot.read(path, tracked=True)
        assert found is None or equal(planes, list(found.chroma))


def test_a_shot_without_tracks_is_not_read_as_one_with_tracks(tmp_path):
    planes, shot = cached_shot()
    path = tmp_path / "4.npz"
    replace(shot, tracks=None).write(path)
    assert CachedShot.read(path, tracked=True) is None
    assert equal(planes, list(CachedShot.read(path, tracked=False).chroma))
