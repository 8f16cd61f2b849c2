"""CIELAB, the 313 bins, luma and chroma."""

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from cartoonize.color.bins import (
    AB_BINS,
    DECODINGS,
    N_BINS,
    decode,
    nearest_bin,
    rebalancing_weights,
    soft_encode,
)
from cartoonize.color.lab import lab_to_rgb, lightness, lightness_of_grey, rgb_to_lab
from cartoonize.color.luma import (
    LUMA_WEIGHTS,
    chroma_of_ab,
    exact_chroma_of_ab,
    luma_of_rgb,
    rgb_of_luma_chroma,
)


@pytest.fixture
def rgb():
    return np.random.default_rng(0).random((60, 70, 3))


def test_lab_agrees_with_scikit_image(rgb):
    assert np.abs(rgb_to_lab(rgb) - rgb2lab(rgb)).max() < 1e-9
    assert np.abs(rgb_to_lab(torch.from_numpy(rgb)).numpy() - rgb2lab(rgb)).max() < 1e-6
    lab = rgb2lab(rgb)
    assert np.abs(lab_to_rgb(lab) - lab2rgb(lab)).max() < 1e-6


def test_lab_of_bytes_equals_lab_of_floats(rgb):
    byte = (rgb * 255).astype(np.uint8)
    assert np.abs(rgb_to_lab(byte) - rgb2lab(byte)).max() < 2e-4


def test_lab_round_trip(rgb):
    assert np.abs(lab_to_rgb(rgb_to_lab(rgb)) - rgb).max() < 1e-9


def test_lightness_is_the_first_channel(rgb):
    assert np.allclose(lightness(rgb), rgb2lab(rgb)[..., 0])
    byte = (rgb * 255).astype(np.uint8)
    for pixels in (byte, torch.from_numpy(byte)):
        assert np.abs(np.asarray(lightness(pixels)) - rgb2lab(byte)[..., 0]).max() < 1e-4
    grey = np.arange(256, dtype=np.uint8)
    whole = rgb2lab(np.repeat(grey[:, None, None], 3, 2))[:, 0, 0]
    assert np.abs(lightness_of_grey(grey) - whole).max() < 1e-3
    assert np.abs(lightness_of_grey(grey / 255) - whole).max() < 1e-3


def test_the_published_bins():
    assert AB_BINS.shape == (N_BINS, 2) == (313, 2)
    assert len(np.unique(AB_BINS, axis=0)) == 313
    assert (AB_BINS % 10 == 0).all()
    assert AB_BINS[:, 0].min() == -90 and AB_BINS[:, 0].max() == 100
    assert AB_BINS[:, 1].min() == -110 and AB_BINS[:, 1].max() == 100
    assert sorted(AB_BINS[AB_BINS[:, 0] == 100][:, 1]) == list(range(-90, 1, 10))


def test_soft_encoding_equals_its_definition():
    anywhere = torch.rand(30000, 2, generator=torch.Generator().manual_seed(1)) * 240 - 120
    even = torch.arange(-120, 120, 2.5)  # on the borders between cells of the table, and between bins
    ab = torch.cat([anywhere, torch.cartesian_prod(even, even)])
    bins, weights = soft_encode(ab)
    distance = (ab[:, None] - torch.from_numpy(AB_BINS)).norm(dim=-1)
    nearest, _ = distance.topk(5, largest=False)
    nearest_squared = nearest.double() ** 2
    expected = torch.exp((nearest_squared[:, :1] - nearest_squared) / (2 * 5**2)).float()
    expected /= expected.sum(1, keepdim=True)
    assert torch.allclose(distance.gather(1, bins), nearest, atol=1e-4)
    assert torch.allclose(weights, expected, atol=1e-4)
    assert (bins[:30000, 0].numpy() == nearest_bin(anywhere.numpy())).mean() > 0.999  # ties aside
    assert (bins.sort(1).values.diff(dim=1) > 0).all()  # five different ones


def histogram(*pairs):
    out = torch.zeros(1, N_BINS, 1, 1)
    for a, b, p in pairs:
        out[0, np.flatnonzero(((a, b) == AB_BINS).all(1))[0]] = p
    return out


