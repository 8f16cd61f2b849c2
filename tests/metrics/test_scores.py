"""All metrics together: ideal scores, growing damage, additive sums and invalid input."""

import numpy as np
import pytest

from cartoonize.errors import UsageError
from cartoonize.metrics import FrameColors, Measures, Pair, Reference, Scores
from cartoonize.metrics.ciede2000 import ciede2000
from tests.support.cartoons import PAIRS, cartoon, noisy, recolored, score

#: Every score with its value for a perfect copy, except warp_error, whose value depends on the flow.
IDEAL = {
    "psnr": 100,
    "rmse": 0,
    "pa": 0,
    "ciede2000": 0,
    "share_within_5": 1,
    "share_within_10": 1,
    "vivid_within_10": 1,
    "ssim": 1,
    "static_flicker": 0,
    "static_flicker_own": 0,
    "edge_bleed": 0,
    "border_error": 0,
    "colorfulness_ratio": 1,
    "chroma_ratio": 1,
    "region_accuracy": 1,
    "inconsistency": 0,
}


def test_a_perfect_copy_has_the_ideal_scores():
    frames = [cartoon(1), cartoon(1), cartoon(2), cartoon(2)]
    result = score(*[(frame, frame.copy()) for frame in frames], shots=[0, 0, 1, 1])
    assert 0 < result.pop("vivid_share") < 1
    assert result == pytest.approx({**IDEAL, "warp_error": 0, "n_frames": 4}, abs=1e-12)
    assert all(type(value) in (int, float) for value in result.values())


def test_scores_without_frames_are_undefined():
    result = Scores().result()
    assert result.pop("n_frames") == 0 and set(result) == {*IDEAL, "vivid_share", "warp_error"}
    assert np.isnan(list(result.values())).all()


@pytest.mark.parametrize(
    ("damage", "strengths", "worse", "better"),
    [
        (
            lambda ab, s: noisy(3, s)(ab),
            (0, 2, 5, 10, 20),
            "rmse pa ciede2000 static_flicker warp_error inconsistency",
            "psnr ssim share_within_5 share_within_10",
        ),
        (
            lambda ab, s: ab * (1 - s),
            (0, 0.2, 0.5, 0.9),
            "rmse ciede2000",
            "psnr ssim region_accuracy chroma_ratio colorfulness_ratio share_within_5",
        ),
        (
            lambda ab, s: ab + np.float32((s, -s)),
            (0, 5, 10, 20, 40),
            "rmse ciede2000",
            "psnr region_accuracy share_within_5 share_within_10 vivid_within_10",
        ),
    ],
    ids=["noise", "fading", "tint"],
)
def test_growing_damage_never_looks_better(damage, strengths, worse, better):
    original = cartoon(1)
    first = recolored(original, lambda ab: ab)
    results = [
        score((original, first), (original, recolored(original, lambda ab, s=s: damage(ab, s))))
        for s in strengths
    ]
    for sign, names in ((1, worse), (-1, better)):
        for name in names.split():
            values = np.array([result[name] for result in results]) * sign
            assert (np.diff(values) >= -1e-9).all() and values[-1] > values[0], (name, values)


def test_sums_of_frames_add_up_to_shots_and_the_episode():
    shots = [0, 0, 1]
    scores = Scores(pa_thresholds=(5,))
    frames = [
        scores.update(FrameColors.of(a), FrameColors.of(b), shot=s)
        for (a, b), s in zip(PAIRS, shots, strict=True)
    ]
    episode = scores.result()
    first, second = scores.shots()
    assert (first.shot, first.start, first.stop) == (0, 0, 2) and (second.start, second.stop) == (2, 3)
    for name in ("psnr", "rmse", "pa", "pa_5", "ciede2000", "share_within_5", "ssim"):
        values = [frame[name] for frame in frames]
        assert np.mean(values) == pytest.approx(episode[name])
        assert np.mean(values[:2]) == pytest.approx(first.scores[name])
        assert values[2] == pytest.approx(second.scores[name])
    alone = score(*PAIRS[:2], pa_thresholds=(5,))
    del alone["n_frames"]
    np.testing.assert_equal(first.scores, alone)
    # Ratios are ratios of sums, so a frame with a small error has a small weight.
    assert episode["edge_bleed"] != pytest.approx(
        np.mean([frame["edge_bleed"] for frame in frames]), rel=1e-3
    )


