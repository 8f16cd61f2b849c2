"""Recognition by descriptors: what methods say about regions, beside their colours."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.color.bins import N_BINS
from cartoonize.frames import Frame
from cartoonize.tracking.edits import Place, TrackEdits, edited
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.tracking.pooling import pool, pool_hints
from cartoonize.tracking.tracked import PartPrediction
from cartoonize.tracking.votes import Appearance, TrackVotes, Votes
from tests.support.streams import track
from tests.support.tracked import BLUE, GREEN, RED, at, bin_of, near, painted, scene

HAT, HILL, SKY = np.eye(6, dtype=np.float32)[:3]


def cells(inside, of_disc, of_ground):
    """Return values for a disc and its background on a grid of 32x32 cells, (n, 32, 32)."""
    share = inside.reshape(32, 8, 32, 8).mean((1, 3))
    return np.where(share > 0.5, np.asarray(of_disc)[:, None, None], np.asarray(of_ground)[:, None, None])


def predicted(inside, disc=GREEN, looks=HAT):
    """Return a prediction with descriptors: the disc looks like this and the background like sky."""
    one_hot = np.eye(N_BINS, dtype=np.float32)
    histogram = cells(inside, 0.7 * one_hot[bin_of(disc)], 0.7 * one_hot[bin_of((0, 0))]) + 0.3 / N_BINS
    return {"histogram": histogram.astype(np.float32), "descriptors": cells(inside, looks, SKY)}


def frames(grey=200, **prediction):
    for t in range(3):
        picture, inside = scene(60 + 6 * t, 90, grey)
        yield Frame(t, t, picture, picture, drawing=t, shot=1, **predicted(inside, **prediction))


@pytest.fixture
def memory():
    """Return the memory of a red hat on a blue sky, for which a network predicted violet on grey."""
    picture, inside = scene(150)
    known, prediction = Memory(), predicted(inside, disc=(60, -60))
    known.add(prediction["histogram"], parts_of_grey(picture), painted(inside), prediction["descriptors"])
    return known


def test_what_looks_the_same_gets_the_known_colours_whatever_was_predicted(memory):
    for t, frame in enumerate(track(frames(), recall=memory.recall)):
        assert near(RED, at(frame, 60 + 6 * t, 90)) and near(BLUE, at(frame, 5, 5))


@pytest.mark.parametrize("other", [{"looks": HILL}, {"grey": 150}])
def test_what_looks_different_or_is_lighter_keeps_its_colours(memory, other):
    for t, frame in enumerate(track(frames(**other), recall=memory.recall)):
        assert near(GREEN, at(frame, 60 + 6 * t, 90))


def test_what_is_not_recognised_stays_bit_for_bit(memory):
    histograms = np.full((2, N_BINS), 1 / N_BINS, np.float32)
    lightness = memory.arrays()["lightness"][:1].repeat(2)
    seen = Appearance(histograms, lightness, np.stack([HAT + SKY, HILL]).astype(np.float16))
    changed = (memory.recall(seen) != histograms).any(1)
    assert changed.tolist() == [True, False]


@pytest.mark.parametrize(("likeness", "films"), [(0.6, [0]), (0.95, [0, 1])])
def test_another_film_must_look_more_alike(memory, likeness, films):
    """Equally light areas of any two films look a little alike."""
    looks = likeness * SKY + np.sqrt(1 - likeness**2) * HILL
    histograms = np.full((1, N_BINS), 1 / N_BINS, np.float32)
    seen = Appearance(histograms, memory.arrays()["lightness"][:1], looks[None].astype(np.float16))
    recognising = [film for film in (0, 1) if (memory.for_film(film).recall(seen) != histograms).any()]
    assert recognising == films


def test_what_looks_a_little_alike_and_is_predicted_otherwise_keeps_its_colours(memory):
    """A hand is no wall of the same lightness if a method knows that hands are pink."""
    arrays = memory.arrays()
    looks = 0.58 * HAT + np.sqrt(1 - 0.58**2) * HILL
    hat = int(arrays["predicted"][:, bin_of((60, -60))].argmax())
    as_the_hat, otherwise = arrays["predicted"][hat] ** 2, np.eye(N_BINS, dtype=np.float32)[bin_of(GREEN)]
    descriptors, lightness = np.stack([looks] * 2).astype(np.float16), arrays["lightness"][[hat, hat]]
    seen = Appearance(np.stack([as_the_hat, otherwise]), lightness, descriptors)
    gained = (memory.recall(seen) - seen.histograms)[:, bin_of(RED)]
    assert gained[0] > 0.4 and gained[1] < 0.4 * gained[0]


def test_without_descriptors_predictions_are_compared(memory):
    picture, inside = scene(60, 90)
    violet = {**predicted(inside, disc=(60, -60)), "descriptors": None}
    frame = Frame(0, 0, picture, picture, drawing=0, shot=1, **violet)
    (colored,) = track([frame], recall=memory.recall)
    assert near(RED, at(colored, 60, 90))


def confidence(**arguments):
    """Return the confidence of the disc and of the sky in the first frame."""
    looks = arguments.pop("looks", HAT)
    first = next(iter(track(frames(looks=looks), **arguments)))
    return [float(first.confidence[y, x]) for y, x in ((90, 60), (5, 5))]


def test_the_odds_that_a_thing_is_unfamiliar_are_added_to_those_of_an_error(memory):
    """The length of a descriptor is its familiarity; what is recognised is familiar."""
    sure, sky = confidence()
    assert sure > 0.9 and sky > 0.9
    doubted, same = confidence(looks=HAT / 2)
    assert doubted == pytest.approx(1 / (1 / sure + 1), abs=0.02) and same == pytest.approx(sky, abs=0.02)
    assert confidence(looks=HAT / 2, recall=memory.recall)[0] > 0.9


def test_what_is_given_is_familiar():
    votes, disc = votes_of(HAT / 2, HAT / 4)
    rows = votes.summed().codes // 11 == disc
    assert votes.familiarity()[rows] == pytest.approx(0.375, abs=0.01)
    assert Votes.of(votes.summed()).familiarity() == pytest.approx(votes.familiarity(), abs=0.001)
    picture, inside = scene(60, 90)
    parts = parts_of_grey(picture)
    hints = pool_hints(painted(inside), parts)
    votes.add(np.arange(len(parts.areas)), hints, 4.0)  # twice as many pixels as were predicted
    assert votes.familiarity()[rows] == pytest.approx(1 - 0.625 / 3, abs=0.02)


def test_a_memory_is_stored_with_descriptors(memory):
    stored = Memory.of(memory.arrays())
    assert stored.fingerprint == memory.fingerprint
    changed = dict(memory.arrays())
    changed["descriptors"] = changed["descriptors"][:, ::-1]
    assert Memory.of(changed).fingerprint != memory.fingerprint


def votes_of(*looks):
    """Return the votes for a disc that looks like this in successive drawings."""
    votes = Votes()
    for one in looks:
        picture, inside = scene(60, 90)
        parts, prediction = parts_of_grey(picture), predicted(inside, looks=one)
        pooled = pool(prediction["histogram"], parts, prediction["descriptors"])
        votes.add_drawing(np.arange(len(parts.areas)), pooled)
    return votes, parts.regions[90, 60]


def direction(votes, track):
    rows = votes.codes // 11 == track
    mean = votes.descriptors[rows].astype(np.float32).mean(0)
    return mean / np.linalg.norm(mean)


def test_a_track_has_the_mean_descriptor_of_its_drawings():
    votes, disc = votes_of(HAT, HILL)
    assert np.allclose(direction(votes.summed(), disc), (HAT + HILL) / np.sqrt(2), atol=0.05)
    again = Votes.of(votes.summed()).appearance()
    assert np.allclose(again.descriptors, votes.summed().descriptors, atol=1e-3)


def test_divided_and_joined_tracks_keep_descriptors():
    votes, disc = votes_of(HAT, HAT)
    summed = votes.summed()
    tracks = [np.arange(summed.n_tracks)] * 2
    areas = [np.full(summed.n_tracks, 100)] * 2
    prediction = PartPrediction(2, 2, tracks, summed, {})

    def region_at(place):
        return place.index, int(disc if place.x > 0.1 else 0)

    split = edited(prediction, areas, TrackEdits(splits=(Place(1, 0.5, 0.5),)), region_at).prediction
    new = split.votes.n_tracks - 1
    assert new not in tracks[1] and np.allclose(direction(split.votes, new), HAT, atol=0.05)
    other = replace(summed, descriptors=np.where(summed.codes[:, None] // 11 == disc, HAT, SKY))
    places = (Place(0, 0.5, 0.5), Place(0, 0.0, 0.0))
    joined = edited(replace(prediction, votes=other), areas, TrackEdits(joins=(places,)), region_at)
    both = direction(joined.prediction.votes, disc)
    assert both @ HAT > 0.1 and both @ SKY > 0.1


def test_votes_without_descriptors_have_rows_of_none():
    votes = TrackVotes(*(np.zeros(2, kind) for kind in (np.int64,)), np.zeros((2, N_BINS), np.float16),
                       *(np.ones(2, np.float32) for _ in range(3)), 1)  # fmt: skip
    assert votes.descriptors.shape == (2, 0)
    assert Votes.of(votes).familiarity().tolist() == [1, 1]
    assert Votes.of(votes).appearance().descriptors.shape == (2, 0)
