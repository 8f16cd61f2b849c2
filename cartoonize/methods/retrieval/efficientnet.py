"""EfficientNet-Lite0: a small network that was trained to classify photographs, as a source of features.

The blocks are those of Sandler et al. 2018 (*MobileNetV2: Inverted Residuals and Linear Bottlenecks*). Their
numbers are those of Tan and Le 2019 (*EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks*, table 1). The Lite version has no squeeze-and-excitation, and its nonlinearity is ReLU6. The
classifier is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Channels of the features at 1/2, 1/4, ... 1/32 of the input's size.
LEVELS = (16, 24, 40, 112, 320)
#: Those of the last three, by which regions are described.
CHANNELS = LEVELS[2:]
_STEM = 32


@dataclass(frozen=True)
class _Stage:
    """Blocks with the same number of channels."""

    n_blocks: int
    kernel: int
    stride: int
    """Stride of the first block."""
    expansion: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


class EfficientNetLite0(nn.Module):
    """Features of pictures. Batch normalisation is contained in the convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM, 3, 2)
        self.blocks = nn.ModuleList()
        n_inputs = _STEM
        for stage in _STAGES:
            for number in range(stage.n_blocks):
                stride = stage.stride if number == 0 else 1
                self.blocks.append(_Block(n_inputs, stage.channels, stage.kernel, stride, stage.expansion))
                n_inputs = stage.channels

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Map RGB (n, 3, h, w), -1..1, to the features at 1/8, 1/16 and 1/32 of the size; see `CHANNELS`."""
        return self.levels(pictures)[-len(CHANNELS) :]

    def levels(self, pictures: Tensor) -> list[Tensor]:
        """Map RGB (n, 3, h, w), -1..1, to the features at 1/2, 1/4, ... 1/32 of the size; see `LEVELS`."""
        x = _relu6(_same(self.stem, pictures))
        levels = []
        for block in self.blocks:
            if cast(_Block, block).stride == 2:
                levels.append(x)
            x = block(x)
        return [*levels, x]


class _Block(nn.Module):
    """Inverted residual: widen, filter each channel, narrow."""

    def __init__(self, n_inputs: int, n_outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = n_inputs * expansion
        self.stride, self.is_residual = stride, stride == 1 and n_inputs == n_outputs
        self.widen = nn.Conv2d(n_inputs, wide, 1) if expansion > 1 else None
        self.filter = nn.Conv2d(wide, wide, kernel, stride, groups=wide)
        self.narrow = nn.Conv2d(wide, n_outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        wide = _relu6(_pointwise(self.widen, x)) if self.widen is not None else x
        out = _pointwise(self.narrow, _relu6(_same(self.filter, wide)))
        return out + x if self.is_residual else out


def _relu6(x: Tensor) -> Tensor:
    return functional.relu6(x, inplace=True)


def _pointwise(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply a convolution of one pixel as a product of matrices.

    It is faster for channels-last memory, because PyTorch copies the input of small batches otherwise.
    """
    pixels = x.permute(0, 2, 3, 1)
    return functional.linear(pixels, convolution.weight.flatten(1), convolution.bias).permute(0, 3, 1, 2)


def _same(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply a convolution with the padding of TensorFlow, where the weights come from.

    With a stride of 2, there is one more row at the bottom, and one more column on the right.
    """
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    missing = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[2:]]
    down, right = missing
    padding = (down // 2, right // 2)  # the convolution pads both sides alike, without a copy
    if down % 2 or right % 2:
        x = functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
        padding = (0, 0)
    weight, bias = convolution.weight, convolution.bias
    return functional.conv2d(x, weight, bias, stride, padding, groups=convolution.groups)


def with_batch_norm(weight: Tensor, norm: dict[str, Tensor], epsilon: float = 1e-3) -> tuple[Tensor, Tensor]:
    """Return the weight and bias of a convolution that contains the batch normalisation after it.

    Parameters
    ----------
    weight : Tensor, shape (outputs, inputs, kernel, kernel)
        Weight of a convolution without bias.
    norm : dict of Tensor
        ``weight``, ``bias``, ``running_mean`` and ``running_var``, (outputs,).
    epsilon : float
        Added to the variance.
    """
    scale = norm["weight"] / torch.sqrt(norm["running_var"] + epsilon)
    return weight * scale[:, None, None, None], norm["bias"] - norm["running_mean"] * scale
