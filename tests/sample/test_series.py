"""The sample series: shots, drawings, credits, colours and the files."""

from __future__ import annotations

import colorsys
from itertools import groupby

import av
import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from cartoonize.errors import OutputError, UsageError
from cartoonize.reporting import Reporter
from cartoonize.sample import paints
from cartoonize.sample.cast.figures import Pose
from cartoonize.sample.cast.lotti import lotti
from cartoonize.sample.pen import Pen
from cartoonize.sample.series import (
    SampleOptions,
    credits_opacity,
    draw_pictures,
    draw_series,
    episode_script,
    shots,
)
from cartoonize.sample.tales import TALES
from cartoonize.video.film import write_film

SMALL = SampleOptions(seconds=4, height=96, width=128)
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture(scope="module")
def episodes():
    """Draw all five episodes, small and short: each (n_frames, height, width, 3)."""
    return {e: np.array(list(draw_pictures(e, options=SMALL))) for e in range(1, 6)}


def test_an_episode_has_the_requested_frames_and_size(episodes):
    for pictures in episodes.values():
        assert pictures.shape == (96, 96, 128, 3)
        assert pictures.dtype == np.uint8


def test_the_seed_decides_everything(episodes):
    again = np.array(list(draw_pictures(1, options=SMALL)))
    assert np.array_equal(again, episodes[1])
    other = np.array(list(draw_pictures(1, options=SampleOptions(seed=1, seconds=4, height=96, width=128))))
    scenes = credits_opacity(1, SMALL) == 0
    differ = (other != episodes[1]).any(axis=(1, 2, 3))
    assert differ[scenes].all()


def test_drawings_are_held_on_twos_and_threes():
    script = episode_script(1, SMALL)
    holds = set()
    for take in script.takes[1:-1]:
        full = script.opacity[take.shot.start : take.shot.stop] == 1
        drawings = script.drawing[take.shot.start : take.shot.stop]
        runs = [len(list(g)) for _, g in groupby(drawings[full])]
        # A fade may cut the first and the last held drawing short.
        assert set(runs[1:-1]) == {take.scene.hold}
        assert take.shot.n_frames % take.scene.hold == 0
        holds.add(take.scene.hold)
    assert holds == {2, 3}


def test_held_frames_share_one_array_and_the_next_drawing_differs():
    script = episode_script(2, SMALL)
    last, differ = None, []
    for i, picture in enumerate(draw_pictures(2, options=SMALL)):
        assert not picture.flags.writeable
        if i:
            same = script.drawing[i] == script.drawing[i - 1]
            assert (picture is last) == same
            if not same:
                differ.append(not np.array_equal(picture, last))
        last = picture
    assert np.mean(differ) > 0.97


@pytest.mark.parametrize("episode", [1, 3])
def test_shots_tile_the_episode_and_begin_at_hard_cuts(episode):
    options = SampleOptions(height=64, width=80)
    pictures = np.array(list(draw_pictures(episode, options=options)), float)
    script, ranges = episode_script(episode, options), shots(episode, options)
    assert len(ranges) == 7
    assert ranges[0].start == 0 and ranges[-1].stop == len(pictures)
    assert all(a.stop == b.start for a, b in zip(ranges, ranges[1:], strict=False))
    steps = abs(np.diff(pictures, axis=0)).mean(axis=(1, 2, 3))
    cut = np.zeros(len(steps), bool)
    cut[[s.start - 1 for s in ranges[1:]]] = True
    bright = np.minimum(script.opacity[1:], script.opacity[:-1]) == 1
    assert (cut & bright).sum() >= 2  # the other scenes fade
    assert steps[cut & bright].min() > 2 * steps[~cut & bright].max()


def test_credits_at_both_ends_fade(episodes):
    opacity = credits_opacity(3, SMALL)
    first, *_, last = shots(3, SMALL)
    inside = np.zeros(len(opacity), bool)
    inside[: first.stop] = inside[last.start :] = True
    assert np.array_equal(opacity > 0, inside)
    for shot in (first, last):
        part = opacity[shot.start : shot.stop]
        assert part.max() == 1 and part[0] < 0.5 and part[-1] < 0.5
        top = int(part.argmax())
        assert (np.diff(part[: top + 1]) > 0).all() and (np.diff(part[top:]) <= 0).all()
    corner = episodes[3][inside][:, 0, 0]
    assert abs(corner - opacity[inside, None] * np.array(paints.CREDITS_BLUE)).max() <= 0.5


def test_full_length_credits_last_about_two_seconds():
    opacity = credits_opacity(1, SampleOptions())
    assert len(opacity) == 480
    assert 1.5 <= (opacity[:240] > 0).sum() / 24 <= 2.5
    assert 1.5 <= (opacity[240:] > 0).sum() / 24 <= 2.5


