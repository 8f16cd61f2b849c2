"""Process groups: several processes, started by ``torchrun``, that train together on one or more machines."""

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

#: Longest wait for the other processes, for example while one of them builds a cache or validates.
_TIMEOUT = timedelta(hours=1)
#: Longest wait for an exchange between GPUs. Numbers have gone between the CPUs just before.
_GPU_TIMEOUT = timedelta(minutes=2)
#: Seconds that a failed process waits before it ends without a message. torchrun ends all processes as soon
#: as one of them ends, including the process that is about to print the error.
GRACE = 1.0


@dataclass(frozen=True)
class ProcessGroup:
    """Rank of this process and the number of processes that work together.

    The first process alone prints, writes files and holds locks. All processes have to call the same methods
    in the same order. The default is a single process.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    """Rank among the processes of the same machine."""

    @property
    def is_first(self) -> bool:
        """True if this process prints and writes."""
        return self.rank == 0

    def local_device(self, device: torch.device) -> torch.device:
        """Return the device of this process: on a machine with several GPUs, each process has its own.

        Raises
        ------
        UsageError
            If a machine has more processes than GPUs, or the device is one GPU for all of them.
        """
        import torch

        if self.size == 1 or device.type != "cuda":
            return device
        if device.index is not None:
            raise UsageError(
                f"{self.size} processes cannot share {device}",
                "Use --device cuda: each process takes its own GPU.",
            )
        n_devices = torch.cuda.device_count()
        if self.local_rank >= n_devices:
            raise UsageError(
                f"there are more processes than GPUs on this machine, which has {n_devices}",
                f"Start torchrun with --nproc-per-node {n_devices}, or use --device cpu.",
            )
        torch.cuda.set_device(self.local_rank)
        return torch.device("cuda", self.local_rank)

    def broadcast(self, value: T) -> T:
        """Return the value of the first process in all processes. The value has to support pickling."""
        if self.size == 1:
            return value
        import torch
        import torch.distributed as dist

        box = [value if self.is_first else None]
        with _connection_errors():
            dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]  # type: ignore[return-value]

    def sum(self, *numbers: float) -> list[float]:
        """Return the sums of numbers over all processes, in double precision."""
        if self.size == 1:
            return list(numbers)
        import torch

        sums = torch.tensor(numbers, dtype=torch.float64)
        self.all_reduce([sums])
        return sums.tolist()

    def first_then_others(self, work: Callable[[], T]) -> T:
        """Run the same work in all processes: in the first, then in the others, which find its files."""
        if self.is_first:
            done = work()
            self.sum(0)  # releases the others
            return done
        self.sum(0)
        return work()

    def all_reduce(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace tensors, all on one device and of one type, by their sums over all processes.

        The tensors are sent as one vector. The results are equal to the last bit in all processes. Between
        GPUs, the others must be about to send, too: NCCL does not notice that a process has ended, so the
        wait is short.
        """
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        vector = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _connection_errors():
            # Without a limit, NCCL waits for ever for a process that has ended, or ends the program.
            limit = _GPU_TIMEOUT if vector.is_cuda else _TIMEOUT
            dist.all_reduce(vector, async_op=True).wait(limit)
        parts = torch.split(vector, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))


#: The group of a process that works alone.
ALONE = ProcessGroup()


@contextmanager
def join_process_group() -> Iterator[ProcessGroup]:
    """Join the other processes that ``torchrun`` started, or yield a group of one without ``torchrun``.

    Processes communicate by gloo between CPUs and by NCCL between GPUs. If a process fails, the others find
    it gone at their next exchange. The first process to fail raises its exception. The others end with an
    exit code and without a message, whatever error they hit, so that one message is printed.

    Raises
    ------
    CartoonizeError
        If the other processes cannot be reached.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield ProcessGroup()
        return
    import torch
    import torch.distributed as dist
    from torch.distributed.rendezvous import rendezvous

    try:
        store, rank, size = next(rendezvous("env://", timeout=_TIMEOUT))
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_TIMEOUT)
    except (RuntimeError, ValueError) as error:
        raise CartoonizeError(
            f"cannot reach the other processes ({next(iter(str(error).splitlines()), '')})",
            "Start all of them with torchrun, or unset WORLD_SIZE to work alone.",
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
def _connection_errors() -> Iterator[None]:
    """Raise a `CartoonizeError` if an exchange with the other processes fails."""
    try:
        yield
    except RuntimeError as error:
        raise CartoonizeError(
            "another process of this training has ended or cannot be reached",
            "Look at its error; `train --resume` goes on.",
        ) from error


def _is_first_to_fail(store: Any) -> bool:
    try:
        return store.add("failures", 1) == 1
    except RuntimeError:  # the machine that holds the counter is gone
        return True


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, CartoonizeError) else 1
