"""Where networks run, and in which precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cartoonize.errors import UsageError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")


def pick_device(name: str = "auto") -> torch.device:
    """Return the device for ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    UsageError
        If it is unknown, or CUDA is asked for and there is none.
    """
    import torch

    if name not in DEVICES:
        raise UsageError(f"unknown device {name!r}", f"Known: {', '.join(DEVICES)}")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UsageError("no CUDA device can be used", "See `cartoonize doctor`, or use --device cpu.")
    return torch.device("cuda" if available and name != "cpu" else "cpu")


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether networks run in bfloat16 at one of `PRECISIONS`; ``auto``: where the device prefers it."""
    return {"auto": prefers_bfloat16(device), "bfloat16": True, "float32": False}[precision]


def prefers_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported())


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread, as networks do that colour a batch a core."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this was raised because a device, or the machine, had no memory left for a tensor."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    # On CPUs torch has no class of its own for it.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def free_memory() -> None:
    """Give back what torch keeps of a GPU's memory for later."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