def test_decodings_of_two_peaks():
    peaks = histogram((40, 40, 0.6), (-20, 0, 0.4))
    assert torch.allclose(decode(peaks, "expectation").flatten(), torch.tensor([16.0, 24.0]))
    assert decode(peaks, "mode").flatten().tolist() == [40, 40]
    annealed = decode(peaks, "annealed").flatten()
    share = 0.6 ** (1 / 0.38) / (0.6 ** (1 / 0.38) + 0.4 ** (1 / 0.38))
    assert torch.allclose(annealed, torch.tensor([60 * share - 20, 40 * share]), atol=0.1)
    drawn = decode(peaks.expand(1, N_BINS, 40, 40), "sample", seed=3)
    share = (drawn[0, 0] == 40).float().mean()
    assert set(drawn[0, 0].unique().tolist()) == {-20, 40} and 0.55 < share < 0.65
    assert torch.equal(drawn, decode(peaks.expand(1, N_BINS, 40, 40), "sample", seed=3))
    assert set(DECODINGS) == {"expectation", "mode", "sample", "annealed", "hue-chroma"}


def test_larsson_takes_the_mean_of_hue_and_the_median_of_chroma():
    def decoded(*pairs):
        return decode(histogram(*pairs), "hue-chroma").flatten().numpy()

    assert decoded((20, 0, 1.0)) == pytest.approx([20, 0], abs=1e-3)
    # Of three chromas, the middle one. Two hues of a right angle have their mean between them.
    assert decoded((10, 0, 0.3), (30, 0, 0.3), (80, 0, 0.4)) == pytest.approx([30, 0], abs=1e-3)
    half = decoded((30, 0, 0.5), (0, 30, 0.5))
    assert half[0] == pytest.approx(half[1]) and np.hypot(*half) == pytest.approx(
        30 * np.sqrt(0.5) / 0.96, abs=0.01
    )
    # Opposite hues say nothing, and grey has no hue.
    assert np.hypot(*decoded((30, 0, 0.5), (-30, 0, 0.5))) < 1e-3
    assert np.hypot(*decoded((0, 0, 0.6), (40, 0, 0.4))) == 0
    assert decoded((0, 0, 0.4), (40, 0, 0.6)) == pytest.approx([40, 0], abs=1e-3)


def test_decoding_undoes_encoding_of_a_bin():
    ab = torch.tensor([[30.0, -50.0]])
    bins, weights = soft_encode(ab)
    dense = torch.zeros(1, N_BINS).scatter(1, bins, weights).view(1, N_BINS, 1, 1)
    assert torch.allclose(decode(dense).flatten(), ab.flatten(), atol=0.1)


def test_rebalancing_weights():
    frequencies = np.random.default_rng(0).random(N_BINS) ** 4
    weights = rebalancing_weights(frequencies)
    r = frequencies / frequencies.sum()
    assert np.isclose((r * weights).sum(), 1)
    ratio = weights * (0.5 * r + 0.5 / 313)
    assert np.allclose(ratio, ratio[0])
    assert weights[r.argmin()] == weights.max() and weights[r.argmax()] == weights.min()


@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
def test_true_ab_and_true_luma_give_the_true_colour(matrix, rgb):
    kr, kb = LUMA_WEIGHTS[matrix]
    luma = rgb @ np.array([kr, 1 - kr - kb, kb])
    ab = rgb_to_lab(rgb)[..., 1:]
    exact = rgb_of_luma_chroma(luma, exact_chroma_of_ab(luma, ab, matrix), matrix)
    assert np.abs(exact - rgb).max() < 1e-4
    fast = rgb_of_luma_chroma(luma, chroma_of_ab(luma, ab, matrix), matrix)
    assert np.abs(fast - rgb).mean() < 0.002
    assert np.quantile(np.abs(fast - rgb), 0.999) < 0.03


def test_colours_outside_the_gamut_keep_luma_and_hue():
    luma = np.full((1, 1), 0.9, np.float32)
    blue = np.array([[[40, -100]]], np.float32)  # no such bright blue exists
    chroma = chroma_of_ab(luma, blue, "bt709")
    rgb = rgb_of_luma_chroma(luma, chroma, "bt709")[0, 0]
    kr, kb = LUMA_WEIGHTS["bt709"]
    assert np.isclose(rgb @ [kr, 1 - kr - kb, kb], 0.9, atol=1e-5)
    free = exact_chroma_of_ab(luma, blue, "bt709")[0, 0]
    assert np.allclose(chroma[0, 0] / np.linalg.norm(chroma), free / np.linalg.norm(free), atol=0.02)
    assert rgb[2] > 0.99


def test_grey_has_no_chroma():
    luma = np.linspace(0, 1, 50, dtype=np.float32)[None]
    chroma = chroma_of_ab(luma, np.zeros((1, 50, 2), np.float32), "bt601")
    assert np.abs(chroma).max() < 1e-4


def test_luma_of_primaries():
    primaries = np.eye(3, dtype=np.uint8)[None] * 255
    assert luma_of_rgb(primaries, "bt601").tolist() == [[76, 150, 29]]
    assert luma_of_rgb(primaries, "bt709").tolist() == [[54, 182, 18]]
