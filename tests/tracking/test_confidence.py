"""Confidence of colours, and the frames that would help most."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.bins import N_BINS
from cartoonize.frames import Frame
from cartoonize.tracking.confidence import DoubtfulRegion, Doubts, PartConfidence
from cartoonize.tracking.parts import parts_of
from cartoonize.tracking.tracked import TrackedDrawing, TrackedShot
from tests.support.streams import track
from tests.support.tracked import BLUE, EVERYWHERE, GREEN, RED, SIZE, bin_of, disc_film, painted, scene


def drawing(index, tracks, areas, confidence, n_frames=1):
    n = len(tracks)
    places = np.stack([np.arange(n) * 16.0, np.full(n, 64.0)], -1)
    boxes = np.concatenate([places - 8, places + 8], -1).astype(int)
    return TrackedDrawing(
        index,
        n_frames,
        np.array(tracks),
        np.array(areas),
        np.array(confidence, np.float32),
        places,
        boxes,
        clear_at=index,
    )


def part(*arguments):
    return PartConfidence.of(TrackedShot(*arguments))


def suggested(*shots, **options):
    """Return the suggestions for a film of these shots."""
    doubts = Doubts(**{"frame_rate": 10, **options})
    for shot in shots:
        doubts.add(PartConfidence.of(shot))
    return doubts.suggestions()


def voted(share, n_frames=8):
    """Return the frames and the tracked shots of the disc, for which red has this share of the prediction."""
    shots = []

    def frames():
        for t in range(n_frames):
            picture, _ = scene(40 + 6 * t)
            histogram = np.full((N_BINS, 32, 32), 0.02 / N_BINS, np.float32)
            histogram[bin_of(RED)] += 0.98 * share
            histogram[bin_of(GREEN)] += 0.98 * (1 - share)
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    frames = list(track(frames(), record=lambda prediction, shot: shots.append(shot)))
    return frames, shots


def test_confidence_is_the_share_of_the_prediction_for_the_colour():
    sure, _ = voted(1.0)
    fair, _ = voted(0.7)
    split, _ = voted(0.5)
    means = [np.mean([f.confidence.mean() for f in frames]) for frames in (sure, fair, split)]
    assert means[0] > 0.95 and means[0] > means[1] > means[2] and 0.3 < means[2] < 0.7
    assert all(f.confidence.shape == (SIZE, SIZE) and f.confidence.dtype == np.float32 for f in sure)


def test_hints_that_contradict_the_predictions_have_less_confidence():
    hints = {0: painted(scene(40)[1])}
    against = list(track(disc_film(6, colors=lambda t: (GREEN, GREEN), wrong=0.9), hints))
    for_it = list(track(disc_film(6, wrong=0), hints))
    alone = list(track(disc_film(6)))
    assert 0.8 < min(f.confidence.mean() for f in against) < 0.9
    assert min(f.confidence.mean() for f in for_it) > 0.97 > max(f.confidence.mean() for f in alone)


def test_every_shot_is_recorded_once_with_all_its_frames():
    def recorded(**options):
        records = []
        record = lambda prediction, shot: records.append((prediction, shot))  # noqa: E731
        list(track(disc_film(12, shot=lambda t: t // 6, **options), record=record))
        return records

    ((prediction, shot),) = recorded(held=2)
    assert (shot.number, shot.start, shot.stop) == (0, 0, 12)
    assert (prediction.n_frames, prediction.n_painted, len(prediction.tracks)) == (12, 6, 6)
    records = recorded()
    shots = [shot for _, shot in records]
    assert [(s.number, s.start, s.stop) for s in shots] == [(0, 0, 6), (1, 6, 12)]
    assert [p.n_frames for p, _ in records] == [6, 6]
    assert all((d.areas >= 0).all() and (d.confidence <= 1).all() for s in shots for d in s.drawings)


def test_the_confidence_of_a_shot_is_the_mean_over_areas_and_frames():
    doubts = Doubts(frame_rate=10, first=100)
    doubts.add(part(0, [drawing(0, [0, 1], [300, 100], [1.0, 0.2], 3), drawing(3, [0], [400], [0.5])]))
    doubts.add(part(1, [drawing(4, [0], [50], [0.9])]))
    doubts.add(part(1, [drawing(5, [0], [50], [0.7])]))  # the next part of a long shot
    first, second = doubts.shots()
    assert (first.start, first.stop, first.seconds) == (100, 104, 10.0)
    assert first.confidence == pytest.approx((900 * 1 + 300 * 0.2 + 400 * 0.5) / 1600, abs=1e-4)
    assert (second.start, second.stop, second.confidence) == (104, 106, pytest.approx(0.8))
    worst = first.regions[0]
    assert (worst.frame, worst.confidence, worst.x, worst.y) == (100, pytest.approx(0.2), 0.062, 0.25)
    assert worst.area == pytest.approx(300 / 1600, abs=1e-4)


def test_times_are_those_of_the_frames():
    doubts = Doubts(frame_rate=10, first=100)
    doubts.add(part(0, [drawing(0, [0], [10], [0.9]), drawing(1, [1], [10], [0.2])]))
    assert doubts.shots()[0].regions[0].seconds == 10.1  # from the frame rate, if no time is known
    for seconds in (10.0, 10.25):
        doubts.add_frame(seconds)
    (shot,) = doubts.shots()
    assert (shot.seconds, doubts.first_seconds) == (10.0, 10.0)
    assert [(r.frame, r.seconds) for r in shot.regions] == [(101, 10.25), (100, 10.0)]
    assert [(s.frame, s.seconds) for s in doubts.suggestions()] == [(101, 10.25), (100, 10.0)]


@pytest.mark.parametrize(
    "x, y, place",
    [(0.1, 0.1, "upper left"), (0.5, 0.9, "lower middle"), (0.5, 0.5, "middle"), (1.0, 0.5, "right"),
     (0.99, 1.0, "lower right"), (0.4, 0.2, "upper middle"), (0.0, 0.4, "left")],
)  # fmt: skip
def test_the_place_of_a_region_in_words(x, y, place):
    assert DoubtfulRegion(0, x, y, 0.1, 0.1).place == place


def test_the_confidence_of_a_region_in_words():
    words = [DoubtfulRegion(0, 0.5, 0.5, 0.1, c).verdict for c in (0.49, 0.5, 0.74, 0.75)]
    assert words == ["probably wrong", "may be wrong", "may be wrong", "probably right"]


def test_the_box_of_a_region_is_around_its_largest_piece():
    lightness = np.full((SIZE, SIZE), 80, np.float32)
    lightness[40:80, 100:180] = 30
    parts = parts_of(lightness)
    inside = parts.regions[60, 140]
    assert parts.boxes[inside].tolist() == pytest.approx([100, 40, 180, 80], abs=3)
    assert parts.boxes[parts.regions[0, 0]].tolist() == [0, 0, SIZE, SIZE]
    region = part(0, [drawing(0, [0, 0], [10, 30], [0.5, 0.5])]).regions[0]
    assert region.box == pytest.approx((8 / SIZE, 56 / SIZE, 24 / SIZE, 72 / SIZE), abs=1e-4)


def test_the_most_doubtful_frame_comes_first_and_overlap_counts_once():
    shot = TrackedShot(
        0,
        [
            drawing(0, [0, 1], [100, 100], [0.9, 0.1], 10),
            drawing(10, [0, 1, 2], [100, 100, 100], [0.9, 0.1, 0.2], 10),
            drawing(20, [3], [100], [0.3], 5),
        ],
    )
    confident = TrackedShot(1, [drawing(25, [0], [10000], [1.0], 100)])
    best = suggested(shot, confident)
    assert [s.frame for s in best] == [10, 20]  # no doubt is left for a third frame
    wrong = 2000 * 0.1 + 2000 * 0.9 + 1000 * 0.8 + 500 * 0.7
    assert best[0].mends == pytest.approx((wrong - 350) / wrong, abs=1e-3)
    assert best[0].covers == pytest.approx(5000 / (5500 + 1e6), abs=1e-4)
    assert [s.frame for s in suggested(shot, first=100)] == [110, 120]


def test_a_frame_that_shows_little_of_a_track_is_not_suggested_for_it():
    """A frame that shows little of a track is not suggested for it."""
    shot = TrackedShot(0, [drawing(0, [0], [20], [0.1], 1), drawing(1, [0], [1000], [0.1], 1)])
    assert [s.frame for s in suggested(shot)] == [1]


def test_hints_for_the_suggested_frame_remove_the_doubt():
    frames, shots = voted(0.5)
    best = suggested(*shots)[0]
    assert best.mends > 0.9
    inside = scene(40 + 6 * best.frame)[1]
    ab = np.where(inside[..., None], np.float32(RED), np.float32(BLUE)).astype(np.float32)
    hints = {best.frame: ColorHints(ab, EVERYWHERE)}
    again = [f.having(histogram=np.full((N_BINS, 32, 32), 1 / N_BINS, np.float32)) for f in frames]
    assert min(f.confidence.mean() for f in track(again, hints)) > 0.9


def test_the_place_of_a_region_is_that_in_a_typical_frame():
    sizes = [10000, 400, 410, 405, 400, 20]  # it fills the picture while that is black
    drawings = [drawing(k, [0, 1], [n, 500], [0.2, 1.0]) for k, n in enumerate(sizes)]
    assert part(0, drawings).regions[0].frame == 3
    held = [
        drawing(0, [0, 1], [90, 500], [0.2, 1.0], 8),
        *(drawing(k, [0, 1], [20, 500], [0.2, 1.0]) for k in (8, 9)),
    ]
    assert part(0, held).regions[0].frame == 0


def test_frames_of_fades_are_not_suggested():
    """They show as much of a track as others, but little of it can be seen and painted."""
    dark, grey, clear = (
        replace(drawing(n, [0, 1], [900, 100], [0.1, 0.9]), contrast=contrast)
        for n, contrast in enumerate((4.0, 40.0, 80.0))
    )
    (found,) = suggested(TrackedShot(0, [dark, grey, clear]))
    assert found.frame == 2
