"""Copies to a GPU that do not wait for the work that it does already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def copied(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on a device. From pinned memory, a GPU copies while it computes."""
    if device.type != "cuda":
        return tensor.to(device)
    pinned = tensor if tensor.is_pinned() else tensor.pin_memory()
    return pinned.to(device, non_blocking=True)


@contextmanager
def own_stream(device: torch.device) -> Iterator[Callable[[], torch.cuda.Event | None]]:
    """Give the work of this thread in the block a stream of its own on a GPU.

    On the default stream, it would wait for everything that other threads have queued there before.

    Yields
    ------
    callable
        Returns an event that happens when all work so far is done; None on a CPU, which has no streams.
    """
    if device.type != "cuda":
        yield lambda: None
        return
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    with torch.cuda.stream(stream):
        yield stream.record_event
