"""The shots of a film as jobs for workers."""

from types import SimpleNamespace

from cartoonize.cluster.jobs import NumberedShot, shots_of
from cartoonize.coloring.films import open_film
from cartoonize.filters.predict import LOOKAHEAD
from cartoonize.filters.render import RenderOptions
from cartoonize.video import open_source
from tests.support.workers import SHOTS


def _is_not_cached(start):
    return False, None


def numbered(path, output, cached=_is_not_cached):
    """Return the shots of a film, and its frames."""
    with open_source(path) as source:
        film = open_film(source, output, [], RenderOptions(codec="ffv1"))
        return list(shots_of(film, cached)), list(film.numbered())


def test_shots_have_all_frames_of_a_film(folder, tmp_path):
    shots, frames = numbered(folder / "e1.mkv", tmp_path / "x.mkv")
    refs = [(ref.pts, ref.drawing, shot.number) for shot in shots for ref in shot.frames]
    assert refs == [(frame.pts, frame.drawing, frame.shot) for frame in frames]
    assert [shot.is_last for shot in shots] == [False, False, False, True]
    assert [len(shot.frames) for shot in shots] == [n for n, _ in SHOTS[1]]
    assert all(shot.job.frames == shot.frames and shot.job.pictures == () for shot in shots)


def test_a_film_without_frames_has_one_shot():
    film = SimpleNamespace(numbered=lambda backgrounds: iter(()))
    assert list(shots_of(film, _is_not_cached)) == [NumberedShot(0, 0, is_last=True)]


def test_cached_shots_are_not_sent_to_workers(folder, tmp_path):
    asked, starts = [], [0, 5, 39, 39 + LOOKAHEAD + 12]

    def cached(start):
        asked.append(start)
        return starts.index(start) in (1, 3), None

    shots, frames = numbered(folder / "e1.mkv", tmp_path / "x.mkv", cached)
    assert [ref.pts for shot in shots for ref in shot.frames] == [frame.pts for frame in frames]
    assert asked == starts
    assert [shot.job is None for shot in shots] == [False, True, False, True]
