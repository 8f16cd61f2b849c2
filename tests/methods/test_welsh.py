"""Welsh 2002: colours by luminance and texture, from a reference, a training frame or swatches."""

import numpy as np
import pytest
import torch

from cartoonize.methods.classical.welsh.welsh import (
    GRID,
    Welsh,
    local_deviation,
    sample,
    transfer,
    transfer_swatches,
)
from cartoonize.methods.member import load_member
from cartoonize.methods.registry import VARIANTS
from tests.support.references import reference_of

SIZE = 128


def stripes(levels, colors, size=SIZE):
    """Draw flat stripes side by side: lightness (size, size) and ab."""
    which = np.arange(size) * len(levels) // size
    lightness = np.broadcast_to(np.float32(levels)[which], (size, size)).copy()
    ab = np.broadcast_to(np.float32(colors)[which], (size, size, 2)).copy()
    return lightness, ab


LEVELS, COLORS = (20, 50, 90), ((50, 30), (-40, 20), (0, -60))


def tensors(lightness, ab):
    return torch.from_numpy(lightness / 100)[None, None], torch.from_numpy(ab).permute(2, 0, 1)[None]


def test_a_picture_gets_its_own_colours_back():
    lightness, ab = stripes(LEVELS, COLORS)
    result = transfer(lightness, sample(lightness, ab))
    assert result.dtype == np.float32
    flat = local_deviation(lightness) == 0
    assert np.array_equal(result[flat], ab[flat]) and flat.mean() > 0.9


def test_a_print_with_other_brightness_and_contrast_gets_the_same_colours():
    lightness, ab = stripes(LEVELS, COLORS)
    result = transfer(lightness * 0.5 + 11, sample(lightness, ab))
    flat = local_deviation(lightness) == 0
    assert np.array_equal(result[flat], ab[flat])  # luminance is matched in mean and deviation


def test_deviation_distinguishes_areas_of_equal_luminance():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 12, (SIZE, SIZE // 2)).astype(np.float32)
    lightness = np.full((SIZE, SIZE), 50, np.float32)
    lightness[:, SIZE // 2 :] += noise - noise.mean()
    ab = np.zeros((SIZE, SIZE, 2), np.float32)
    ab[:, : SIZE // 2], ab[:, SIZE // 2 :] = (40, 0), (-40, 0)
    result = transfer(lightness[:, ::-1], sample(lightness, ab))
    assert (result[:, 4 : SIZE // 2 - 4, 0] < 0).mean() > 0.9  # the rough half is on the left now
    assert (result[:, SIZE // 2 + 4 :, 0] > 0).all()


def test_there_is_one_jittered_sample_in_each_cell():
    lightness = np.arange(GRID * GRID, dtype=np.float32).reshape(GRID, GRID).repeat(10, 0).repeat(10, 1)
    taken = sample(lightness, np.zeros((*lightness.shape, 2), np.float32))
    assert taken.samples.shape == (GRID * GRID, 4)
    assert sorted(taken.samples[:, 0]) == list(range(GRID * GRID))


def test_local_deviation_uses_windows_of_five_by_five():
    picture = np.random.default_rng(0).random((20, 20)).astype(np.float32) * 100
    assert local_deviation(picture)[7, 9] == pytest.approx(picture[5:10, 7:12].std(), rel=1e-5)


def test_swatches_colour_the_regions_of_the_same_texture():
    lightness = np.full((SIZE, SIZE), 60, np.float32)  # two rooms of equal mean luminance
    lightness[:, ::2][:, SIZE // 4 :] = 30  # the right one is striped
    lightness[:, 1::2][:, SIZE // 4 :] = 90
    reference = reference_of(*stripes((60, 60), ((50, 0), (0, -50))))
    left, right = (0.1, 0.1, 0.2, 0.2), (0.7, 0.7, 0.2, 0.2)
    half, other = (0.0, 0.0, 0.4, 1.0), (0.6, 0.0, 0.4, 1.0)
    for swatches, expected in (
        ([(left, half), (right, other)], ((50, 0), (0, -50))),
        ([(left, other), (right, half)], ((0, -50), (50, 0))),
    ):
        result = transfer_swatches(lightness, reference, swatches)
        assert np.array_equal(result[64, 30], np.float32(expected[0]))
        assert np.array_equal(result[20, 100], np.float32(expected[1]))
        inside = np.abs(result[:, :60] - np.float32(expected[0])).sum(-1)
        assert (inside == 0).all()
    module = Welsh([reference], swatches)
    shown = module(torch.from_numpy(lightness / 100)[None, None]).numpy()[0]
    assert np.array_equal(shown.transpose(1, 2, 0)[64, 30], np.float32(expected[0]))


def test_swatches_of_one_pixel_and_of_the_whole_picture():
    lightness, ab = stripes(LEVELS, COLORS)
    reference = reference_of(lightness, ab)
    tiny, whole = (0.999, 0.999, 0.001, 0.001), (0.0, 0.0, 1.0, 1.0)
    assert np.isfinite(transfer_swatches(lightness, reference, [(tiny, tiny)])).all()
    assert np.isfinite(transfer_swatches(lightness, reference, [(whole, whole)])).all()


def test_the_nearest_training_frame_is_the_reference(tmp_path):
    from cartoonize.methods.checkpoint import write_checkpoint

    lightness, ab = stripes(LEVELS, COLORS)
    frames = [
        tensors(lightness, ab),
        tensors(lightness[:, ::-1].copy(), -ab),
        tensors(lightness.T.copy(), ab * 0),
    ]
    module = VARIANTS["welsh"].build()
    module.fit(frames)
    flat = torch.from_numpy(local_deviation(lightness) == 0)
    result = module(frames[0][0])
    assert torch.equal(result[0][:, flat], frames[0][1][0][:, flat])
    assert module(frames[2][0]).abs().max() == 0
    path = tmp_path / "welsh.safetensors"
    write_checkpoint(path, module.state_dict(), {"variant": "welsh", "luminance": "grey"})
    loaded = load_member(path, dtype=torch.bfloat16)  # bfloat16 applies to networks only
    assert loaded.module.samples.shape == (3, GRID * GRID, 4)
    assert torch.equal(loaded.predict(frames[0][0][:, 0] * 100), result)


def test_a_flat_picture_has_one_colour():
    lightness, ab = stripes(LEVELS, COLORS)
    result = transfer(np.full((32, 32), 40, np.float32), sample(lightness, ab))
    assert len(np.unique(result.reshape(-1, 2), axis=0)) == 1
    flat = sample(np.full((32, 32), 40, np.float32), np.full((32, 32, 2), 7, np.float32))
    assert np.array_equal(transfer(lightness, flat), np.full((SIZE, SIZE, 2), 7))
