"""Flicker and warp error: colours that change on still pixels or do not follow the motion."""

import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab

from cartoonize.color.lab import lab_to_rgb, quantize
from cartoonize.metrics import FrameColors, Pair, Reference
from cartoonize.metrics.flicker import OwnFlicker, StaticFlicker
from cartoonize.metrics.warp import WarpError
from cartoonize.optical_flow import flow_from
from tests.support.cartoons import cartoon, noisy, recolored, score_of


def flicker(*pairs):
    return score_of(StaticFlicker(), *pairs)["static_flicker"]


def own_flicker(*pairs):
    return score_of(OwnFlicker(), *pairs)["static_flicker_own"]


def warp_error(*pairs):
    return score_of(WarpError(), *pairs)["warp_error"]


def halves(swap):
    """Draw two halves of one grey in two colours, which can be swapped."""
    lab = np.zeros((32, 32, 3), np.float32)
    lab[..., 0] = 55
    lab[:, :16, 1:], lab[:, 16:, 1:] = ((25, 10), (-25, 10)) if swap else ((-25, 10), (25, 10))
    return quantize(lab_to_rgb(lab))


def still_luma(frames):
    """Return pairs of a constant grey reference and each frame."""
    return [(np.full((32, 32, 3), 130, np.uint8), frame) for frame in frames]


def test_flicker_detects_swapped_colours_that_histograms_do_not():
    swapping = [halves(i % 2) for i in range(6)]
    histograms = [np.histogramdd(frame.reshape(-1, 3), bins=16)[0] for frame in swapping]
    assert all((histograms[0] == histogram).all() for histogram in histograms)
    assert flicker(*still_luma(swapping)) == pytest.approx(50, abs=1)
    assert flicker(*still_luma([halves(False)] * 6)) == 0


def growing_frames():
    frames = []
    for i in range(4):
        reference = cartoon(0, (24, 24))
        reference[4 : 8 + 2 * i, 6:9] = 200
        reference = recolored(reference, noisy(i, 0.5))
        frames.append((reference, recolored(reference, noisy(10 + i, 5))))
    return frames


def literal_flicker(frames, of_luma, minus_reference):
    total, n = 0.0, 0
    for last, now in zip(frames, frames[1:], strict=False):
        lumas = [cv2.cvtColor(pair[of_luma], cv2.COLOR_RGB2GRAY).astype(int) for pair in (last, now)]
        labs = [[rgb2lab(f)[..., 1:] for f in pair] for pair in (last, now)]
        for y in range(24):
            for x in range(24):
                around = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
                if np.abs(lumas[0][around] - lumas[1][around]).max() <= 1:
                    total += np.linalg.norm(labs[1][1][y, x] - labs[0][1][y, x])
                    if minus_reference:
                        total -= np.linalg.norm(labs[1][0][y, x] - labs[0][0][y, x])
                    n += 1
    assert 0 < n < 3 * 24 * 24
    return total / n


def test_flicker_equals_its_definition():
    frames = growing_frames()
    assert flicker(*frames) == pytest.approx(literal_flicker(frames, 0, True), abs=1e-9)
    assert own_flicker(*frames) == pytest.approx(literal_flicker(frames, 1, False), abs=1e-9)


def test_flicker_ignores_changes_of_the_original_and_motion():
    flickering = [cartoon(2) if i % 2 else recolored(cartoon(2), lambda ab: ab + 3) for i in range(4)]
    assert flicker(*[(f, f) for f in flickering]) == 0
    moving = [np.full((32, 32, 3), 20 * i, np.uint8) for i in range(6)]
    assert np.isnan(flicker(*[(m, halves(i % 2)) for i, m in enumerate(moving)]))


def with_chroma(cb, cr):
    """Return an RGB picture of constant luma with these chromas."""
    ycc = np.full((32, 32, 3), 130, np.uint8)
    ycc[..., 1], ycc[..., 2] = 128 + cr, 128 + cb
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB)


def test_own_flicker_needs_no_reference():
    chroma = np.full((32, 32), 20)
    chroma[:, 16:] = -20
    swapping = [with_chroma(0, chroma * (-1) ** i) for i in range(4)]
    # The reference has no influence.
    references = [cartoon(i, (32, 32)) for i in range(4)]
    values = [own_flicker(*zip(r, swapping, strict=True)) for r in (references, [swapping[0]] * 4)]
    assert values[0] == values[1] > 30
    assert own_flicker(*[(swapping[0], swapping[1])] * 4) == 0
    growing = [
        own_flicker(*[(references[0], with_chroma(0, k * (-1) ** i)) for i in range(3)])
        for k in (0, 4, 10, 25)
    ]
    assert growing == sorted(growing) and growing[0] == 0 and growing[-1] > 20


