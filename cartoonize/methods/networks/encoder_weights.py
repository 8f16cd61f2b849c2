"""Weights of a VGG-16 that was trained to classify photographs, for networks with an encoder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cartoonize.errors import CheckpointError
from cartoonize.methods.foreign_weights import UNREADABLE, read_state_dict
from cartoonize.methods.networks.vgg import Vgg16

_FIRST = "features.0.weight"
_HINT = "Use torchvision's VGG-16 (vgg16-397923af.pth), or the same as safetensors."


@dataclass(frozen=True, eq=False)
class EncoderWeights:
    """Convolutions of a VGG-16 of the published size, and the file that they were read from."""

    tensors: dict[str, Tensor]
    """The 26 tensors ``features.*``, float32."""
    file: str
    sha256: str

    def fill(self, encoder: Vgg16) -> None:
        """Load the weights into an encoder of width 1.0, which may have only the first convolutions.

        If L is the only input, the weights of the first convolution are summed over its three inputs: three
        equal channels would give the same result (Larsson et al. 2016 average and rescale).
        """
        first = self.tensors[_FIRST]
        own = {**self.tensors, _FIRST: first if encoder.n_inputs == 3 else first.sum(1, keepdim=True)}
        encoder.load_state_dict({name: own[name] for name in encoder.state_dict()})


def read_encoder_weights(path: Path) -> EncoderWeights:
    """Read the convolutions of a VGG-16 from safetensors or a torchvision state dict.

    Parameters
    ----------
    path : Path
        File with ``features.0.weight`` and so on. Other tensors are ignored.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or of another network.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: file not found", _HINT)
    try:
        tensors = read_state_dict(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except UNREADABLE as error:
        raise CheckpointError(f"{path}: not weights, or damaged, or incomplete", _HINT) from error
    with torch.device("meta"):
        wanted = {name: tensor.shape for name, tensor in Vgg16().state_dict().items()}
    for name, shape in wanted.items():
        found = tensors.get(name)
        if not isinstance(found, Tensor) or found.shape != shape:
            what = f"{tuple(found.shape)}" if isinstance(found, Tensor) else "missing"
            raise CheckpointError(f"{path}: not a VGG-16: {name} is {what}, not {tuple(shape)}", _HINT)
    return EncoderWeights({name: tensors[name].float() for name in wanted}, path.name, digest)
