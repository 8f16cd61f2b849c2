"""Answers of people, their statistics, and the choice of frames to show."""

import json
import math

import numpy as np
import pytest

from cartoonize.errors import SourceError, UsageError
from cartoonize.metrics.agreement import krippendorff_alpha
from cartoonize.metrics.rating_summary import agreement, summarize_methods, t_interval, wilson_interval
from cartoonize.metrics.ratings import CONTROL, read_ratings
from cartoonize.tasks.rate import RateOptions
from cartoonize.tasks.rating_pairs import Showing, choose_showings, with_colors_of

NONE = math.nan
#: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
OBSERVED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)


def write(path, answers, mode="rating", page="p", rater="", **changes):
    """Write a file as a page saves it; answers are (item, method, value)."""
    key = "score" if mode == "rating" else "fooled"
    rows = [{"item": i, "method": method, "frame": i, key: value} for i, method, value in answers]
    data = {"format": "cartoonize-ratings", "version": 1, "page": page, "mode": mode, "rater": rater}
    path.write_text(json.dumps({**data, "answers": rows, **changes}))
    return path


def test_alpha_of_krippendorffs_example():
    assert krippendorff_alpha(OBSERVED, nominal=True) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(OBSERVED) == pytest.approx(0.849, abs=5e-4)


@pytest.mark.parametrize("nominal", [False, True])
def test_alpha_equals_its_definition(nominal):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 4, (5, 9)).astype(float)
    values[rng.random(values.shape) < 0.3] = NONE
    units = [u for u in ([v for v in column if v == v] for column in values.T) if len(u) > 1]
    flat = [v for unit in units for v in unit]

    def delta(a, b):
        return float(a != b) if nominal else (a - b) ** 2

    observed = sum(sum(delta(a, b) for a in u for b in u) / (len(u) - 1) for u in units) / len(flat)
    expected = sum(delta(a, b) for a in flat for b in flat) / (len(flat) * (len(flat) - 1))
    assert krippendorff_alpha(values, nominal=nominal) == pytest.approx(1 - observed / expected)


def test_alpha_of_full_agreement_of_chance_and_where_undefined():
    rng = np.random.default_rng(0)
    same = np.tile(rng.integers(0, 11, 50).astype(float), (3, 1))
    assert krippendorff_alpha(same) == 1
    assert abs(krippendorff_alpha(rng.integers(0, 11, (3, 2000)).astype(float))) < 0.05
    assert krippendorff_alpha(np.array([[1.0, 9.0], [9.0, 1.0]])) < 0
    assert krippendorff_alpha(same[:1]) is None  # one person
    assert krippendorff_alpha(np.full((3, 4), 7.0)) is None  # all values are equal
    assert krippendorff_alpha(np.array([[1.0, NONE], [NONE, 2.0]])) is None
    assert krippendorff_alpha(np.empty((0, 0))) is None


def test_intervals_equal_those_of_scipy():
    from scipy.stats import binomtest, ttest_1samp

    values = np.array([3.0, 5, 8, 9, 4])
    assert t_interval(values) == pytest.approx(tuple(ttest_1samp(values, 0).confidence_interval()))
    for k, n in ((0, 8), (3, 10), (10, 10)):
        own = binomtest(k, n).proportion_ci(method="wilson")
        assert wilson_interval(k, n) == pytest.approx((own.low, own.high), abs=1e-12)
    assert t_interval(values[:1]) is None and wilson_interval(0, 0) is None


