"""Edited tracks: numbers of tracks and votes after splits and joins."""

import numpy as np

from cartoonize.tracking.edits import Place, TrackEdits, edited
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.tracked import PartPrediction
from cartoonize.tracking.votes import TrackVotes

#: Three drawings of three regions each, of 10, 20 and 30 pixels. Tracks 0 and 1 go on; 2 ends, 3 begins.
TRACKS = [np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([0, 1, 3])]
AREAS = [np.array([10, 20, 30])] * 3


def votes():
    codes = np.array([0, 1, 2, 3]) * N_KNOTS + 5
    histograms = np.zeros((4, 313), np.float16)
    histograms[np.arange(4), np.arange(4)] = 1
    areas = np.array([30, 60, 60, 30], np.float32)
    return TrackVotes(codes, histograms, areas * 50, areas, np.array([3, 3, 2, 1], np.float32), 4)


def place(k, region):
    return Place(k, region / 10, 0.0)


def region_at(where):
    return where.index, round(where.x * 10)


def after(*splits, joins=()):
    prediction = PartPrediction(3, 3, TRACKS, votes(), {})
    return edited(prediction, AREAS, TrackEdits(splits, tuple(joins)), region_at)


def test_a_split_gives_the_later_drawings_a_new_track_with_its_share_of_the_votes():
    part = after(place(1, 0))
    assert [t.tolist() for t in part.prediction.tracks] == [[0, 1, 2], [4, 1, 2], [4, 1, 3]]
    found = part.prediction.votes
    assert found.n_tracks == 5 and found.codes.tolist()[-1] == 4 * N_KNOTS + 5
    assert np.allclose(found.areas, [10, 60, 60, 30, 20])
    assert np.allclose(found.light / found.areas, 50)
    assert (found.histograms[4] == found.histograms[0]).all()
    assert part.divided == {0, 4} and part.begins == {1: [4]}
    assert [t.tolist() for t in TRACKS] == [[0, 1, 2], [0, 1, 2], [0, 1, 3]]


def test_a_track_is_split_twice():
    part = after(place(2, 0), place(1, 0))
    assert [int(t[0]) for t in part.prediction.tracks] == [0, 4, 5]
    assert np.allclose(part.prediction.votes.areas[[0, 4, 5]], 10)


def test_a_split_where_a_track_begins_has_no_effect():
    part = after(place(0, 0), place(2, 2))
    assert [t.tolist() for t in part.prediction.tracks] == [t.tolist() for t in TRACKS]
    assert not part.divided and part.prediction.votes.n_tracks == 4


def test_a_join_sums_the_votes():
    part = after(joins=[(place(1, 2), place(2, 2))])
    assert [t.tolist() for t in part.prediction.tracks] == [[0, 1, 2], [0, 1, 2], [0, 1, 2]]
    found = part.prediction.votes
    assert found.codes.tolist() == [5, N_KNOTS + 5, 2 * N_KNOTS + 5]
    assert np.allclose(found.areas, [30, 60, 90]) and np.allclose(found.light / found.areas, 50)
    assert np.allclose(found.histograms[2, 2:4].astype(float), [2 / 3, 1 / 3], atol=1e-3)


def test_a_joined_track_can_be_split():
    part = after(place(2, 2), joins=[(place(1, 2), place(2, 2))])
    assert [int(t[2]) for t in part.prediction.tracks] == [2, 2, 4]


def test_the_fingerprint_is_that_of_the_edits_of_a_shot():
    edits = TrackEdits((place(5, 1), place(9, 1)), ((place(2, 0), place(3, 0)),))
    assert edits.fingerprint(10, 20) == "" and not edits.within(10, 20)
    assert edits.fingerprint(0, 8) == TrackEdits(edits.splits[:1], edits.joins).fingerprint(0, 100)
    assert edits.fingerprint(3, 8) == TrackEdits(edits.splits[:1]).fingerprint(0, 100)
    assert edits.fingerprint(0, 10) != edits.fingerprint(0, 8)
