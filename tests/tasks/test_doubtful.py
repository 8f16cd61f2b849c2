"""Doubtful shots of coloured films: their order, their pictures, and the report about them."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from cartoonize.errors import WorkspaceError
from cartoonize.tasks.colored_films import ColoredFilm, colored_films, latest_confidence, read_colored_films
from cartoonize.tasks.doubtful import (
    box_of,
    clock,
    describe_all,
    describe_region,
    doubtful_shots,
    draw_doubtful,
    frames_of,
)
from cartoonize.tasks.report import ReportOptions, report
from cartoonize.tasks.report_colored import read_colored, select_shots
from cartoonize.tracking.confidence import DoubtfulRegion, ShotDoubt, Suggestion
from cartoonize.tracking.confidence_file import FilmConfidence, confidence_path, write_confidence
from cartoonize.video import write_film
from cartoonize.workspace import Workspace
from tests.support.films import FRAME_RATE, N_FRAMES, pictures
from tests.support.reporters import Recorder

COLORS = list(pictures(1))


def region(frame, **changes):
    box = (0.25, 0.25, 0.5, 0.75)
    return DoubtfulRegion(
        frame, 0.4, 0.9, 0.11, 0.2, **{"seconds": frame / FRAME_RATE, "box": box, **changes}
    )


def shot(number, start, stop, confidence, *regions):
    return ShotDoubt(number, start, stop, start / FRAME_RATE, confidence, regions)


SHOTS = (shot(0, 0, 4, 0.5, region(1)), shot(1, 4, 12, 0.8, region(6)), shot(2, 12, N_FRAMES, 0.9))


@pytest.fixture
def space(tmp_path):
    """A workspace with one coloured film of three shots."""
    space = Workspace(tmp_path / "w")
    add_film(space.out / "film.mkv")
    return space


def add_film(path, shots=SHOTS, **changes):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_film(path, COLORS, frame_rate=FRAME_RATE, codec="ffv1")
    confidence = FilmConfidence(
        path.name, shots, **{"source": "/film.mkv", "members": ("series",), **changes}
    )
    write_confidence(confidence_path(path), confidence)
    return ColoredFilm(confidence_path(path), confidence, path.stem)


def test_shots_are_in_the_order_of_the_area_that_is_expected_to_be_wrong(space):
    found = doubtful_shots(colored_films(space))
    assert [(s.doubt.shot, s.expected_wrong) for s in found.shots] == [
        (0, pytest.approx(4 * 0.5 / 24, abs=1e-5)),
        (1, pytest.approx(8 * 0.2 / 24, abs=1e-5)),
        (2, pytest.approx(12 * 0.1 / 24, abs=1e-5)),
    ]
    assert found.expected_wrong == pytest.approx(0.2)
    assert describe_all(found) == "About 20.0% of the film is expected to be wrong."
    assert [s.seconds for s in found.shots] == [1 / FRAME_RATE, 6 / FRAME_RATE, 1.0]


def test_shots_of_several_films_are_compared_by_their_share_of_all(space):
    add_film(space.out / "b" / "film.mkv", (shot(0, 0, 24, 0.75, region(3)),))
    found = doubtful_shots(colored_films(space))
    assert [s.film.name for s in found.shots] == ["b/film", "out/film", "out/film", "out/film"]
    assert found.shots[0].expected_wrong == pytest.approx(6 / 48)
    assert "of the 2 films" in describe_all(found)


def test_words_for_places_and_times():
    assert describe_region(region(3)) == "lower middle: probably wrong (11% of the picture)"
    assert [clock(t) for t in (0, 0.74, 59.96, 61.25, 3600)] == [
        "0:00.0",
        "0:00.7",
        "1:00.0",
        "1:01.2",
        "60:00.0",
    ]
    without_box = DoubtfulRegion(3, 0.5, 0.9, 0.25, 0.2)
    assert box_of(without_box) == pytest.approx((0.25, 0.65, 0.75, 1.0))


def test_the_frames_of_the_worst_regions_are_read(space):
    found = doubtful_shots(colored_films(space))
    frames = frames_of(found.shots[::-1])
    for frame, index in zip(frames, (12, 6, 1), strict=True):
        assert np.abs(frame.rgb.astype(int) - COLORS[index]).mean() < 3, index


def test_a_part_of_a_film_begins_later_in_its_source(space):
    film = add_film(
        space.out / "part.mkv", (shot(0, 24, 48, 0.5, region(30)),), offset=24 / FRAME_RATE, is_part=True
    )
    (frame,) = frames_of(doubtful_shots([film]).shots)
    assert np.abs(frame.rgb.astype(int) - COLORS[6]).mean() < 3


def test_a_film_that_is_gone_has_no_picture(space, tmp_path):
    (space.out / "film.mkv").unlink()
    recorder = Recorder()
    shots = doubtful_shots(colored_films(space)).shots
    assert draw_doubtful(shots, tmp_path / "a.png", reporter=recorder) is None
    assert len(recorder.warnings) == 1 and "no pictures of film" in recorder.warnings[0]
    assert not (tmp_path / "a.png").exists()


def test_the_sheet_has_a_picture_of_each_shot(space, tmp_path):
    shots = doubtful_shots(colored_films(space)).shots
    assert draw_doubtful(shots, tmp_path / "a.png", heading="the worst") == tmp_path / "a.png"
    sheet = cv2.imread(str(tmp_path / "a.png"))
    boxes = (sheet == (196, 72, 255)).all(-1)
    assert sheet.shape[1] == 1520
    assert boxes[:, :500].any() and boxes[:, 500:1000].any() and not boxes[:, 1010:].any()


def test_typical_shots_are_near_the_median_and_not_among_the_worst(space):
    shots = tuple(shot(k, 10 * k, 10 * k + 10, 0.1 * k) for k in range(9))
    film = add_film(space.out / "many.mkv", shots)
    worst, typical = select_shots(doubtful_shots([film]), 3, 2)
    assert [s.doubt.shot for s in worst] == [0, 1, 2] and [s.doubt.shot for s in typical] == [3, 4]
    worst, typical = select_shots(doubtful_shots(colored_films(Workspace(space.root))[:1]), 4, 2)
    assert (len(worst), len(typical)) == (2, 1)


def page_of(space):
    return Path(report(space, options=ReportOptions(seconds=0)).page).read_text(encoding="utf-8")


def test_the_report_shows_a_film_without_an_original(space):
    text = page_of(space)
    assert '<section id="colored"' in text and text.count("data:image/webp") == 6
    assert "0:00.1, lower middle: probably wrong (11% of the picture)" in text
    assert "About 20.0% of the film is expected to be wrong." in text and "by series" in text
    assert "The worst shots" in text and "Typical shots" in text
    assert "compared with the coloured original" not in text


def test_a_report_of_many_films_has_fewer_pictures_of_each(space):
    for k in range(7):
        add_film(space.out / f"{k}.mkv")
    films = read_colored(space)
    assert len(films) == 8 and all((len(f.worst), len(f.typical)) == (2, 1) for f in films)


def test_a_film_that_is_gone_is_not_in_the_report(space):
    (space.out / "film.mkv").unlink()
    text = page_of(space)
    assert '<section id="colored"' not in text
    (space.out / "film.confidence.json").unlink()
    with pytest.raises(WorkspaceError, match="nothing to report"):
        report(space, options=ReportOptions(seconds=0))


def test_the_recipe_step_of_the_report_depends_on_the_confidence(space):
    from cartoonize.recipes.steps import STEPS

    step = STEPS["report"](space, {}, "cpu")
    before = step.input_fingerprints()
    add_film(space.out / "film.mkv", SHOTS[:2])
    changed = {key for key, value in step.input_fingerprints().items() if before[key] != value}
    assert changed == {"out/film.confidence.json"}


def test_the_latest_confidence_of_the_whole_film_counts(space):
    def add(name, time, **changes):
        film = add_film(space.out / name, fingerprint="abc", **changes)
        os.utime(film.path, (time, time))
        return film.confidence

    suggestion = (Suggestion(3, 0.25, 0, 0.5, 0.25),)
    add("old.mkv", 100)
    new = add("new.mkv", 200, suggestions=suggestion)
    add("part.mkv", 300, is_part=True)
    add("other.mkv", 400, members=("plain",), weights=("1",))
    (space.out / "bad.confidence.json").write_text("{")
    assert latest_confidence(space, "abc", members=("series",)) == new
    assert latest_confidence(space, "abc").members == ("plain",)
    assert latest_confidence(space, "abc", members=("plain",), weights=("2",)) is None
    assert latest_confidence(space, "other") is None


def test_films_are_named_by_video_or_confidence_file(space):
    (one,), (two,) = (read_colored_films([space.out / name]) for name in ("film.mkv", "film.confidence.json"))
    assert one == two and one.video == space.out / "film.mkv" and one.name == "film"
