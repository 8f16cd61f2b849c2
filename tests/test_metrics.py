"""Each metric by its properties, against a slow transcription, and on clips that fool a naive one."""

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
from cartoonize.metrics import FrameColors, Scores
from cartoonize.metrics.bleed import EdgeBleed
from cartoonize.metrics.colorfulness import Colorfulness, colorfulness
from cartoonize.metrics.flicker import StaticFlicker
from cartoonize.metrics.pa import Pa
from cartoonize.metrics.psnr import Psnr
from cartoonize.metrics.rmse import Rmse

KEYS = {
    "psnr",
    "rmse",
    "pa",
    "ciede2000",
    "share_within_5",
    "share_within_10",
    "static_flicker",
    "edge_bleed",
    "colorfulness_ratio",
    "chroma_ratio",
    "n_frames",
}


def cartoon(seed=0, size=(48, 64)):
    """Flat, coloured, outlined shapes."""
    rng = np.random.default_rng(seed)
    height, width = size
    rgb = np.full((height, width, 3), rng.integers(60, 220, 3), np.uint8)
    for _ in range(6):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(5, 20)), int(rng.integers(5, 20)))
        cv2.ellipse(rgb, center, axes, 0, 0, 360, rng.integers(40, 230, 3).tolist(), -1)
        cv2.ellipse(rgb, center, axes, 0, 0, 360, (15, 15, 15), 1)
    return rgb


def recolored(rgb, change):
    """Change ab and keep L: what a colorizer gets wrong."""
    lab = rgb_to_lab(rgb)
    lab[..., 1:] = change(lab[..., 1:].copy())
    return quantize(lab_to_rgb(lab))


def score(metric, *pairs):
    for reference, colorized in pairs:
        metric.update(FrameColors.of(reference), FrameColors.of(colorized))
    return metric.result()


def noisy(seed, sigma):
    return lambda ab: ab + np.random.default_rng(seed).normal(0, sigma, ab.shape)


PAIRS = [(cartoon(i), recolored(cartoon(i), noisy(i, 4 + 3 * i))) for i in range(3)]


def test_identity_is_perfect():
    frames = [cartoon(i) for i in range(3)]
    result = score(Scores(), *[(frame, frame.copy()) for frame in frames])
    assert result == {
        "psnr": 100,
        "rmse": 0,
        "pa": 0,
        "ciede2000": 0,
        "share_within_5": 1,
        "share_within_10": 1,
        "static_flicker": 0,
        "edge_bleed": 0,
        "colorfulness_ratio": 1,
        "chroma_ratio": 1,
        "n_frames": 3,
    }


def test_scores_are_those_of_the_single_metrics_as_plain_numbers():
    result = score(Scores(pa_threshold=3), *PAIRS)
    assert set(result) == KEYS
    assert all(type(value) in (int, float) for value in result.values())
    for metric in (Rmse(), Psnr(), Pa(3), StaticFlicker(), EdgeBleed(), Colorfulness()):
        assert score(metric, *PAIRS).items() <= result.items()


def test_nothing_seen_is_no_score():
    result = Scores().result()
    assert result["n_frames"] == 0 and np.isnan(result["psnr"]) and np.isnan(result["ciede2000"])


def test_growing_damage_never_looks_better():
    original = cartoon(1)
    results = [
        score(Scores(), (original, original), (original, recolored(original, noisy(3, sigma))))
        for sigma in (0, 2, 5, 10, 20)
    ]
    for name, sign in {
        "psnr": -1,
        "rmse": 1,
        "pa": 1,
        "ciede2000": 1,
        "share_within_5": -1,
        "share_within_10": -1,
        "static_flicker": 1,
    }.items():
        values = np.array([result[name] for result in results]) * sign
        assert (np.diff(values) >= 0).all() and values[-1] > values[0], name


def literal_rmse(pairs):
    total, n = 0.0, 0
    for reference, colorized in pairs:
        for p, q in zip(reference.reshape(-1, 3) / 255, colorized.reshape(-1, 3) / 255, strict=True):
            opponents = []
            for red, green, blue in (p, q):
                lightness = (red + green + blue) / 3
                alpha = (blue - (red + green) / 2) / (lightness + 0.0001)
                opponents.append((alpha, (red - green) / (lightness + 0.0001)))
            (alpha, beta), (other_alpha, other_beta) = opponents
            total += np.sqrt((alpha - other_alpha) ** 2 + (beta - other_beta) ** 2)
            n += 1
    return total / n


