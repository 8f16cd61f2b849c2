"""Metrics with a published formula, compared with scikit-image and with literal transcriptions."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from cartoonize.color.lab import lab_to_rgb, quantize
from cartoonize.metrics.ciede2000 import Ciede2000
from cartoonize.metrics.colorfulness import Colorfulness, colorfulness
from cartoonize.metrics.pa import Pa
from cartoonize.metrics.psnr import Psnr
from cartoonize.metrics.rmse import Rmse
from cartoonize.metrics.ssim import Ssim
from cartoonize.metrics.vivid import VividAccuracy, vivid_in
from tests.support.cartoons import PAIRS, cartoon, noisy, recolored, score, score_of


def literal_rmse(pairs):
    """Compute equations 8.1 and 8.2 literally."""
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
    assert score_of(Rmse(), *pairs)["rmse"] == pytest.approx(literal_rmse(pairs), abs=1e-9)
    assert score(*PAIRS)["rmse"] == pytest.approx(literal_rmse(PAIRS), abs=1e-9)


def literal_psnr(pairs):
    """Compute equation 8.3 literally."""
    total = 0.0
    for reference, colorized in pairs:
        squares = 0.0
        for p, q in zip(reference.reshape(-1, 3) / 255, colorized.reshape(-1, 3) / 255, strict=True):
            squares += sum((float(u) - float(v)) ** 2 for u, v in zip(p, q, strict=True))
        total += -10 * np.log10(squares / (3 * reference.shape[0] * reference.shape[1]))
    return total / len(pairs)


def test_psnr_equals_its_formula_and_scikit_image():
    pairs = [(a[:24, :24], b[:24, :24]) for a, b in PAIRS]
    assert score_of(Psnr(), *pairs)["psnr"] == pytest.approx(literal_psnr(pairs), abs=1e-9)
    expected = [peak_signal_noise_ratio(a, b, data_range=255) for a, b in PAIRS]
    assert score(*PAIRS)["psnr"] == pytest.approx(np.mean(expected), abs=1e-9)


def test_psnr_of_a_copy_is_the_cap():
    one_code = PAIRS[0][0].copy()
    one_code[0, 0, 0] ^= 1
    assert score_of(Psnr(), (PAIRS[0][0], PAIRS[0][0].copy()))["psnr"] == 100
    assert 80 < score_of(Psnr(), (PAIRS[0][0], one_code))["psnr"] < 100


def test_psnr_does_not_wrap_around():
    ten, eleven = (np.full((4, 4, 3), value, np.uint8) for value in (10, 11))
    naive = -10 * np.log10(np.mean((ten - eleven).astype(float) ** 2) / 255**2)  # -1 is 255 in uint8
    assert naive == pytest.approx(0)
    for pair in ((ten, eleven), (eleven, ten)):
        assert score_of(Psnr(), pair)["psnr"] == pytest.approx(48.1308, abs=1e-3)


def literal_pa(pairs, threshold):
    """Compute the complement of equation 8.4, which the text and table 8.1 mean."""
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


@pytest.mark.parametrize("threshold", [2, 2.5, 5])
def test_pa_equals_its_formula(threshold):
    mild = [(a, recolored(a, noisy(i, 0.7 + 0.3 * i))) for i, (a, _) in enumerate(PAIRS)]
    name = "pa" if threshold == 2 else f"pa_{threshold}"
    expected = literal_pa(mild, threshold)
    assert 0 < expected < 1
    assert score_of(Pa(threshold), *mild)[name] == pytest.approx(expected, abs=1e-9)
    assert score(*mild, pa_thresholds=(threshold,))[name] == pytest.approx(expected, abs=1e-3)


def test_pa_counts_artifacts_but_not_another_even_colour():
    original = np.full((20, 20, 3), (90, 120, 160), np.uint8)
    other = recolored(original, lambda ab: ab * -1)
    assert score_of(Pa(), (original, other))["pa"] == 0
    dotted = original.copy()
    dotted[10, 10] = recolored(original, lambda ab: ab + 10)[10, 10]
    assert score_of(Pa(), (original, dotted))["pa"] == 5 / 400  # the dot and its four neighbours
    assert score_of(Pa(), (dotted, original))["pa"] == 0  # uneven pixels of the original do not count


def test_pa_leaves_out_images_without_even_pixels():
    restless = recolored(np.full((20, 20, 3), 128, np.uint8), noisy(0, 20))
    flat = np.full((20, 20, 3), 128, np.uint8)
    assert np.isnan(score_of(Pa(), (restless, flat))["pa"])
    assert score_of(Pa(), (restless, flat), (flat, restless))["pa"] > 0.9


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-3)])
def test_ciede2000_mean_and_shares(dtype, tolerance):
    expected = np.stack([deltaE_ciede2000(rgb2lab(a), rgb2lab(b)) for a, b in PAIRS])
    result = score_of(Ciede2000(), *PAIRS, dtype=dtype)
    assert result["ciede2000"] == pytest.approx(expected.mean(), abs=tolerance)
    assert result["share_within_5"] == pytest.approx((expected <= 5).mean(), abs=tolerance)
    assert result["share_within_10"] == pytest.approx((expected <= 10).mean(), abs=tolerance)


def test_vivid_pixels_stand_out_from_their_picture():
    ab = np.zeros((4, 10, 2), np.float32)
    ab[:] = (8, 16)  # a brown picture
    ab[0, 0], ab[0, 1], ab[0, 2], ab[0, 3] = (45, 30), (0, 0), (-7, 13), (8, 32)
    expected = np.zeros((4, 10), bool)
    expected[0, [0, 3]] = True  # red and yellow; not grey, and not a green of little chroma
    np.testing.assert_array_equal(vivid_in(ab), expected)
    expected[0, 2] = True
    ab[0, 2] = (-8, 13)
    np.testing.assert_array_equal(vivid_in(ab), expected)


def test_brown_has_no_vivid_pixels_right():
    lab = np.zeros((20, 20, 3), np.float32)
    lab[...] = (50, 8, 16)
    lab[:5, :10] = (50, 45, 30)
    lab[5:10, :10] = (50, -30, 10)
    original = quantize(lab_to_rgb(lab))
    sepia = recolored(original, lambda ab: np.zeros_like(ab) + (8, 16))
    half = original.copy()
    half[:5] = sepia[:5]
    result = score_of(VividAccuracy(), (original, sepia))
    assert result == {"vivid_within_10": 0, "vivid_share": 0.25}
    assert score_of(Ciede2000(), (original, sepia))["share_within_10"] == 0.75
    assert score_of(VividAccuracy(), (original, half))["vivid_within_10"] == 0.5
    flat = np.full((8, 8, 3), (200, 90, 40), np.uint8)
    result = score_of(VividAccuracy(), (flat, flat))
    assert np.isnan(result["vivid_within_10"]) and result["vivid_share"] == 0


@pytest.mark.parametrize("size", [(48, 64), (7, 7), (9, 30)])
def test_ssim_equals_scikit_image(size):
    pairs = [(cartoon(i, size), recolored(cartoon(i, size), noisy(i, 8))) for i in range(3)]
    pairs.append((np.zeros((*size, 3), np.uint8), np.full((*size, 3), 255, np.uint8)))
    expected = [structural_similarity(a, b, channel_axis=-1, data_range=255) for a, b in pairs]
    for pair, value in zip(pairs, expected, strict=True):
        assert score_of(Ssim(), pair)["ssim"] == pytest.approx(value, abs=1e-9)
    assert score_of(Ssim(), *pairs)["ssim"] == pytest.approx(np.mean(expected), abs=1e-9)


def test_ssim_is_undefined_below_the_window_size():
    small = cartoon(0, (20, 20))[:6]
    assert np.isnan(score_of(Ssim(), (small, small))["ssim"])


def literal_colorfulness(rgb):
    """Compute the formula of Hasler and Suesstrunk (2003) in signed numbers."""
    rg, yb = [], []
    for red, green, blue in rgb.reshape(-1, 3).tolist():
        rg.append(red - green)
        yb.append((red + green) / 2 - blue)
    means = [sum(v) / len(v) for v in (rg, yb)]
    variances = [sum((x - m) ** 2 for x in v) / len(v) for v, m in zip((rg, yb), means, strict=True)]
    return sum(variances) ** 0.5 + 0.3 * (means[0] ** 2 + means[1] ** 2) ** 0.5


@pytest.mark.parametrize("seed", range(4))
def test_colorfulness_equals_its_formula(seed):
    rgb = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    for picture in (rgb, cartoon(seed), np.full((5, 5, 3), 255, np.uint8)):
        assert colorfulness(picture) == pytest.approx(literal_colorfulness(picture), abs=1e-9)


def test_colorfulness_keeps_the_sign_of_its_differences():
    half_and_half = np.zeros((10, 10, 3), np.uint8)
    half_and_half[:, :5, 0] = half_and_half[:, 5:, 1] = 100
    unsigned = np.abs(half_and_half[..., 0].astype(int) - half_and_half[..., 1])
    assert unsigned.std() == 0  # a common mistake: there is no spread
    # red - green is +-100, so its deviation is 100; yellow - blue is 50 everywhere
    assert colorfulness(half_and_half) == pytest.approx(100 + 0.3 * 50)
    assert colorfulness(np.full((5, 5, 3), 77, np.uint8)) == 0


def test_colour_ratios_fall_as_colours_fade_and_are_undefined_for_grey_originals():
    original = cartoon(3)
    faded = [recolored(original, lambda ab, k=k: ab * k) for k in (1, 0.6, 0.2)]
    results = [score_of(Colorfulness(), (original, copy)) for copy in faded]
    for name in ("colorfulness_ratio", "chroma_ratio"):
        values = [result[name] for result in results]
        assert values[0] == pytest.approx(1, abs=0.01) and values == sorted(values, reverse=True)
    assert results[1]["chroma_ratio"] == pytest.approx(0.6, abs=0.02)
    grey = np.full((8, 8, 3), 99, np.uint8)
    assert np.isnan(list(score_of(Colorfulness(), (grey, original[:8, :8])).values())).all()


def test_ratios_weigh_frames_by_their_colour():
    pale, vivid = recolored(cartoon(3), lambda ab: ab * 0.05), cartoon(3)
    # The vivid frame is right. The pale one is twice as strong, which has little weight.
    wrong = recolored(cartoon(3), lambda ab: ab * 0.1)
    ratio = score_of(Colorfulness(), (pale, wrong), (vivid, vivid))["chroma_ratio"]
    assert 1 < ratio < 1.1
