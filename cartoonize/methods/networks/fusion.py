"""Fusion of local and global features: Iizuka et al. 2016, "Let there be Color!".

Das and Bhadra, "Deep Colorization with CNNs", use the same network; their baseline lacks the global part. The
head of Iizuka et al. that classifies the scene from the global features is an option.

Iizuka et al. scale a and b to 0..1 and end with a sigmoid. As 2 sigmoid(x) - 1 = tanh(x / 2), this is a tanh
of half the slope. Here the output is a tanh by default, as in the other networks. The sigmoid is an option.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.methods.networks.heads import AB_SCALE
from cartoonize.methods.networks.inputs import NETWORK_SIZE, to_network_size
from cartoonize.methods.networks.plain import scaled

#: (outputs, stride) of the 3x3 convolutions of the low-level, global and mid-level parts.
LOW = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1))
GLOBAL = ((512, 2), (512, 1), (512, 2), (512, 1))
MID = ((512, 1), (256, 1))
#: Outputs of the dense layers after the global part. Those of the last layer are repeated at every pixel.
DENSE = (1024, 512, 256)
#: Hidden units of the classification head, whose input is the second dense layer.
N_HIDDEN_CLASS = 256
#: Factors on the argument of tanh that make it the activations, scaled to -1..1.
SLOPES = {"tanh": 1.0, "sigmoid": 0.5}
#: Weight of the classification loss beside the squared distance of colours in 0..1 (alpha in the paper).
CLASS_WEIGHT = 1 / 300


class Fusion(nn.Module):
    """Colours from features of each pixel's surroundings and of the whole picture.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    output : {"ab"}
        a and b within -110..110.
    use_global : bool
        If False, the global part is left out, and a 3x3 convolution replaces the fusion.
    n_classes : int
        Classes of the head that classifies pictures in training; 0 for no head.
    activation : {"tanh", "sigmoid"}
        Function after the last layer, scaled to -110..110.
    """

    def __init__(
        self,
        *,
        width: float = 1.0,
        output: str = "ab",
        use_global: bool = True,
        n_classes: int = 0,
        activation: str = "tanh",
    ) -> None:
        super().__init__()
        if output != "ab":
            raise ValueError(f"this network has no output {output!r}")

        def n(channels: int) -> int:
            return scaled(channels, width)

        self.low = _stack(1, LOW, width)
        self.mid = _stack(n(LOW[-1][0]), MID, width)
        self.slope = SLOPES[activation]
        self.use_global = use_global
        if use_global:
            self.globally = _stack(n(LOW[-1][0]), GLOBAL, width)
            side = NETWORK_SIZE // 32
            sizes = [n(GLOBAL[-1][0]) * side * side, *(n(m) for m in DENSE)]
            self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False))
            self.fusion = nn.Conv2d(n(MID[-1][0]) + n(DENSE[-1]), n(256), 1)
        else:
            self.fusion = nn.Conv2d(n(MID[-1][0]), n(256), 3, padding=1)
        self.classes = (
            nn.Sequential(
                nn.Linear(n(DENSE[1]), n(N_HIDDEN_CLASS)),
                nn.ReLU(inplace=True),
                nn.Linear(n(N_HIDDEN_CLASS), n_classes),
            )
            if n_classes
            else None
        )
        self.color = nn.Sequential(
            *_stack(n(256), ((128, 1),), width),
            nn.Upsample(scale_factor=2),
            *_stack(n(128), ((64, 1), (64, 1)), width),
            nn.Upsample(scale_factor=2),
            *_stack(n(64), ((32, 1),), width),
            nn.Conv2d(n(32), 2, 3, padding=1),
        )

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w) of any size, to ab (n, 2, h, w)."""
        return self._colors(luminance)[0]

    def loss(self, luminance: Tensor, ab: Tensor, labels: Tensor) -> Tensor:
        """Return the squared distance of colours plus the weighted cross-entropy of classes.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        ab : Tensor, shape (n, 2, h / 2, w / 2)
            True a and b.
        labels : Tensor of int64, shape (n,)
            True classes; -1 if unknown. Used in training only.
        """
        predicted, features = self._colors(luminance)
        cell = luminance.shape[-1] // ab.shape[-1]
        distance = (functional.avg_pool2d(predicted.float(), cell) - ab) / (2 * AB_SCALE)
        total = distance.square().sum(1).mean()
        if self.classes is None or not self.training or bool((labels < 0).any()):
            return total
        return total + CLASS_WEIGHT * functional.cross_entropy(self.classes(features).float(), labels)

    def _colors(self, luminance: Tensor) -> tuple[Tensor, Tensor]:
        """Return the colours, and the 512 global features for classification (0 without the global part)."""
        height, width = luminance.shape[2:]
        padded = functional.pad(luminance, (0, -width % 8, 0, -height % 8), mode="replicate")
        low = self.low(padded)
        x = self.mid(low)
        features = x.new_empty(len(x), 0)
        if self.use_global:
            is_whole = luminance.shape[2:] == (NETWORK_SIZE, NETWORK_SIZE)
            whole = self.globally(low if is_whole else self.low(to_network_size(luminance))).flatten(1)
            for number, layer in enumerate(self.dense):
                whole = functional.relu(layer(whole))
                features = whole if number == 1 else features
            x = torch.cat([x, whole[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
        x = functional.relu(self.fusion(x))
        x = functional.interpolate(self.color(x), scale_factor=2)
        return (self.slope * x[:, :, :height, :width]).tanh() * AB_SCALE, features


def _stack(n_inputs: int, layers: tuple[tuple[int, int], ...], width: float) -> nn.Sequential:
    """Stack 3x3 convolutions (outputs, stride), each with batch norm and ReLU."""
    modules: list[nn.Module] = []
    for n_outputs, stride in layers:
        n_outputs = scaled(n_outputs, width)
        modules += [
            nn.Conv2d(n_inputs, n_outputs, 3, stride, padding=1),
            nn.BatchNorm2d(n_outputs),
            nn.ReLU(inplace=True),
        ]
        n_inputs = n_outputs
    return nn.Sequential(*modules)
