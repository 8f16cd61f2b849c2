"""Tracks: which colours they get, and when frames are yielded."""

import numpy as np
import pytest
import torch

from cartoonize.color.bins import N_BINS, decode
from cartoonize.color.lab import lightness_on_grid
from cartoonize.filters import predicted_part
from cartoonize.filters.predict import _as_histogram
from cartoonize.filters.repaint import repaint_shot
from cartoonize.filters.segments import segmented
from cartoonize.filters.track import track_frames, track_shot
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame
from cartoonize.tracking.borders import Borders
from cartoonize.tracking.paints import few_paints, of_equal_lightness
from cartoonize.tracking.parts import Parts, parts_of
from cartoonize.tracking.pooling import pool
from tests.support.tracked import (
    BLUE,
    GREEN,
    RED,
    SIZE,
    Y,
    at,
    disc_film,
    near,
    painted,
    predicted,
    scene,
)


def test_varying_predictions_become_one_colour():
    frames = list(track_frames(disc_film(20, wrong=0.4)))
    discs = np.array([at(f, 40 + 6 * t) for t, f in enumerate(frames)])
    grounds = np.array([at(f, 5, 5) for f in frames])
    assert np.ptp(discs, 0).max() == 0 and near(RED, discs[0])
    assert np.ptp(grounds, 0).max() == 0 and near(BLUE, grounds[0])


def test_a_drawing_with_a_wrong_prediction_is_outvoted():
    frames = list(track_frames(disc_film(12, colors=lambda t: (GREEN, GREEN) if t == 5 else (RED, BLUE))))
    assert near(RED, at(frames[5], 70)) and near(BLUE, at(frames[5], 5, 5))


