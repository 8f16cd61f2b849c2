"""The plain network: Zhang, Isola, Efros 2016, "Colorful Image Colorization"; thesis table 6.1.

Column O (outputs) of the table has misprints: conv7 has 512 outputs and conv8 has 256, as column P
(parameters) shows. Dilation 1 in the table is 2 in torch. At width 1.0 the network has 32,235,385 parameters,
biases and batch norm included.
"""

from __future__ import annotations

from torch import Tensor, nn

from cartoonize.methods.networks.heads import Head

#: (outputs, stride, dilation) of the 3x3 convolutions of each block.
BLOCKS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((64, 1, 1), (64, 2, 1)),
    ((128, 1, 1), (128, 2, 1)),
    ((256, 1, 1), (256, 1, 1), (256, 2, 1)),
    ((512, 1, 1), (512, 1, 1), (512, 1, 1)),
    ((512, 1, 2), (512, 1, 2), (512, 1, 2)),
    ((512, 1, 2), (512, 1, 2), (512, 1, 2)),
    ((512, 1, 1), (512, 1, 1), (512, 1, 1)),
)
CONV8 = 256


class Plain(nn.Module):
    """Twenty-two convolutions in eight blocks, and a head at a quarter of the input's size.

    Parameters
    ----------
    width : float
        Multiplier of all channel counts except the head's; 1.0 is the published size.
    output : {"histogram", "ab"}
        Logits over the 313 bins, or a and b.
    dropout : bool
        Dropout after every block; the rate rises linearly from 0.1 after conv1 to 0.3 after conv8 (thesis
        7.1).
    pooling : bool
        Maximum pooling in place of the strides of the published network (see thesis 6.1).
    bounded : bool
        Apply tanh to ``"ab"``. As a generator (Fabbri, Islam) the network has no tanh.
    """

    def __init__(
        self,
        *,
        width: float = 1.0,
        output: str = "histogram",
        dropout: bool = False,
        pooling: bool = False,
        bounded: bool = True,
    ) -> None:
        super().__init__()
        channels = 1
        for number, block in enumerate(BLOCKS, 1):
            layers: list[nn.Module] = []
            for n_outputs, stride, dilation in block:
                n_outputs = scaled(n_outputs, width)
                step = 1 if pooling else stride
                layers += [
                    nn.Conv2d(channels, n_outputs, 3, step, padding=dilation, dilation=dilation),
                    nn.ReLU(inplace=True),
                ]
                layers += [nn.MaxPool2d(stride)] if step != stride else []
                channels = n_outputs
            layers.append(nn.BatchNorm2d(channels))
            if dropout:
                layers.append(nn.Dropout(_dropout_rate(number)))
            self.add_module(f"conv{number}", nn.Sequential(*layers))
        self.conv8 = conv8(channels, width)
        if dropout:
            self.conv8.append(nn.Dropout(_dropout_rate(8)))
        self.pred = Head(scaled(CONV8, width), output, bounded=bounded)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4) or ab (n, 2, h/4, w/4)."""
        x = luminance
        for block in self.children():
            x = block(x)
        return x


def conv8(n_inputs: int, width: float) -> nn.Sequential:
    """Return the block before the head, which doubles the size of the features."""
    n_outputs = scaled(CONV8, width)
    return nn.Sequential(
        nn.ConvTranspose2d(n_inputs, n_outputs, 4, stride=2, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(n_outputs, n_outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(n_outputs, n_outputs, 3, padding=1),
        nn.ReLU(inplace=True),
    )


def scaled(n_channels: int, width: float) -> int:
    """Return a channel count multiplied by ``width``, rounded to a multiple of 8 unless ``width`` is 1.0."""
    return n_channels if width == 1.0 else max(8, round(n_channels * width / 8) * 8)


def _dropout_rate(block: int) -> float:
    return 0.1 + (0.3 - 0.1) * (block - 1) / 7