def test_summaries_of_methods(tmp_path):
    ann = write(tmp_path / "a", [(1, "x", 4), (2, "x", 6), (3, CONTROL, 10)], rater="Ann")
    bob = write(tmp_path / "b", [(1, "x", 8), (3, CONTROL, 9), (4, "y", 7)], rater="Bob")
    y, x, control = summarize_methods(read_ratings([ann, bob]))
    assert (x.method, y.method, control.method) == ("x", "y", CONTROL)
    assert (x.mean, x.deviation, x.n_answers, x.n_people) == (6, 2, 3, 2)
    assert x.low == pytest.approx(t_interval(np.array([4.0, 6, 8]))[0])
    assert x.counts == (0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0) and control.counts[9:] == (1, 1)
    assert (y.mean, y.deviation, y.low, y.high, y.n_answers) == (7, None, None, None, 1)
    assert x.high == control.high == 10  # clipped to the scale


def test_shares_that_were_fooled(tmp_path):
    answers = [(1, "x", True), (2, "x", False), (3, CONTROL, False)]
    ann = write(tmp_path / "a", answers, "real-or-fake", rater="Ann")
    bob = write(tmp_path / "b", [(1, "x", True), (2, "x", True)], "real-or-fake", rater="Bob")
    x, control = summarize_methods(read_ratings([ann, bob]))
    assert x.mean == 0.75 and (x.low, x.high) == wilson_interval(3, 4) and control.mean == 0
    assert x.counts == (0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)  # one person half of the time, one always


def test_agreement_is_computed_within_pages_and_without_controls(tmp_path):
    one = write(tmp_path / "1", [(1, "x", 2), (2, "x", 4), (3, CONTROL, 9)], rater="Ann")
    two = write(tmp_path / "2", [(1, "x", 3), (2, "x", 5), (3, CONTROL, 9)], rater="Bob")
    other = write(tmp_path / "3", [(1, "x", 9), (2, "x", 0)], page="q", rater="Bob")
    agreed = agreement(read_ratings([one, two, other]))
    assert agreed.all == krippendorff_alpha(np.array([[2.0, 4, 9], [3, 5, 9]]))
    assert agreed.colored == krippendorff_alpha(np.array([[2.0, 4], [3, 5]]))
    assert len({r.person for r in read_ratings([one, two, other])}) == 2
    alone = agreement(read_ratings([one]))
    assert alone.all is None and alone.colored is None


def test_every_sitting_without_a_name_is_a_person(tmp_path):
    answers = [(1, "x", 2), (2, "x", 3)]
    paths = [write(tmp_path / s, answers, sitting=s) for s in ("s1", "s2")]
    ratings = read_ratings(paths)
    assert len({r.person for r in ratings}) == 2
    assert summarize_methods(ratings)[0].n_people == 2


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"format": "else"}, "not a file of ratings"),
        ({"version": 2}, "version 2"),
        ({"version": None}, "version None"),
        ({"mode": "guess"}, "damaged (mode must be one of rating, real-or-fake, got 'guess')"),
        ({"page": 3}, "damaged (page must be a string, got 3)"),
        ({"rater": ["x"]}, "damaged"),
        ({"answers": []}, "no answer"),
        ({"answers": 3}, "answers must be a list"),
        ({"answers": [3]}, "damaged"),
        ({"answers": [{"item": 1}]}, "damaged ('method' is missing)"),
        ({"answers": [{"item": 1, "method": "x", "frame": 0, "score": 11}]}, '"score": 11'),
        ({"answers": [{"item": 1, "method": "x", "frame": 0, "score": True}]}, "damaged"),
        ({"answers": [{"item": 1, "method": "x", "frame": 0, "score": 7.5}]}, "damaged"),
        ({"answers": [{"item": 1, "method": "", "frame": 0, "score": 7}]}, "damaged"),
        ({"answers": [{"item": 1, "method": "x", "frame": "0", "score": 7}]}, "damaged"),
        ({"answers": 2 * [{"item": 1, "method": "x", "frame": 0, "score": 7}]}, "two answers"),
    ],
)
def test_invalid_files(tmp_path, changes, words):
    path = write(tmp_path / "a.json", [(1, "x", 5)])
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(SourceError) as caught:
        read_ratings([path])
    assert str(path) in caught.value.message and words in caught.value.message and caught.value.hint


