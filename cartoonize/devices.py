"""Device and precision of network computations."""

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
        If the name is unknown, or CUDA is requested but not available.
    """
    import torch

    if name not in DEVICES:
        raise UsageError(f"unknown device {name!r}", f"Known: {', '.join(DEVICES)}")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UsageError(
            "no CUDA device is available", "Run `cartoonize doctor` for details, or use --device cpu."
        )
    return torch.device("cuda" if available and name != "cpu" else "cpu")


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Return whether networks run in bfloat16.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        ``auto`` uses bfloat16 where the device multiplies it in hardware.
    device : torch.device
    """
    return {"auto": prefers_bfloat16(device), "bfloat16": True, "float32": False}[precision]


def prefers_bfloat16(device: torch.device) -> bool:
    """Return whether the device multiplies bfloat16 in hardware."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported())


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit torch to one thread inside the block."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


#: Parts of the messages of a RuntimeError: of torch on CPUs, of the CUDA runtime, of cuDNN, and of cuBLAS.
_OUT_OF_MEMORY = (
    "can't allocate memory",
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the error means that a device or the machine had no memory left for a tensor."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _OUT_OF_MEMORY)


def free_memory() -> None:
    """Release GPU memory that torch has cached."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