def test_tracks_end_at_a_cut():
    """After the cut the same disc has another colour."""
    frames = track_frames(disc_film(12, shot=lambda t: t // 6, colors=lambda t: (RED, GREEN)[t // 6 :] * 2))
    frames = list(frames)
    assert near(RED, at(frames[5], 70)) and near(GREEN, at(frames[6], 76))


def test_outlines_get_less_colour_than_the_region_inside():
    (frame,) = track_frames(disc_film(1, wrong=0))
    inside, line = np.hypot(*at(frame, 40)), np.hypot(*at(frame, 40 + 29))
    assert 0 < line < 0.5 * inside


def test_frames_are_yielded_in_order():
    frames = list(track_frames(disc_film(23, held=3)))
    assert [f.index for f in frames] == list(range(23))
    assert all(f.ab.shape == (1, SIZE, SIZE, 2) and f.ab.dtype == np.float32 for f in frames)
    assert all(f.histogram is None for f in frames)
    assert frames[3].ab is frames[4].ab is frames[5].ab
    assert list(track_frames([])) == []


@pytest.mark.parametrize("limit", ["drawings", "bytes"])
def test_a_long_shot_is_yielded_in_parts_and_keeps_its_colours(monkeypatch, limit):
    if limit == "drawings":
        monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", 8)
    else:
        monkeypatch.setattr(predicted_part, "MAX_BYTES", 8 * 2 * SIZE * SIZE)
    waiting, most, colors = 0, 0, set()

    def counted():
        nonlocal waiting, most
        # The predictions for the second half differ. Colours that were shown stay.
        for frame in disc_film(30, colors=lambda t: (RED, BLUE) if t < 12 else (GREEN, BLUE), wrong=0):
            waiting += 1
            most = max(most, waiting)
            yield frame

    for t, frame in enumerate(track_frames(counted())):
        waiting -= 1
        colors.add((*at(frame, 40 + 6 * t), *at(frame, 5, 5)))
    assert most <= 8 and t == 29
    assert len(colors) == 1 and near(RED, np.array(next(iter(colors))[:2]))


def test_pooling_weights_cells_by_the_square_of_their_share():
    rng = np.random.default_rng(1)
    parts = parts_of(lightness_on_grid(scene(100)[0], SIZE, SIZE))
    histograms = rng.random((N_BINS, 28, 28)).astype(np.float32)  # cells of 9 1/7 pixels
    shares = pool(histograms, parts)
    bounds = [k * SIZE // 28 for k in range(29)]
    for region, knot, area, histogram in zip(
        shares.regions, shares.knots, shares.areas, shares.histograms, strict=True
    ):
        mine = (parts.regions == region) & ~parts.lines
        total, weights, pixels = np.zeros(N_BINS), 0.0, 0.0
        for row in range(28):
            for column in range(28):
                cell = np.s_[bounds[row] : bounds[row + 1], bounds[column] : bounds[column + 1]]
                if not mine[cell].any():
                    continue
                place = parts.lightness[cell][mine[cell]].mean() / 10
                part = max(1 - abs(place - knot), 0)
                total += part * mine[cell].mean() ** 2 * histograms[:, row, column]
                weights += part * mine[cell].mean() ** 2
                pixels += part * mine[cell].sum()
        np.testing.assert_allclose(histogram, total / weights, rtol=2e-3)
        assert area == pytest.approx(pixels, rel=1e-3)
    assert shares.areas.sum() == pytest.approx((~parts.lines).sum(), rel=1e-4)


def test_a_gradient_has_more_than_one_colour():
    """It is one region without an edge. Its colours follow its lightness without a step."""
    picture = np.repeat(np.linspace(230, 60, SIZE).round().astype(np.uint8)[:, None], SIZE, 1)
    histogram = predicted(Y < SIZE // 2, (BLUE, RED), np.random.default_rng(0))
    assert len(parts_of(lightness_on_grid(picture, SIZE, SIZE)).areas) == 1
    (frame,) = track_frames([Frame(0, 0, picture, picture, drawing=0, shot=0, histogram=histogram)])
    assert near(BLUE, at(frame, 10, 10)) and near(RED, at(frame, 10, 245))
    assert np.abs(np.diff(frame.ab[0, :, 10], axis=0)).max() < 12


def test_equally_light_tracks_share_their_predictions():
    histograms = np.eye(3, N_BINS, dtype=np.float32)
    alike = of_equal_lightness(
        histograms, np.array([50, 50, 80], np.float32), np.array([300, 100, 100], np.float32)
    )
    np.testing.assert_allclose(alike[0, :3], [0.75, 0.25, 0], atol=1e-6)
    np.testing.assert_allclose(alike[2, :3], [0, 0, 1], atol=1e-6)


def test_nearly_equal_colours_become_equal():
    ab = np.array([[50, 40], [53, 42], [-20, 10], [49, 38]], np.float32)
    areas = np.array([1000, 10, 500, 10], np.float32)
    merged = few_paints(ab, areas)
    assert (merged[0] == merged[1]).all() and (merged[0] == merged[3]).all()
    assert np.abs(merged[0] - ab[0]).max() < 0.1 and (merged[2] == ab[2]).all()
    assert len(few_paints(ab[:1], areas[:1])) == 1


@pytest.mark.parametrize("line", [False, True])
def test_a_small_track_is_drawn_towards_a_neighbour_without_an_outline(line):
    regions = np.zeros((SIZE, SIZE), np.int32)
    regions[:16, :16] = 1
    lines = np.zeros((SIZE, SIZE), bool)
    if line:
        lines[16, :17] = lines[:17, 16] = True
    areas = np.bincount(regions[~lines])
    means = np.array([50, 52], np.float32)
    parts = Parts(regions, lines, areas, means, means[regions])
    borders = Borders()
    borders.add(np.arange(2), parts)
    softened = borders.soften(np.array([[1], [0]], np.float32), areas.astype(np.float32))
    assert softened[0] > 0.95
    assert softened[1] == 0 if line else softened[1] > 0.5


def test_colours_are_encoded_as_histograms():
    ab = torch.full((1, 2, 256, 256), 20.0)
    histogram = _as_histogram(ab)
    assert histogram.shape == (1, N_BINS, 64, 64)
    torch.testing.assert_close(histogram.sum(1), torch.ones(1, 64, 64))
    assert (decode(histogram) - 20).abs().max() < 1
    assert _as_histogram(histogram) is histogram


def test_a_hint_for_one_region_leaves_what_was_found_for_the_others():
    disc = scene(40)[1]
    found = painted(disc, (BLUE, GREEN))
    for where, ground in ((disc, GREEN), (np.ones_like(disc), BLUE)):
        sources = TrackSources({0: painted(disc, (RED, BLUE), where)}, find=lambda _: found)
        first = next(iter(track_frames(disc_film(8, wrong=0), sources=sources)))
        assert near(RED, at(first, 40)) and near(ground, at(first, 5, 5))


def test_frames_that_wait_for_the_end_of_their_shot_hold_no_predictions():
    """Each would take megabytes, and a shot may have hundreds of drawings."""
    described = [frame.having(descriptors=np.ones((4, 32, 32), np.float32)) for frame in disc_film(2)]
    for frame in track_frames(described):
        assert frame.ab is not None and frame.histogram is None and frame.descriptors is None


@pytest.mark.parametrize(
    "max_drawings", [pytest.param(99, marks=pytest.mark.slow), pytest.param(8, marks=pytest.mark.slow), 3]
)
def test_repainting_from_recorded_predictions_equals_predicting_again(monkeypatch, max_drawings):
    """Hints and look-ups of the second call may differ from those of the first one."""
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    found = painted(scene(40)[1], (GREEN, RED))

    def colored(hints, find, predictions=()):
        """Return the frames, and the records of the parts."""
        records = []
        record = lambda prediction, shot: records.append((prediction, shot))  # noqa: E731
        sources = TrackSources(hints=hints, find=find, record=record)
        frames = disc_film(26, held=2)
        if predictions:
            without = (frame.having(histogram=None) for frame in frames)
            return list(repaint_shot(segmented(without), predictions, sources=sources)), records
        return list(track_shot(frames, sources=sources)), records

    _, records = colored({}, None)
    predictions = [prediction for prediction, _ in records]
    assert len(predictions) == {99: 1, 8: 3, 3: 12}[max_drawings]
    for hints, find in (
        ({}, lambda drawing: None),
        ({7: painted(scene(40 + 6 * 3)[1], (GREEN, BLUE))}, lambda drawing: None),
        ({}, lambda drawing: found),
    ):
        again, records_again = colored(hints, find, predictions)
        afresh, records_afresh = colored(hints, find)
        assert len(again) == len(afresh) == 26
        for one, other in zip(again, afresh, strict=True):
            assert (one.index, one.drawing) == (other.index, other.drawing)
            assert np.array_equal(one.ab, other.ab) and np.array_equal(one.confidence, other.confidence)
        ranges = [
            [(p.n_frames, p.n_painted, s.start, s.stop) for p, s in r]
            for r in (records_again, records_afresh)
        ]
        assert ranges[0] == ranges[1]
