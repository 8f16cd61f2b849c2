"""Checkpoints: safetensors files with a JSON header that describes the network.

The header has the SHA-256 of the weights, which is checked at every load: tensor formats do not detect
flipped bits. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.atomic import replacing
from cartoonize.errors import CheckpointError

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = "cartoonize-checkpoint"
VERSION = 1


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write tensors and a JSON header to one file, atomically.

    Parameters
    ----------
    path : Path
        The file appears under this name only when it is complete.
    tensors : mapping of str to Tensor
        Tensors on any device, stored as they are.
    header : mapping
        JSON-ready values. ``format``, ``version`` and ``sha256`` are added.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    described = {**header, "format": FORMAT, "version": VERSION, "sha256": _digest(stored)}
    with replacing(path) as temporary:
        try:
            save_file(stored, temporary, metadata={"cartoonize": json.dumps(described)})
        except SafetensorError as error:  # its text contains the error of the system
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def read_header(path: Path) -> dict[str, Any]:
    """Read the header of a checkpoint, without its weights.

    Raises
    ------
    CheckpointError
        If the file is missing, not a checkpoint of this program, or made by a newer version.
    """
    return _open(path)[0]


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header and the tensors of a checkpoint.

    Raises
    ------
    CheckpointError
        As `read_header`, and if the weights do not have the SHA-256 in the header.
    """
    header, tensors = _open(path, weights=True)
    if _digest(tensors) != header.get("sha256"):
        raise CheckpointError(
            f"{path}: the weights are damaged (their SHA-256 differs from the header)",
            "Copy the file again, or train again.",
        )
    return header, tensors


def _open(path: Path, *, weights: bool = False) -> tuple[dict[str, Any], dict[str, Tensor]]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise CheckpointError(f"{path}: checkpoint not found", "Train one with `cartoonize train`.")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("cartoonize", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()} if weights else {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path}: not a checkpoint of cartoonize, or incomplete", "Use a model.safetensors from runs/."
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: a checkpoint of another program", "Use a model.safetensors from runs/."
        )
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise CheckpointError(
            f"{path}: made by a newer cartoonize (format {version}, this version reads up to {VERSION})",
            "Update cartoonize.",
        )
    for key, kinds in _KINDS.items():
        if (key in header or key in _REQUIRED) and not isinstance(header.get(key), kinds):
            raise CheckpointError(
                f"{path}: damaged: the header has {key} = {str(header.get(key))[:40]!r}",
                "Copy the file again, or train again.",
            )
    if not 0 < header.get("width", 1.0) <= _MAX_WIDTH:
        raise CheckpointError(
            f"{path}: damaged: the header has width = {str(header['width'])[:20]}, not 0 to {_MAX_WIDTH}",
            "Copy the file again, or train again.",
        )
    return header, tensors


#: Largest width of a network. Without a limit, a malicious header could exhaust the memory.
_MAX_WIDTH = 16
#: Types of the header values that the program reads. Most of them are optional.
_KINDS: dict[str, Any] = {
    "sha256": str,
    "variant": str,
    "width": (int, float),
    "luminance": str,
    "data": dict,
    "settings": dict,
    "changes": dict,
    "validation": dict,
    "adapted": (dict, type(None)),
}
_REQUIRED = ("sha256", "variant")


def _digest(tensors: Mapping[str, Tensor]) -> str:
    import torch

    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return digest.hexdigest()