def test_own_flicker_by_stored_luma_detects_clipped_colours():
    luma = np.full((32, 32), 225, np.uint8)
    frames = []
    for cr in (0, 70, 0):
        ycc = np.stack([luma, np.full_like(luma, 128 + cr), np.full_like(luma, 128)], -1)
        frames.append(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))
    reference, metric, values = Reference(FrameColors.of(cartoon(0, (32, 32)))), OwnFlicker(), []
    for stored in (None, luma):
        colors = [FrameColors.of(frame, luma=stored) for frame in frames]
        with_before = Reference(reference.colors, reference.colors)
        pairs = [Pair(with_before, b, a) for a, b in zip(colors, colors[1:], strict=False)]
        values.append(metric.scores(sum(np.array(metric.sums(pair)) for pair in pairs)))
    assert np.isnan(values[0]["static_flicker_own"]) and values[1]["static_flicker_own"] > 10


def texture(size=96):
    noise = np.random.default_rng(5).normal(0, 1, (size, size)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return 60 + 20 * smooth / np.abs(smooth).max()


def moving_square(index, colors_follow):
    """Draw a textured square that moves 2 pixels a frame over a still texture; its colours may stay."""
    at = 16 + 2 * index
    lab = np.zeros((96, 96, 3), np.float32)
    lab[..., 0] = texture()
    lab[24:72, at : at + 48, 0] = texture()[40:88, 40:88] + 15
    lab[..., 1:] = (20, -10)
    x = np.arange(48) if colors_follow else np.arange(at, at + 48)
    lab[24:72, at : at + 48, 1] = 30 * np.sin(x / 4)
    return quantize(lab_to_rgb(lab))


def test_warp_error_detects_colours_that_stay_behind_and_static_flicker_does_not():
    originals = [moving_square(i, True) for i in range(6)]
    right = [(f, f) for f in originals]
    left_behind = [(f, moving_square(i, False)) for i, f in enumerate(originals)]
    assert abs(flicker(*left_behind)) < 0.05  # still pixels keep their colours
    assert warp_error(*right) < 0.5 * warp_error(*left_behind)


def test_warp_error_follows_motion_and_a_frame_difference_does_not():
    wide = cv2.resize(cartoon(4, (96, 128), 10), (256, 192), interpolation=cv2.INTER_CUBIC)
    panning = [wide[:, 2 * i : 2 * i + 192] for i in range(5)]
    naive = np.mean(
        [
            np.linalg.norm(rgb2lab(b)[..., 1:] - rgb2lab(a)[..., 1:], axis=-1).mean()
            for a, b in zip(panning, panning[1:], strict=False)
        ]
    )
    assert warp_error(*[(f, f) for f in panning]) < 0.3 * naive


def test_warp_error_of_still_frames_is_the_change_of_ab():
    frame = cartoon(1)
    pairs = [(frame, recolored(frame, noisy(i, 4))) for i in range(3)]
    changes = [
        np.linalg.norm(rgb2lab(b[1])[..., 1:] - rgb2lab(a[1])[..., 1:], axis=-1).mean()
        for a, b in zip(pairs, pairs[1:], strict=False)
    ]
    assert warp_error(*pairs) == pytest.approx(np.mean(changes), abs=1e-9)


def test_flow_finds_a_shift_and_the_uncovered_area():
    picture = np.rint(3 * texture(160)[:128] - 100).astype(np.uint8)
    flow = flow_from(picture[:, 8:136].copy(), picture[:, 12:140].copy())
    # A pixel at x was at x - 4 in the previous frame.
    seen = flow.vectors[16:-16, 24:-24][flow.visible[16:-16, 24:-24]]
    assert np.median(seen[:, 0]) == pytest.approx(-4, abs=0.3)
    assert not flow.visible[:, :3].any()  # entered from outside
    assert flow.visible[:, 24:].mean() > 0.9


def test_flow_does_not_depend_on_the_number_of_threads():
    one, other = (cv2.cvtColor(cartoon(i, (256, 256), 12), cv2.COLOR_RGB2GRAY) for i in (1, 2))
    n_threads, flows = cv2.getNumThreads(), []
    try:
        for n in (1, 2, 5):
            cv2.setNumThreads(n)
            flows.append(flow_from(one, other))
    finally:
        cv2.setNumThreads(n_threads)
    assert all((flow.vectors == flows[0].vectors).all() for flow in flows)
    assert (flows[0].vectors != 0).any()
