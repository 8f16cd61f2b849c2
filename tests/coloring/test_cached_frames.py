"""Frames of one cached shot: they are those that the whole film has there."""

import numpy as np
import pytest

from cartoonize.annotations.annotations import NO_ANNOTATIONS
from cartoonize.coloring.cached_frames import shot_frames
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.film_colors import color_films
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.coloring.pipeline import shot_batches
from cartoonize.coloring.plan import plan_colorize
from cartoonize.errors import SourceError
from cartoonize.filters.refine import RefineOptions
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder
from tests.support.scenes import SceneFilm

OPTIONS = ColorizeOptions(refine=RefineOptions("tracks"))


def letterboxed(film):
    """Yield the pictures of a film in grey, with black bars above and below."""
    for grey in film.frames():
        yield np.pad(grey, ((40, 40), (0, 0)))[..., None].repeat(3, 2)


@pytest.fixture(scope="module")
def colored(tmp_path_factory):
    """Colour a film of several shots; return it, its frames as methods saw them, and its cached shots."""
    folder = tmp_path_factory.mktemp("film")
    path = folder / "film.mkv"
    film = SceneFilm(speed=2).shot(1, 20).dissolve(10).shot(2, 20).shot(3, 12).fade_out(8, 0).shot(1, 12)
    write_film(path, letterboxed(film), frame_rate=24, codec="ffv1")
    with plan_colorize(
        Workspace(folder / "w"), [path], choice=Choice(variants=("grey",)), annotations=NO_ANNOTATIONS,
        options=OPTIONS, output=None, run=RunOptions(), reporter=Recorder(),
    ) as plan:  # fmt: skip
        (work,) = plan.films
        whole = list(work.film.numbered())
        for frames in color_films(plan):
            list(frames)
        starts = {frame.shot: frame.index for frame in reversed(whole)}
        shots = {number: work.cache.find(start) for number, start in starts.items()}
    return path, whole, shots


def test_each_shot_has_the_frames_of_the_whole_film(colored):
    path, whole, shots = colored
    assert len(shots) == 4 and any(frame.mix for frame in whole) and whole[0].area is not None
    with open_source(path) as source:
        for number, cached in shots.items():
            own = [frame for frame in whole if frame.shot == number]
            expected = [f for batch in shot_batches(own, OPTIONS) for f in batch.frames]
            found = list(shot_frames(source, cached, number, OPTIONS))
            for one, other in zip(found, expected, strict=True):
                assert (one.index, one.pts, one.shot, one.area) == (
                    other.index,
                    other.pts,
                    number,
                    other.area,
                )
                assert one.mix == other.mix and one.drawing == other.drawing - expected[0].drawing
                assert np.array_equal(one.grey, other.grey) and np.array_equal(one.luma, other.luma)
                assert (one.clean is None) == (other.clean is None)


def test_a_film_that_lost_frames_is_an_error(colored, tmp_path):
    _, _, shots = colored
    write_film(tmp_path / "short.mkv", letterboxed(SceneFilm().shot(1, 20)), frame_rate=24, codec="ffv1")
    with (
        open_source(tmp_path / "short.mkv") as source,
        pytest.raises(SourceError, match=r"has 0 of \d+ frames"),
    ):
        list(shot_frames(source, shots[3], 3, OPTIONS))