def test_rmse_equals_its_formula():
    black = np.zeros((8, 8, 3), np.uint8)
    pairs = [*PAIRS[:2], (black, black + np.uint8([0, 0, 3]))]
    pairs = [(a[:24, :24], b[:24, :24]) for a, b in pairs]
    assert score(Rmse(), *pairs)["rmse"] == pytest.approx(literal_rmse(pairs), rel=1e-5)


def test_psnr_equals_scikit_image_and_is_averaged_in_decibels():
    expected = [peak_signal_noise_ratio(a, b, data_range=255) for a, b in PAIRS]
    assert score(Psnr(), *PAIRS)["psnr"] == pytest.approx(np.mean(expected), abs=1e-9)
    one_code = PAIRS[0][0].copy()
    one_code[0, 0, 0] ^= 1
    assert score(Psnr(), (PAIRS[0][0], one_code))["psnr"] < 100
    # A script that subtracts uint8 images takes -1 for 255.
    assert score(Psnr(), (np.full((4, 4, 3), 10, np.uint8), np.full((4, 4, 3), 11, np.uint8)))["psnr"] == (
        pytest.approx(48.1308, abs=1e-3)
    )


def literal_pa(pairs, threshold):
    shares = []
    for frames in pairs:
        even = []
        for rgb in frames:
            ab = rgb2lab(rgb)[..., 1:]
            height, width = ab.shape[:2]
            flags = np.zeros((height, width), bool)
            for y in range(height):
                for x in range(width):
                    around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
                    flags[y, x] = all(
                        (np.abs(ab[y, x] - ab[j, i]) < threshold).all()
                        for j, i in around
                        if 0 <= j < height and 0 <= i < width
                    )
            even.append(flags)
        shares.append((even[0] & ~even[1]).sum() / even[0].sum())
    return np.mean(shares)


@pytest.mark.parametrize("threshold", [2, 5])
def test_pa_equals_its_formula(threshold):
    mild = [(a, recolored(a, noisy(i, 0.7 + 0.3 * i))) for i, (a, _) in enumerate(PAIRS)]
    got = score(Pa(threshold), *mild)["pa"]
    assert 0 < got < 1
    assert got == pytest.approx(literal_pa(mild, threshold), abs=1e-3)


def test_pa_sees_artifacts_and_not_another_even_colour():
    original = np.full((20, 20, 3), (90, 120, 160), np.uint8)
    other = recolored(original, lambda ab: ab * -1)
    assert score(Pa(), (original, other))["pa"] == 0
    dotted = original.copy()
    dotted[10, 10] = recolored(original, lambda ab: ab + 10)[10, 10]
    assert score(Pa(), (original, dotted))["pa"] == 5 / 400  # the dot and its four neighbours
    assert score(Pa(), (dotted, original))["pa"] == 0  # what is uneven in the original is not counted


def test_ciede2000_mean_and_shares():
    result = score(Scores(), *PAIRS)
    expected = np.stack([deltaE_ciede2000(rgb2lab(a), rgb2lab(b)) for a, b in PAIRS])
    assert result["ciede2000"] == pytest.approx(expected.mean(), abs=1e-3)
    assert result["share_within_5"] == pytest.approx((expected <= 5).mean(), abs=1e-3)
    assert result["share_within_10"] == pytest.approx((expected <= 10).mean(), abs=1e-3)


def halves(swap):
    """Left and right of one grey, in two colours that swap places."""
    lab = np.zeros((32, 32, 3), np.float32)
    lab[..., 0] = 55
    lab[:, :16, 1:], lab[:, 16:, 1:] = ((25, 10), (-25, 10)) if swap else ((-25, 10), (25, 10))
    return quantize(lab_to_rgb(lab))


def still_luma(frames):
    """Frames whose reference is the same grey picture: exactly still."""
    return [(np.full((32, 32, 3), 130, np.uint8), frame) for frame in frames]


def test_flicker_sees_halves_that_swap_colours_where_histograms_see_nothing():
    swapping = [halves(i % 2) for i in range(6)]
    histograms = [np.histogramdd(frame.reshape(-1, 3), bins=16)[0] for frame in swapping]
    assert all((histograms[0] == histogram).all() for histogram in histograms)
    assert score(StaticFlicker(), *still_luma(swapping))["static_flicker"] == pytest.approx(50, abs=1)
    assert score(StaticFlicker(), *still_luma([halves(False)] * 6))["static_flicker"] == 0


