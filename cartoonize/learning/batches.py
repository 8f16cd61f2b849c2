"""Batches of a training, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import torch
from torch import Tensor, nn

from cartoonize.devices import is_out_of_memory
from cartoonize.errors import CartoonizeError
from cartoonize.learning.losses import Loss
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.samples import Samples
from cartoonize.learning.transfer import copied, own_stream


class Batch(NamedTuple):
    """Training frames as tensors."""

    number: int
    inputs: Tensor
    """L x 0.01, (n, 1, 224, 224)."""
    ab: Tensor
    """True colours, (n, 2, 56, 56) or larger."""
    labels: Tensor
    """Class of each frame, (n,); -1 without labels."""
    made: torch.cuda.Event | None = None
    """On a GPU: event that happens when the tensors are there."""

    def received(self) -> Batch:
        """Return the batch, whose tensors this thread may use from now on."""
        if self.made is not None:
            stream = torch.cuda.current_stream()
            stream.wait_event(self.made)
            for tensor in (self.inputs, self.ab, self.labels):
                tensor.record_stream(stream)  # their memory is not used again before
        return self

    def split(self, n: int) -> Iterator[Batch]:
        """Yield the batch in at most ``n`` pieces of nearly equal size."""
        if n == 1:
            yield self
            return
        for rows in torch.arange(len(self.ab), device=self.ab.device).chunk(n):
            yield Batch(self.number, self.inputs[rows], self.ab[rows], self.labels[rows])


def training_batches(
    samples: Samples, size: int, *, first_update: int, n_own: int, device: torch.device, group: ProcessGroup
) -> Iterator[Batch]:
    """Yield the batches of this process without end. A consumer in another thread calls `Batch.received`.

    Parameters
    ----------
    samples : Samples
    size : int
        Frames of a batch.
    first_update : int
        Update that the first batch belongs to.
    n_own : int
        Batches of each process in an update. The first process has the first batches of the update, the next
        process the next ones, and so on.
    device : torch.device
    group : ProcessGroup

    Raises
    ------
    CartoonizeError
        If memory is too small for a batch. It is not taken for an error of the network, after which smaller
        pieces of the same batch are tried.
    """
    with own_stream(device) as mark:
        for update in count(first_update):
            start = (update * group.size + group.rank) * n_own
            for number in range(start, start + n_own):
                batch = _batch(samples, number, size, device)
                yield batch._replace(made=mark())


def _batch(samples: Samples, number: int, size: int, device: torch.device) -> Batch:
    try:
        inputs, ab = samples.batch(number, size, device)
        labels = copied(samples.labels_of(number, size), device)
        return Batch(number, inputs.contiguous(memory_format=torch.channels_last), ab, labels)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise CartoonizeError(
            f"memory is too small to load a batch of {size} frames", "Use a smaller --batch-size."
        ) from error


def loss_of(model: nn.Module, batch: Batch, loss: Loss | None) -> Tensor:
    """Return the loss of a batch, or, if ``loss`` is None, the value of the model's own method ``loss``."""
    if loss is None:
        own: Tensor = model.loss(batch.inputs, batch.ab, batch.labels)  # type: ignore[operator]
        return own
    return loss(model(batch.inputs), batch.ab)