def looks_like_credits(picture):
    """Apply the test of the thesis (4.1.3), written independently: two clusters, hue and saturation."""
    small = cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA).reshape(-1, 3)[::3]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.5)
    cv2.setRNGSeed(0)
    _, labels, centers = cv2.kmeans(small.astype(np.float32), 2, None, criteria, 3, cv2.KMEANS_PP_CENTERS)
    counts = np.bincount(labels.ravel(), minlength=2)
    (blue_hue, blue_saturation), (text_hue, text_saturation) = (
        np.array(colorsys.rgb_to_hsv(*(centers[k] / 255))[:2]) * [360, 255] for k in np.argsort(-counts)
    )
    return (
        190 <= blue_hue <= 260
        and blue_saturation >= 250
        and counts.max() / counts.sum() > 0.8
        and 190 <= text_hue <= 250
        and text_saturation <= 120
    )


def test_credits_keep_their_colours_through_the_codec(tmp_path):
    options = SampleOptions(n_episodes=1)
    opacity = credits_opacity(1, options)
    first = shots(1, options)[0]
    pictures = (p for p, _ in zip(draw_pictures(1, options=options), range(first.stop), strict=False))
    write_film(tmp_path / "credits.mkv", pictures, matrix="bt601")
    with av.open(tmp_path / "credits.mkv") as film:
        decoded = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(decoded) == first.stop
    found = [looks_like_credits(d) for d, o in zip(decoded, opacity, strict=False) if o >= 0.2]
    assert len(found) > 30
    assert np.mean(found) >= 0.9


def test_no_scene_looks_like_credits(episodes):
    for episode, pictures in episodes.items():
        for picture in pictures[credits_opacity(episode, SMALL) == 0][::3]:
            assert not looks_like_credits(picture)


@pytest.mark.parametrize("with_credits", [False, True])
@pytest.mark.parametrize("key", ["luma", "lightness", "nothing"])
def test_colour_does_not_follow_from_luminance(episodes, key, with_credits):
    """The mean ab of each luminance over episodes 2 to 5 predicts episode 1 badly."""

    def seen(episode):
        keep = (credits_opacity(episode, SMALL) == 0) | with_credits
        rgb = np.stack(
            [cv2.resize(p, (64, 64), interpolation=cv2.INTER_AREA) for p in episodes[episode][keep][::2]]
        )
        lab = rgb2lab(rgb)
        luma = np.rint(rgb @ LUMA).astype(int)
        return lab, {"luma": luma, "lightness": np.rint(lab[..., 0]).astype(int), "nothing": luma * 0}[key]

    sums, counts = np.zeros((256, 2)), np.zeros(256)
    for episode in range(2, 6):
        lab, index = seen(episode)
        counts += np.bincount(index.ravel(), minlength=256)
        for k in (0, 1):
            sums[:, k] += np.bincount(index.ravel(), lab[..., k + 1].ravel(), minlength=256)
    mean = sums / np.maximum(counts, 1)[:, None]
    if key == "nothing":
        mean[:] = 0  # the baseline that leaves everything grey
    lab, index = seen(1)
    guess = np.concatenate([lab[..., :1], mean[index]], -1)
    assert (deltaE_ciede2000(lab, guess) <= 10).mean() < 0.35


def test_paints_share_a_few_lumas():
    known = {n: p for n, p in vars(paints).items() if isinstance(p, paints.Paint)}
    for name, paint in known.items():
        assert abs(np.array(paint.rgb) @ LUMA - paint.luma) < 1.0, name
    for level in (paints.LIGHT, paints.MIDDLE, paints.DEEP, paints.DARK):
        hues = sorted(p.hue for p in known.values() if p.luma == level and p.chroma > 20)
        gaps = np.diff([*hues, hues[0] + 360])
        assert len(hues) >= 7 and gaps.max() < 150  # all around the circle


def test_lotti_has_the_same_paints_from_every_side():
    for facing in range(0, 360, 45):
        canvas = np.full((360, 200, 3), 255, np.uint8)
        lotti(Pen(canvas, [[2, 0, 100], [0, 2, 0]]), Pose(y=172, facing=facing))
        colours, counts = np.unique(canvas.reshape(-1, 3), axis=0, return_counts=True)
        area = {tuple(c): n for c, n in zip(colours.tolist(), counts.tolist(), strict=True)}
        assert area[paints.COAT_RED.rgb] > 3000
        assert area[paints.BERET_TEAL.rgb] > 1500
        assert area[paints.HAIR_CHESTNUT.rgb] > 500
        face = area.get(paints.SKIN.rgb, 0)
        assert face > 1500 if facing in (0, 45, 315) else face < 1500
        if facing in (135, 180, 225):  # turned away
            assert face == 0


