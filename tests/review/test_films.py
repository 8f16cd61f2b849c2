"""Coloured films, their shots and pictures, without HTTP."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from cartoonize.coloring.cached_shot import PackedChroma
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import SourceError, UnknownNameError, UsageError
from cartoonize.filters.refine import RefineOptions
from cartoonize.review.doubt import DoubtMaps
from cartoonize.review.earlier import keep_earlier
from cartoonize.review.films import find_films
from cartoonize.review.pictures import LAYERS, Pictures, thumbnail
from cartoonize.review.thumbnails import Thumbnails
from cartoonize.tasks.colorize import colorize
from cartoonize.tracking.confidence_file import confidence_path, read_confidence, write_confidence
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace
from tests.support.films import HEIGHT, N_FRAMES, WIDTH, pictures


def decoded(data):
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(int)


def recolor(film, shot, change):
    """Write a cached shot with other chroma, as a job does: as a new file under the old name."""
    cached = film.cached(shot, tracked=True)
    chroma = PackedChroma()
    for planes in cached.chroma:
        chroma.add(change(*planes))
    replace(cached, chroma=chroma).write(film.cached_path(shot))


def test_films_and_shots(colored, film):
    assert film.name == "e1" and len(film.key) == 16 and film.video == colored.out / "e1.mkv"
    assert [(shot.start, shot.stop) for shot in film.shots] == [(0, 12), (12, N_FRAMES)]
    assert film.shot_at(12).shot == 1
    with pytest.raises(UnknownNameError):
        film.shot_at(3)
    assert (film.format.width, film.format.height) == (WIDTH, HEIGHT)


def test_a_film_that_was_coloured_twice_counts_once_and_parts_do_not_count(colored, film):
    first = read_confidence(film.video)
    folder = colored.out / "again"
    folder.mkdir()
    write_confidence(confidence_path(folder / "e1.mkv"), replace(first, members=("new",)))
    part = replace(first, is_part=True, fingerprint="f" * 64)
    write_confidence(confidence_path(folder / "part.mkv"), part)
    (found,) = find_films(colored)
    assert found.confidence.members == ("new",)


def test_a_workspace_without_films(extracted):
    assert find_films(extracted) == []


def test_frames_are_those_of_the_film_with_their_drawings(film):
    with open_source(film.source) as source:
        greys = [frame.grey for frame in source.frames()]
    for shot in film.shots:
        cached = film.cached(shot)
        frames = list(film.frames(cached))
        assert (
            all(np.array_equal(frame.grey, greys[k]) for k, frame in enumerate(frames, shot.start))
            and len(frames) == shot.stop - shot.start
        )
        assert [frame.drawing for frame in frames] == [k // 2 for k in range(len(frames))]  # held for two
        (one,) = film.frames(cached, range(shot.start + 5, shot.start + 6))
        assert np.array_equal(one.grey, greys[shot.start + 5]) and one.drawing == 2


def test_the_colours_are_those_of_the_coloured_copy(film):
    """The copy is lossy, and so is JPEG."""
    shown_by = Pictures()
    with open_source(film.video) as source:
        for frame in source.frames(rgb=True):
            shot = next(shot for shot in film.shots if shot.start <= frame.index < shot.stop)
            shown = decoded(shown_by.frame(film, shot, "now", frame.index))[..., ::-1]
            assert shown.shape == (HEIGHT, WIDTH, 3)
            assert np.abs(shown - frame.rgb).mean() < 5


def test_grey_has_no_colour_and_is_the_film(film):
    shot = film.shots[0]
    shown = decoded(Pictures().frame(film, shot, "grey", 3))
    assert (shown[..., 0] == shown[..., 2]).all()
    (frame,) = film.frames(film.cached(shot), range(3, 4))
    assert np.abs(shown[..., 0] - frame.grey).mean() < 2


def test_places_without_a_colour_are_loud(film):
    shot = film.shots[0]

    def half_grey(cb, cr):
        cb, cr = np.full_like(cb, 200), np.full_like(cr, 90)
        cb[:, : cb.shape[1] // 2] = cr[:, : cr.shape[1] // 2] = 128
        return cb, cr

    recolor(film, shot, half_grey)
    shown = decoded(Pictures().frame(film, shot, "loud", 0))
    left, right = shown[:, 4 : WIDTH // 2 - 6], shown[:, WIDTH // 2 + 6 :]
    assert (left[..., 0] - left[..., 1]).mean() > 100 and (left[..., 2] - left[..., 1]).mean() > 100
    assert (right[..., 2] - right[..., 1]).mean() < 0


def test_doubtful_places_have_the_confidence_of_their_tracks(film):
    for shot in film.shots:
        cached = film.cached(shot, tracked=True)
        maps = list(DoubtMaps(film, cached))
        assert [frame.index for frame, _ in maps] == [frame.index for frame in film.frames(cached)]
        told = {round(region.confidence, 4) for part in cached.tracks.confidence for region in part.regions}
        shown = {round(float(c), 4) for _, confidence in maps for c in np.unique(confidence)} - {1.0}
        assert shown and shown <= told
        worst = shot.regions[0]
        _, confidence = maps[worst.frame - shot.start]
        # The share of the frame on the worst track is near the share of the shot.
        share = np.isclose(confidence, worst.confidence, atol=1e-4).mean()
        assert share == pytest.approx(worst.area, abs=0.15)


def test_doubtful_places_of_a_film_with_bars(tmp_path):
    """The cache has places in the picture without its bars, and the map is that of the whole frame."""
    bar = ((0, 0), (16, 16), (0, 0))
    grey = [np.pad(picture, bar) for picture in pictures(1, 12, grey=True)]
    write_film(tmp_path / "grey.mkv", grey, frame_rate=12)
    workspace, tracks = Workspace(tmp_path / "work"), ColorizeOptions(refine=RefineOptions("tracks"))
    colorize(workspace, [tmp_path / "grey.mkv"], choice=Choice(variants=("grey",)), options=tracks)
    (film,) = find_films(workspace)
    cached = film.cached(film.shots[0], tracked=True)
    assert cached.area is not None and (cached.area.left, cached.area.right) == (16, 16 + WIDTH)
    told = {round(region.confidence, 4) for part in cached.tracks.confidence for region in part.regions}
    for _, confidence in DoubtMaps(film, cached):
        assert confidence.shape == (HEIGHT, WIDTH + 32)
        assert (confidence[:, :16] == 1).all() and (confidence[:, -16:] == 1).all()
        assert {round(float(c), 4) for c in np.unique(confidence[:, 16:-16])} & told


def test_before_are_the_colours_before_the_latest_job(colored, film):
    first, second = film.shots
    shown_by = Pictures()
    with pytest.raises(UsageError, match="no earlier colours"):
        shown_by.frame(film, first, "before", 0)
    old = decoded(shown_by.frame(film, first, "now", 0))
    keep_earlier(colored)
    assert not film.has_changed(first)
    recolor(film, first, lambda cb, cr: (np.full_like(cb, 60), cr))
    assert film.has_changed(first) and not film.has_changed(second)
    assert np.array_equal(decoded(shown_by.frame(film, first, "before", 0)), old)
    assert np.abs(decoded(shown_by.frame(film, first, "now", 0)) - old).mean() > 5
    keep_earlier(colored)  # the next job
    assert not film.has_changed(first)


def test_thumbnails_are_kept_up_to_a_limit_and_follow_the_colours(colored, film):
    first, second = film.shots
    thumbnails = Thumbnails(colored, max_files=2)
    data = thumbnails.get(film, first)
    assert decoded(data).shape == (HEIGHT, WIDTH, 3)
    assert data == thumbnail(film, first, 320)
    folder = colored.cache / "review" / "thumbnails"
    (kept,) = folder.glob("*.jpg")
    kept.write_bytes(b"kept")
    assert Thumbnails(colored).get(film, first) == b"kept"
    recolor(film, first, lambda cb, cr: (np.full_like(cb, 60), cr))
    assert thumbnails.get(film, first) != data
    thumbnails.get(film, second)
    assert len(list(folder.glob("*.jpg"))) <= 2


@pytest.mark.parametrize("layer", [name for name in LAYERS if name != "before"])
def test_films_and_shots_that_are_gone(colored, film, layer, tmp_path):
    shot = film.shots[0]
    gone = replace(film, confidence=replace(film.confidence, source=str(tmp_path / "gone.mkv")))
    with pytest.raises(SourceError, match=r"gone.mkv cannot be read\. Put the film"):
        Pictures().frame(gone, shot, layer, 0)
    film.cached_path(shot).write_bytes(b"damaged")
    with pytest.raises(UsageError, match="not in the cache"):
        Pictures().frame(film, shot, layer, 0)
    shutil.rmtree(colored.cache)
    (again,) = find_films(colored)
    with pytest.raises(UsageError, match="not in the cache"):
        thumbnail(again, shot, 320)
    assert again.tag(shot) == "" and not again.has_changed(shot)


def test_a_source_with_other_frames_is_an_error(film, films):
    shot = film.shots[1]
    cached = film.cached(shot)
    shifted = replace(cached, pts=cached.pts + 1)
    with pytest.raises(SourceError, match="no frame 12"):
        list(film.frames(shifted))


def test_wrong_layers_and_frames(film):
    shot = film.shots[0]
    with pytest.raises(UnknownNameError, match="layer 'x'"):
        Pictures().frame(film, shot, "x", 0)
    for index in (-1, 12, 10**9):
        with pytest.raises(UnknownNameError, match="0 to 11"):
            Pictures().frame(film, shot, "now", index)


def test_memory_is_bounded(film):
    shown_by = Pictures(max_bytes=1)
    for shot in film.shots:
        for index in range(shot.start, shot.stop):
            assert decoded(shown_by.frame(film, shot, "now", index)).any()
    assert len(shown_by._streams) == 1
