"""Several processes, simulated by threads, compute what one process does."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import torch
from torch import nn

from cartoonize.learning.gradient_sync import running_statistics, synchronize
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from tests.support.trainers import run_trainer


@dataclass(frozen=True)
class ThreadGroup(ProcessGroup):
    """A group of threads, which sums tensors in shared memory."""

    barrier: threading.Barrier | None = None
    contributions: list = field(default_factory=list)

    def all_reduce(self, tensors):
        self.contributions[self.rank] = [tensor.clone() for tensor in tensors]
        self.barrier.wait(60)
        for position, tensor in enumerate(tensors):
            tensor.copy_(sum(other[position] for other in self.contributions))
        self.barrier.wait(60)


class DoubleNetwork(nn.Module):
    """A small network in double precision, so that rounding does not hide other differences."""

    def __init__(self):
        super().__init__()
        layers = nn.Conv2d(1, 6, 4, 4), nn.ReLU(), nn.BatchNorm2d(6), nn.Conv2d(6, 2, 3, padding=1)
        self.network = nn.Sequential(*layers).double()

    def forward(self, inputs):
        return self.network(inputs.double())


@pytest.mark.parametrize("size", [2, 4])
def test_a_group_computes_what_one_process_does(pictures, size):
    samples = Samples(pictures[:8])
    settings = {
        "schedule": Schedule(epochs=3, batch_size=2, accumulate=4),
        "loss": lambda predicted, ab: ((predicted - ab) / 110).square().mean(),
        "ema": 0.5,
    }
    torch.manual_seed(0)
    start = DoubleNetwork()
    alone = copy.deepcopy(start)
    expected = run_trainer(alone, samples, **settings)

    barrier, contributions, saved = threading.Barrier(size), [None] * size, []
    models = [copy.deepcopy(start) for _ in range(size)]

    def work(rank):
        group = ThreadGroup(rank, size, barrier=barrier, contributions=contributions)
        return run_trainer(
            models[rank],
            samples,
            group=group,
            write_state=lambda tensors, progress: saved.append(rank),
            **settings,
        )

    with ThreadPoolExecutor(size) as pool:
        done = list(pool.map(work, range(size)))
    assert set(saved) == {0}  # the first process alone saves and validates
    assert [len(progress.validations) for progress in done] == [len(expected.validations), *[0] * (size - 1)]
    assert all(progress.losses == pytest.approx(expected.losses, rel=1e-5) for progress in done)
    for name, tensor in alone.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        ours = [model.state_dict()[name] for model in models]
        assert torch.allclose(ours[0], tensor, rtol=1e-7, atol=1e-9), name
        assert all(torch.equal(ours[0], theirs) for theirs in ours), name


def test_running_statistics_are_those_of_the_whole_sequence():
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(3, 5, 4, 4, generator=generator) * k + k for k in range(1, 7)]
    alone = nn.Sequential(nn.BatchNorm2d(5, momentum=0.3), nn.Conv2d(5, 1, 1))
    alone(torch.ones(1, 5, 2, 2))  # statistics before the update
    start = copy.deepcopy(alone)
    for batch in batches:
        alone(batch)

    barrier, contributions = threading.Barrier(3), [None] * 3

    def work(rank):
        model = copy.deepcopy(start)
        before = running_statistics(model)
        for batch in batches[2 * rank : 2 * rank + 2]:
            model(batch)
        synchronize(model, before, 2, ThreadGroup(rank, 3, barrier=barrier, contributions=contributions))
        return model[0]

    with ThreadPoolExecutor(3) as pool:
        for norm in pool.map(work, range(3)):
            assert torch.allclose(norm.running_mean, alone[0].running_mean, rtol=1e-5)
            assert torch.allclose(norm.running_var, alone[0].running_var, rtol=1e-5)
            assert norm.num_batches_tracked == alone[0].num_batches_tracked == 7
