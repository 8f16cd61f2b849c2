"""Processes that do one piece of work together, on one machine or many, as ``torchrun`` starts them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from cartoonize.errors import CartoonizeError, UsageError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

#: How long a process waits for the others, at most: for a cache to be built, for a validation.
_PATIENCE = timedelta(hours=1)
#: Seconds for which one that has nothing to say waits before it ends: torchrun then ends all others at once,
#: also the one that is about to say what happened.
GRACE = 1.0


@dataclass(frozen=True)
class ProcessGroup:
    """The place of a process among those that work together; alone, it is the first and only one.

    Only the first prints, writes and holds locks. All have to make the same calls in the same order.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    """Among those on the same machine."""

    @property
    def first(self) -> bool:
        """Whether this process is the one that prints and writes."""
        return self.rank == 0

    def own(self, device: torch.device) -> torch.device:
        """Return this process's own device of a kind: on a machine with several GPUs, each has one.

        Raises
        ------
        UsageError
            If there are more processes than GPUs.
        """
        import torch

        if self.size == 1 or device.type != "cuda":
            return device
        n_devices = torch.cuda.device_count()
        if self.local_rank >= n_devices:
            raise UsageError(
                f"a machine has {n_devices} GPU(s), too few for its processes",
                f"Start torchrun with --nproc-per-node {n_devices}, or use --device cpu.",
            )
        torch.cuda.set_device(self.local_rank)
        return torch.device("cuda", self.local_rank)

    def share(self, value: T) -> T:
        """Return the first process's value (anything that pickles) in all of them."""
        if self.size == 1:
            return value
        import torch
        import torch.distributed as dist

        box = [value if self.first else None]
        with _reachable():
            dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]  # type: ignore[return-value]

    def total(self, *numbers: float) -> list[float]:
        """Return the sums of numbers over all processes, in double precision."""
        if self.size == 1:
            return list(numbers)
        import torch

        sums = torch.tensor(numbers, dtype=torch.float64)
        self.add_up([sums])
        return sums.tolist()

    def in_turn(self, work: Callable[[], T]) -> T:
        """Do the same in all processes, in the others only when the first is done: they find its files."""
        if self.first:
            done = work()
            self.total(0)  # lets the others go on
            return done
        self.total(0)
        return work()

    def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace tensors, all on one device and of one type, by their sums over all processes.

        They travel as one vector. Afterwards they are the same to the last bit in all processes.
        """
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        vector = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _reachable():
            dist.all_reduce(vector)
        parts = torch.split(vector, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))


ALONE = ProcessGroup()


@contextmanager
def join() -> Iterator[ProcessGroup]:
    """Join the other processes that ``torchrun`` started; a process that it did not start is a crew of one.

    They talk by gloo between CPUs and by NCCL between GPUs. Where one fails, the others soon find it gone.
    The first to fail lets its exception through; all others end with an exit code and without a word,
    whatever befell them. So there is one message, the one that matters.

    Raises
    ------
    CartoonizeError
        If the others cannot be found.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield ProcessGroup()
        return
    import torch
    import torch.distributed as dist
    from torch.distributed.rendezvous import rendezvous

    try:
        store, rank, size = next(rendezvous("env://", timeout=_PATIENCE))
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise CartoonizeError(
            f"the other processes cannot be found ({next(iter(str(error).splitlines()), '')})",
            "Start all of them by torchrun, or unset WORLD_SIZE to work alone.",
        ) from error
    try:
        yield ProcessGroup(rank, size, int(os.environ.get("LOCAL_RANK", rank)))
    except (Exception, KeyboardInterrupt) as error:
        if not _is_first_to_fail(store):
            time.sleep(GRACE)
            raise SystemExit(_exit_code(error)) from None
        raise
    finally:
        dist.destroy_process_group()


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise CartoonizeError(
            "another process of this work has ended or cannot be reached",
            "See what became of it; `train --resume` goes on.",
        ) from error


def _is_first_to_fail(store: Any) -> bool:
    try:
        return store.add("failures", 1) == 1
    except RuntimeError:  # the machine that keeps the count is gone
        return True


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, CartoonizeError) else 1
