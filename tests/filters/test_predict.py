"""Batches that do not fit into memory are halved, and the colours stay the same."""

import numpy as np
import pytest
import torch

from cartoonize.color.lab import lightness_on_grid
from cartoonize.errors import CartoonizeError
from cartoonize.filters.predict import PredictOptions, batches_at_once, predict_frames
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.methods.registry import find_variant


class Greedy(torch.nn.Module):
    """Predict a colour from the mean lightness; fail for more drawings than ``most`` at a time."""

    def __init__(self, most, error):
        super().__init__()
        self.most, self.error, self.seen = most, error, []

    def forward(self, inputs):
        self.seen.append(len(inputs))
        if len(inputs) > self.most:
            raise self.error
        return inputs.mean((1, 2, 3))[:, None, None, None].expand(-1, 2, 56, 56)


def colors(module, n=8):
    member = Member("greedy", find_variant("plain-l2"), module)
    frames = (
        Frame(k, k, grey := np.full((32, 32), 20 * k, np.uint8), grey, drawing=k, shot=0) for k in range(n)
    )
    options = PredictOptions(device="cpu")
    return np.stack([frame.ab for frame in predict_frames(frames, [member], options=options)])


@pytest.fixture
def one_thread():
    n = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n)


CPU_ERROR = RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory")


OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory."),
    CPU_ERROR,
    MemoryError(),
    torch.AcceleratorError("CUDA error: out of memory"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=str)
def test_batches_are_halved_until_they_fit(one_thread, error):
    expected = colors(Greedy(99, error))
    greedy = Greedy(1, error)
    assert (colors(greedy) == expected).all()
    assert greedy.seen == [4, 2, 1, 1, 1, 1, 1, 1, 1, 1]  # later batches begin with the small size


def test_a_drawing_that_does_not_fit_is_an_error(one_thread):
    with pytest.raises(CartoonizeError, match=r"frame 0: memory is too small.*--device cpu"):
        colors(Greedy(0, MemoryError()))


def test_other_errors_are_raised(one_thread):
    with pytest.raises(RuntimeError, match="shape"):
        colors(Greedy(1, RuntimeError("shape mismatch")))


def test_descriptors_come_with_histograms_on_the_same_grid():
    class Describes(torch.nn.Module):
        def described(self, lightness):
            level = lightness.mean((1, 2))[:, None, None, None] / 100
            return torch.full((len(lightness), 313, 28, 28), 1 / 313), level.expand(-1, 5, 28, 28)

    describing = Member("describes", find_variant("region-knn"), Describes())
    member = Member("greedy", find_variant("plain-l2"), Greedy(99, MemoryError()))
    greys = [np.full((32, 32), 100 * k, np.uint8) for k in range(3)]
    frames = [Frame(k, k, grey, grey, drawing=k, shot=0) for k, grey in enumerate(greys)]
    options = PredictOptions(device="cpu")
    for members, side in (([member, describing], 56), ([describing], 28)):
        for k, frame in enumerate(predict_frames(frames, members, options=options, layer="histogram")):
            assert frame.histogram.shape == (313, side, side) and frame.descriptors.shape == (5, side, side)
            assert np.allclose(frame.histogram.sum(0), 1, atol=1e-4)
            assert np.allclose(frame.descriptors, lightness_on_grid(greys[k], 1, 1) / 100, atol=1e-3)
    (frame, *_) = predict_frames(frames, [member], options=options, layer="histogram")
    assert frame.descriptors is None


@pytest.mark.parametrize(
    "device, names, expected",
    [
        ("cpu", ["plain"], 12),
        ("cuda", ["plain"], 4),
        ("cuda", ["plain", "welsh"], 4),
        ("cuda", ["welsh", "lookup"], 12),  # they compute on the CPU
    ],
)
def test_cores_and_gpus_get_as_many_batches_as_suit_them(monkeypatch, device, names, expected):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 12)
    monkeypatch.setattr("cartoonize.devices.pick_device", torch.device)
    assert batches_at_once(device, [find_variant(name) for name in names]) == expected
