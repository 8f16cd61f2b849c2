"""Devices and precisions, on machines with and without GPUs. The GPUs are pretended."""

import pytest
import torch

from cartoonize.devices import autocast, pick_device, pick_dtype
from cartoonize.errors import UsageError

AMPERE, TURING, PASCAL = (8, 0), (7, 5), (6, 1)
GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture
def gpus(monkeypatch):
    """Return a function that pretends that there are GPUs. It returns a list of those that become current."""
    current = []
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32

    def pretend(n, capability=AMPERE):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: n > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: n)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: capability >= AMPERE)
        return current

    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    yield pretend
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


@pytest.mark.parametrize("name, expected", [("auto", "cuda"), ("cuda", "cuda"), ("cpu", "cpu")])
def test_the_gpu_is_used_if_there_is_one(gpus, name, expected):
    current = gpus(2)
    assert pick_device(name) == torch.device(expected) and current == []


def test_a_gpu_is_chosen_by_its_number(gpus):
    current = gpus(2)
    assert pick_device("cuda:1") == torch.device("cuda", 1)
    assert current == [1]


def test_without_a_gpu_the_cpu_is_used(gpus):
    gpus(0)
    assert pick_device("auto") == CPU


@pytest.mark.parametrize(
    "n, name, words",
    [
        (0, "cuda", "no CUDA device"),
        (0, "cuda:0", "no CUDA device"),
        (2, "cuda:2", "no GPU 2"),
        (2, "cuda:x", "unknown device 'cuda:x'"),
        (2, "cuda:", "unknown device 'cuda:'"),
        (2, "cpu:0", "unknown device 'cpu:0'"),
        (2, "tpu", "unknown device 'tpu'"),
    ],
)
def test_a_device_that_is_not_there_is_a_clear_error(gpus, n, name, words):
    gpus(n)
    with pytest.raises(UsageError, match=words):
        pick_device(name)


@pytest.mark.parametrize("name, keeps", [("cuda", False), ("cpu", True)])
def test_float32_is_not_tf32(gpus, name, keeps):
    gpus(1)
    pick_device(name)
    assert torch.backends.cudnn.allow_tf32 is torch.backends.cuda.matmul.allow_tf32 is keeps


@pytest.mark.parametrize(
    "capability, expected", [(AMPERE, torch.bfloat16), (TURING, torch.float16), (PASCAL, torch.float32)]
)
def test_the_precision_suits_the_gpu(gpus, capability, expected):
    gpus(1, capability)
    assert pick_dtype("auto", GPU) == expected


@pytest.mark.parametrize("has_bfloat16, expected", [(True, torch.bfloat16), (False, torch.float32)])
def test_the_precision_suits_the_cpu(monkeypatch, has_bfloat16, expected):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_bfloat16)
    assert pick_dtype("auto", CPU) == expected


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_precision_that_is_asked_for_is_used(precision):
    dtype = pick_dtype(precision, CPU)
    assert dtype == getattr(torch, precision)
    with autocast(CPU, dtype):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
