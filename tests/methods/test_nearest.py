"""Baseline of the nearest training frame."""

import numpy as np
import pytest
import torch

from cartoonize.errors import CheckpointError
from cartoonize.learning.samples import Samples
from cartoonize.methods.baselines.nearest import Nearest
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.member import load_member
from cartoonize.methods.registry import VARIANTS


def pictures(n, seed=0):
    """Return pictures of random blocks."""
    blocks = np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 3), np.uint8)
    return blocks.repeat(32, 1).repeat(32, 2)


@pytest.fixture
def samples():
    return Samples(pictures(7))


def test_it_finds_the_same_frame(samples):
    module = Nearest()
    module.fit(samples.whole_frames(1000))
    for number, (luminance, ab) in enumerate(samples.whole_frames(1000)):
        assert module.find(luminance).tolist() == [number]
        error = (module(luminance) - ab).abs()
        inside = error.reshape(2, 8, 32, 8, 32)[:, :, 2:-2, :, 2:-2]
        assert inside.max() <= 0.51  # rounding, except at the seams of blocks


def test_a_batch_equals_its_frames_one_by_one(samples):
    module = Nearest()
    module.fit(samples.whole_frames(5))
    assert len(module.thumbnails) == 5
    batch = torch.cat([luminance for luminance, _ in samples.whole_frames(7)])
    together = module(batch)
    assert all(torch.equal(module(one[None])[0], whole) for one, whole in zip(batch, together, strict=True))


def test_it_finds_another_print_of_a_frame(samples):
    module = Nearest()
    module.fit(samples.whole_frames(7))
    luminance, _ = list(samples.whole_frames(7))[4]
    assert module.find(luminance * 0.9 + 0.02 + torch.rand(luminance.shape) * 0.02).tolist() == [4]


def test_a_checkpoint_reproduces_the_colours(samples, tmp_path):
    module = VARIANTS["nearest"].build()
    module.fit(samples.whole_frames(7))
    path = tmp_path / "nearest.safetensors"
    write_checkpoint(path, module.state_dict(), {"variant": "nearest", "luminance": "cielab"})
    member = load_member(path)
    assert member.luminance == "cielab" and member.module.colors.dtype == torch.int8
    luminance, _ = next(samples.whole_frames(7))
    assert torch.equal(member.predict(luminance[:, 0] * 100), module(luminance))


def test_weights_of_another_shape_are_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    tensors = {"thumbnails": torch.zeros(3, 16, 16), "colors": torch.zeros(3, 2, 128, 128)}
    write_checkpoint(path, tensors, {"variant": "nearest"})
    with pytest.raises(CheckpointError, match="do not fit nearest"):
        load_member(path)


def test_the_checkpoint_is_bounded():
    assert VARIANTS["nearest"].n_fitted <= 1000
    per_frame = sum(b[0].numel() * b.element_size() for b in _filled().buffers())
    assert per_frame * VARIANTS["nearest"].n_fitted < 50e6


def _filled():
    module = Nearest()
    module.fit(Samples(pictures(1)).whole_frames(1))
    return module