@pytest.mark.parametrize("content", [b"", b'{"format": ', b"[]", b"\xff\xfe", b"[" * 100000, b"null"])
def test_files_that_are_not_json(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="a.json"):
        read_ratings([path])
    with pytest.raises(SourceError, match="cannot be read"):
        read_ratings([tmp_path])


def test_files_that_cannot_be_combined(tmp_path):
    rows = [(1, "x", 5)]
    ann = write(tmp_path / "a", rows, rater="Ann", sitting="s")
    for other, words in (
        (write(tmp_path / "b", rows, rater="Ann", sitting="s"), "same person"),
        (write(tmp_path / "c", [(1, "x", 6)], rater="Ann", sitting="s"), "same person"),
        (write(tmp_path / "d", [(1, "x", 6)], rater="Ann", sitting="t"), "'Ann' answered"),
        (write(tmp_path / "e", [(1, "x", True)], "real-or-fake"), "mode"),
    ):
        with pytest.raises(SourceError, match=words) as caught:
            read_ratings([ann, other])
        assert str(ann) in str(caught.value) and str(other) in str(caught.value)
    plain = write(tmp_path / "f", rows, rater="Ann")
    with pytest.raises(SourceError, match="same person"):
        read_ratings([plain, write(tmp_path / "g", rows, rater="Ann")])
    assert len(read_ratings([ann, write(tmp_path / "h", rows, page="q", rater="Ann", sitting="s")])) == 2


@pytest.mark.parametrize("seed", range(5))
def test_frames_of_every_method_are_spread_over_the_film_and_shown_once(seed):
    frames = list(range(10, 1010))
    counts = {"a": 5, "b": 5, CONTROL: 3}
    showings = choose_showings(frames, counts, np.random.default_rng(seed))
    assert len({s.frame for s in showings}) == 13 and {s.frame for s in showings} <= set(frames)
    assert [s.frame for s in showings] == sorted(s.frame for s in showings)
    for method, n in counts.items():
        own = [s.frame for s in showings if s.method == method]
        assert len(own) == n and own[0] < 10 + 1000 / n + 200 and own[-1] > 1010 - 1000 / n - 200
    gaps = np.diff([s.frame for s in showings])
    assert gaps.max() < 2 * 1000 / 13 + 1


def test_a_short_film_repeats_frames_only_for_different_methods():
    showings = choose_showings([3, 5, 8, 9], {"a": 4, "b": 3, CONTROL: 0}, np.random.default_rng(0))
    of = {m: [s.frame for s in showings if s.method == m] for m in ("a", "b")}
    assert of["a"] == [3, 5, 8, 9] and len(set(of["b"])) == 3 and len(showings) == 7
    whole = choose_showings([3, 5], {"a": 1, "b": 1}, np.random.default_rng(0))
    assert {s.frame for s in whole} == {3, 5} and all(isinstance(s, Showing) for s in whole)


def test_wrong_colours_keep_the_luma():
    picture = np.full((8, 8, 3), (200, 60, 60), np.uint8)
    other = np.full((8, 8, 3), (90, 110, 120), np.uint8)
    other[:4] = (110, 110, 90)
    wrong = with_colors_of(picture, other)
    luma = [p @ np.array([0.299, 0.587, 0.114]) for p in (picture, wrong)]
    assert np.abs(luma[0] - luma[1]).max() < 2
    assert (wrong[0, 0, 2] > wrong[0, 0, 0]) and (wrong[7, 0, 0] > wrong[7, 0, 2])  # upside down


@pytest.mark.parametrize(
    "option",
    [
        {"pairs": 0},
        {"pairs": 101},
        {"controls": -1},
        {"seed": -1},
        {"mode": "x"},
        {"seconds": 0},
        {"seconds": math.nan},
        {"height": 8},
    ],
)
def test_options_have_bounds(option):
    with pytest.raises(UsageError):
        RateOptions(**option)
