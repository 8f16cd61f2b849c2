"""Weights of a VGG-16 that somebody trained to classify, for the encoders that want one.

This is the one file that reads a format of others: torchvision's state dict, with torch's reader that builds
tensors and nothing else (``weights_only``).
"""

from __future__ import annotations

import hashlib
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import torch
from torch import Tensor

from cartoonize.errors import CheckpointError
from cartoonize.methods.networks.vgg import Vgg16

_FIRST = "features.0.weight"
#: What torch's reader says of files that are no weights.
_UNREADABLE = (
    OSError, ValueError, RuntimeError, EOFError, LookupError, TypeError, AttributeError,
    BadZipFile, pickle.UnpicklingError,
)  # fmt: skip
_HINT = "Give a VGG-16 as torchvision saves it (vgg16-397923af.pth), or the same as safetensors."


@dataclass(frozen=True, eq=False)
class EncoderWeights:
    """The convolutions of a VGG-16 of the published size, and the file that they are from."""

    tensors: dict[str, Tensor]
    """The 26 tensors ``features.*``, float32."""
    file: str
    sha256: str

    def fill(self, encoder: Vgg16) -> None:
        """Put them into an encoder of width 1.0; one with fewer convolutions takes the first of them.

        Where L is the only input, the first convolution sees the sum of what it does to three equal channels
        (as Larsson et al. 2016 do).
        """
        first = self.tensors[_FIRST]
        own = {**self.tensors, _FIRST: first if encoder.n_inputs == 3 else first.sum(1, keepdim=True)}
        encoder.load_state_dict({name: own[name] for name in encoder.state_dict()})


def read_encoder_weights(path: Path) -> EncoderWeights:
    """Read the convolutions of a VGG-16 from safetensors or a torchvision state dict.

    Parameters
    ----------
    path : Path
        With ``features.0.weight`` and so on; what else is in it is ignored.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or holds another network.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file", _HINT)
    try:
        tensors = _read(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except _UNREADABLE as error:
        raise CheckpointError(f"{path}: no weights, or damaged, or cut short", _HINT) from error
    with torch.device("meta"):
        wanted = {name: tensor.shape for name, tensor in Vgg16().state_dict().items()}
    for name, shape in wanted.items():
        found = tensors.get(name)
        if not isinstance(found, Tensor) or found.shape != shape:
            what = f"{tuple(found.shape)}" if isinstance(found, Tensor) else "nothing"
            raise CheckpointError(f"{path}: not a VGG-16: {name} is {what}, not {tuple(shape)}", _HINT)
    return EncoderWeights({name: tensors[name].float() for name in wanted}, path.name, digest)


def _read(path: Path) -> dict[str, Tensor]:
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
        warnings.simplefilter("ignore")  # of protocols; what does not load is an error
        read = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(read, dict):
        raise ValueError("no state dict")
    return read
