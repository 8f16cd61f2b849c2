"""Weights that other programs have written: safetensors, or a state dict of torch.

This is the only file that reads a pickled format. torch reads it with ``weights_only``, which creates tensors
and no other objects.
"""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from zipfile import BadZipFile

import torch
from torch import Tensor

#: Errors that torch raises for files that are not weights.
UNREADABLE = (
    OSError, ValueError, RuntimeError, EOFError, LookupError, TypeError, AttributeError,
    BadZipFile, pickle.UnpicklingError,
)  # fmt: skip


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file by name.

    Parameters
    ----------
    path : Path
        File of safetensors, or one that ``torch.save`` wrote.

    Raises
    ------
    OSError, ValueError, ...
        One of `UNREADABLE` if it is another file, or damaged.
    """
    with path.open("rb") as file:
        is_safe = file.read(9)[8:9] == b"{"
    if is_safe:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings about pickle protocols; unreadable files raise errors
        read = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(read, dict):
        raise ValueError("not a state dict")
    return read