def test_her_coat_has_the_same_red_by_day_and_by_night():
    options = SampleOptions(seconds=4)
    by_day, by_night = (
        next(
            p for i, p in enumerate(draw_pictures(e, options=options)) if i == shots(e, options)[n].start + 10
        )
        for e, n in ((2, 2), (3, 2))
    )
    for picture in (by_day, by_night):
        assert (picture == np.array(paints.COAT_RED.rgb)).all(-1).sum() > 500


def test_the_series_is_written_with_sound_subtitles_and_chapters(tmp_path):
    options = SampleOptions(n_episodes=2, seconds=3, height=64, width=64)
    films, progress = [], []

    class Progress(Reporter):
        def progress(self, label, done, total=0, note="", unit=""):
            progress.append((label, done, total))

    def write(path, pictures, **tracks):
        films.append((path, list(pictures), tracks))

    summaries = draw_series(tmp_path / "new" / "folder", options=options, write=write, reporter=Progress())
    assert [path.name for path, *_ in films] == ["episode1.mkv", "episode2.mkv"]
    assert progress == [("drawing", k + 1, 144) for k in range(144)]
    for number, ((path, pictures, tracks), summary) in enumerate(zip(films, summaries, strict=True)):
        assert summary.path == path and summary.title == TALES[number].title
        assert summary.n_frames == len(pictures) == 72
        assert summary.n_drawings == len({id(p) for p in pictures})
        assert tracks["sound"].shape == (3 * 44100, 2) and tracks["sound"].dtype == np.float32
        assert 0.1 < abs(tracks["sound"]).max() <= 1
        assert tracks["matrix"] == "bt601"
        times = [t for start, stop, text in tracks["subtitles"] for t in (start, stop)]
        assert len(times) >= 8 and times == sorted(times) and times[0] > 0 and times[-1] < 3
        assert tracks["chapters"][0][:2] == (0, pytest.approx(summary.seconds * 0.09, abs=0.05))
        assert tracks["chapters"][-1][1] == 3
    assert not np.array_equal(films[0][2]["sound"], films[1][2]["sound"])


def test_an_episode_can_be_read_back(tmp_path):
    options = SampleOptions(n_episodes=1, seconds=3, height=64, width=80)
    (summary,) = draw_series(tmp_path, options=options, write=write_film)
    with av.open(summary.path) as film:
        assert [s.type for s in film.streams] == ["video", "audio", "subtitle"]
        video = film.streams.video[0]
        assert (video.height, video.width, video.average_rate) == (64, 80, 24)
        assert sum(1 for _ in film.decode(video=0)) == 72


def test_grain_is_noise_in_luminance_that_differs_between_frames():
    clean = list(draw_pictures(1, options=SMALL))
    grainy = list(draw_pictures(1, options=SampleOptions(seconds=4, height=96, width=128, grain=2)))
    noise = [g.astype(int) - c for g, c in zip(grainy, clean, strict=True)]
    middle = noise[40][(clean[40] > 16).all(-1) & (clean[40] < 239).all(-1)]
    assert np.ptp(middle, axis=-1).max() == 0
    assert middle.std() == pytest.approx(2, rel=0.1) and abs(middle.mean()) < 0.2
    assert all(not np.array_equal(a, b) for a, b in zip(grainy, grainy[1:], strict=False))


def test_long_episodes_have_more_scenes_and_further_episodes_reuse_scenes():
    minute = shots(1, SampleOptions(seconds=60))
    assert len(minute) > 14
    assert max(s.n_frames for s in minute) < 24 * 6
    assert len(shots(6, SMALL)) == 7
    scenes = [take.scene for take in episode_script(7, SampleOptions(seconds=300)).takes]
    assert all(a is not b for a, b in zip(scenes, scenes[1:], strict=False))


def test_every_shape_and_frame_rate_can_be_drawn():
    for options in (
        SampleOptions(seconds=3, height=90 - 26, width=114, frame_rate=25),
        SampleOptions(seconds=10, height=66, width=66, frame_rate=6),
    ):
        pictures = list(draw_pictures(5, options=options))
        assert len(pictures) == round(options.seconds * options.frame_rate)
        assert all(p.shape == (options.height, options.width, 3) for p in pictures)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"n_episodes": 0},
        {"seconds": 1},
        {"seconds": float("nan")},
        {"height": 481},
        {"height": 32},
        {"width": 2000},
        {"width": 320},
        {"frame_rate": 0},
        {"frame_rate": 23.5},
        {"grain": -1},
        {"seconds": 4, "frame_rate": 8},
    ],
)
def test_invalid_options_are_refused(wrong):
    with pytest.raises(UsageError) as error:
        SampleOptions(**wrong)
    assert error.value.hint


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot create the folder"):
        draw_series(tmp_path / "file" / "folder", options=SMALL, write=write_film)