def test_nothing_is_compared_across_a_cut():
    day, night = cartoon(1), cartoon(1)[::-1].copy()
    colors = [recolored(day, noisy(1, 9)), recolored(day, noisy(2, 9))]
    pairs = [(day, colors[0]), (day, colors[1])]
    assert score(*pairs, shots=[0, 0])["static_flicker"] > 5
    for name in ("static_flicker", "static_flicker_own", "warp_error"):
        assert np.isnan(score(*pairs, shots=[0, 1])[name])
    assert np.isnan(score((day, day), (night, night), shots=[0, 1])["warp_error"])


def test_slow_scores_can_be_left_out():
    fast, slow = score(*PAIRS, slow=False), score(*PAIRS)
    by_difference = {"ciede2000", "share_within_5", "share_within_10", "vivid_within_10", "vivid_share"}
    assert set(slow) - set(fast) == {*by_difference, "ssim"}
    np.testing.assert_equal(fast, {name: slow[name] for name in fast})


def test_pixel_errors_count_every_pixel_and_reproduce_the_means():
    scores = Scores()
    for reference, colorized in PAIRS:
        scores.update(FrameColors.of(reference), FrameColors.of(colorized))
    result = scores.result()
    errors = {e.of: e for e in scores.pixel_errors()}
    assert set(errors) == {"rmse", "ciede2000"}
    for of, histogram in errors.items():
        pixels, edges = np.array(histogram.pixels), np.array(histogram.edges)
        assert pixels.sum() == 3 * 48 * 64 and len(edges) == len(pixels) + 1
        width = edges[1] - edges[0]
        mean = (pixels * (edges[:-1] + edges[1:]) / 2).sum() / pixels.sum()
        assert mean == pytest.approx(result[of], abs=width / 2)
    share = np.cumsum(errors["ciede2000"].pixels)[errors["ciede2000"].edges.index(5.0) - 1] / (3 * 48 * 64)
    assert share == pytest.approx(result["share_within_5"], abs=1e-3)


def test_the_farthest_colours_are_inside_the_histogram():
    colors = [(0, 0, 255), (255, 0, 0), (0, 255, 0), (255, 255, 255), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    measures = Measures()
    for one in colors:
        for other in colors:
            frames = [FrameColors.of(np.full((8, 8, 3), c, np.uint8)) for c in (one, other)]
            sums = measures.sums(Pair(Reference(frames[0]), frames[1]))
            assert all(pixels.sum() == 64 for pixels in sums.pixels.values())
            for histogram, pixels in zip(measures.histograms, sums.pixels.values(), strict=True):
                assert pixels[-1] == 0 or histogram.of == "rmse"  # red and green differ by almost 6


def test_once_computes_only_once():
    calls = []

    def costly(reference, factor):
        calls.append(factor)
        return factor * reference.colors.rgb.size

    reference = Reference(FrameColors.of(cartoon()))
    assert reference.once(costly, 2) == reference.once(costly, 2) == 2 * 48 * 64 * 3
    assert reference.once(costly, 3) == 3 * 48 * 64 * 3
    assert calls == [2, 3]


def test_shared_references_do_not_change_scores():
    measures, before = Measures(), (None, None, None)
    alone, together = [Scores(), Scores()], [Scores(), Scores()]
    for i, (rgb, other) in enumerate(PAIRS):
        now = [FrameColors.of(f) for f in (rgb, other, recolored(rgb, noisy(i + 10, 3)))]
        reference = Reference(now[0], before[0])
        for k in (0, 1):
            together[k].add(measures.sums(Pair(reference, now[k + 1], before[k + 1])))
            alone[k].update(now[0], now[k + 1])
        before = now
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_equal(one.result(), other.result())


BAD_FRAMES = {
    "NaN": (np.full((8, 8, 3), np.nan), ["float64", "NaN", "(0, 0, 0)", "quantize"]),
    "float": (np.full((8, 8, 3), 0.5), ["float64", "quantize"]),
    "grey": (np.zeros((8, 8), np.uint8), ["(8, 8)"]),
    "empty": (np.zeros((0, 8, 3), np.uint8), ["(0, 8, 3)"]),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_invalid_frames_are_refused(name):
    array, words = BAD_FRAMES[name]
    with pytest.raises(UsageError) as error:
        FrameColors.of(array)
    assert all(word in str(error.value) for word in words)


def test_frames_of_different_size_and_nan_in_lab_are_refused():
    small, large = (FrameColors.of(cartoon(0, size)) for size in ((48, 64), (48, 65)))
    with pytest.raises(UsageError, match="48x65.*48x64.*256x256"):
        Scores().update(small, large)
    lab = np.array(small.lab)
    lab[3, 5, 1] = np.nan
    with pytest.raises(UsageError, match=r"nan.*\(3, 5, 1\)"):
        ciede2000(lab, small.lab)
