"""Device and precision of network computations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cartoonize.errors import UsageError

if TYPE_CHECKING:
    import torch

DEVICES = "auto, cpu, cuda, cuda:N"
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def is_device_name(name: str) -> bool:
    """Return whether a name has the form ``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""
    return re.fullmatch(r"auto|cpu|cuda(:\d+)?", name) is not None


def pick_device(name: str = "auto") -> torch.device:
    """Return the device for ``auto``, ``cpu``, ``cuda``, or ``cuda:N`` for the GPU with that number.

    Raises
    ------
    UsageError
        If the name is unknown, or the GPU is not available.
    """
    import torch

    if not is_device_name(name):
        raise UsageError(f"unknown device {name!r}", f"Known: {DEVICES}, where N is the number of a GPU.")
    kind, _, number = name.partition(":")
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "cuda" and n_gpus == 0:
        raise UsageError(
            "no CUDA device is available", "Run `cartoonize doctor` for details, or use --device cpu."
        )
    if number and int(number) >= n_gpus:
        raise UsageError(f"there is no GPU {number}", f"This machine has the GPUs 0 to {n_gpus - 1}.")
    if n_gpus == 0 or name == "cpu":
        return torch.device("cpu")
    # TF32 keeps 10 of the 23 bits of float32. Who wants speed has the types of 16 bits.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    if not number:
        return torch.device("cuda")
    torch.cuda.set_device(int(number))  # also where a library asks for no GPU in particular
    return torch.device("cuda", int(number))


def pick_dtype(precision: str, device: torch.device) -> torch.dtype:
    """Return the type in which networks compute.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16", "float16"}
        ``auto`` is bfloat16 where the device multiplies it in hardware; otherwise float16 on a GPU with
        matrix units (from NVIDIA's Volta on); otherwise float32. On a GPU, float32 is not TF32.
    device : torch.device
    """
    import torch

    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]
    if prefers_bfloat16(device):
        return torch.bfloat16
    # Matrix units came with compute capability 7.0.
    has_matrix_units = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (7, 0)
    return torch.float16 if has_matrix_units else torch.float32


def name_of(dtype: torch.dtype) -> str:
    """Return the name of a type: ``float32``, ``bfloat16`` or ``float16``."""
    return str(dtype).removeprefix("torch.")


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Return a context in which operations that allow it compute in ``dtype``."""
    import torch

    low = dtype != torch.float32
    return torch.autocast(device.type, dtype if low else torch.bfloat16, enabled=low)


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