def test_flicker_equals_its_definition():
    frames = []
    for i in range(4):
        reference = cartoon(0, (24, 24))
        reference[4 : 8 + 2 * i, 6:9] = 200  # something that grows
        reference = recolored(reference, noisy(i, 0.5))
        frames.append((reference, recolored(reference, noisy(10 + i, 5))))
    total, n = 0.0, 0
    for (last, last_result), (now, now_result) in zip(frames, frames[1:], strict=False):
        lumas = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY).astype(int) for f in (last, now)]
        labs = [rgb2lab(f)[..., 1:] for f in (last, now, last_result, now_result)]
        for y in range(24):
            for x in range(24):
                around = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
                if np.abs(lumas[0][around] - lumas[1][around]).max() <= 1:
                    total += np.linalg.norm(labs[3][y, x] - labs[2][y, x])
                    total -= np.linalg.norm(labs[1][y, x] - labs[0][y, x])
                    n += 1
    assert 100 < n < 3 * 24 * 24
    assert score(StaticFlicker(), *frames)["static_flicker"] == pytest.approx(total / n, abs=1e-3)


def test_flicker_forgives_what_the_original_does_and_what_moves():
    flickering = [cartoon(2) if i % 2 else recolored(cartoon(2), lambda ab: ab + 3) for i in range(4)]
    assert score(StaticFlicker(), *[(f, f) for f in flickering])["static_flicker"] == 0
    moving = [np.full((32, 32, 3), 20 * i, np.uint8) for i in range(6)]
    pairs = [(m, halves(i % 2)) for i, m in enumerate(moving)]
    assert score(StaticFlicker(), *pairs)["static_flicker"] == 0


def test_bleed_equals_its_definition():
    original, colorized = PAIRS[0]
    edges = np.argwhere(cv2.Canny(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), 50, 150))
    error = np.linalg.norm(rgb2lab(original)[..., 1:] - rgb2lab(colorized)[..., 1:], axis=-1)
    near = np.zeros(error.shape, bool)
    for y, x in np.ndindex(error.shape):
        near[y, x] = (((edges - (y, x)) ** 2).sum(1) <= 9).any()
    assert 0.1 < near.mean() < 0.9
    got = score(EdgeBleed(), PAIRS[0])["edge_bleed"]
    assert got == pytest.approx(error[near].mean() / error[~near].mean(), rel=1e-4)


def test_bleed_tells_smeared_outlines_from_a_wrong_paint():
    original = cartoon(4, (96, 128))
    smeared = [
        score(EdgeBleed(), (original, recolored(original, lambda ab, s=s: cv2.GaussianBlur(ab, (0, 0), s))))
        for s in (0.5, 1, 2)
    ]
    values = [result["edge_bleed"] for result in smeared]
    assert values == sorted(values) and values[-1] > 3
    evenly_wrong = recolored(original, lambda ab: ab + (6, -5))
    assert score(EdgeBleed(), (original, evenly_wrong))["edge_bleed"] == pytest.approx(1, abs=0.25)


def test_colorfulness_keeps_the_sign_of_its_differences():
    half_and_half = np.zeros((10, 10, 3), np.uint8)
    half_and_half[:, :5, 0] = half_and_half[:, 5:, 1] = 100
    # red - green is +-100: its deviation is 100; yellow - blue is 50 everywhere
    assert colorfulness(half_and_half) == pytest.approx(100 + 0.3 * 50)
    assert colorfulness(np.full((5, 5, 3), 77, np.uint8)) == 0


def test_colour_ratios_fall_as_colours_fade_and_grey_originals_have_none():
    original = cartoon(3)
    faded = [recolored(original, lambda ab, k=k: ab * k) for k in (1, 0.6, 0.2)]
    results = [score(Colorfulness(), (original, copy)) for copy in faded]
    for name in ("colorfulness_ratio", "chroma_ratio"):
        values = [result[name] for result in results]
        assert values[0] == pytest.approx(1, abs=0.01) and values == sorted(values, reverse=True)
    assert results[1]["chroma_ratio"] == pytest.approx(0.6, abs=0.02)
    grey = np.full((8, 8, 3), 99, np.uint8)
    assert np.isnan(list(score(Colorfulness(), (grey, original)).values())).all()
