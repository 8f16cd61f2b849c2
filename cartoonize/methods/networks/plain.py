"""The plain network: Zhang, Isola, Efros 2016, "Colorful Image Colorization"; thesis table 6.1.

Column P of the table is right and column O has misprints: conv7 has 512 outputs and conv8 has 256. Its
dilation "1" is torch's 2. At width 1.0 there are 32,235,385 parameters, biases and batch norm included.
"""

from __future__ import annotations

from torch import Tensor, nn

from cartoonize.methods.networks.heads import Head

#: For each block: (outputs, stride, dilation) of its 3x3 convolutions.
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
    """Twenty-two stacked convolutions in eight blocks, and a head at a quarter of the input's size.

    Parameters
    ----------
    width : float
        Multiplier of all channel counts but the head's; 1.0 is the published size.
    output : {"histogram", "ab"}
        Logits over the 313 bins, or a and b themselves.
    dropout : bool
        Dropout after every block, rising evenly from 0.1 after conv1 to 0.3 after conv8 (thesis 7.1).
    pooling : bool
        Maximum pooling where the published network has strides (thesis 6.1 says why it has).
    bounded : bool
        Whether ``"ab"`` goes through tanh; as a generator (Fabbri, Islam) it does not.
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
    """Return the block that doubles the size of the features before the head."""
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
    """Return a channel count multiplied by ``width``, in whole eights where it is not the published one."""
    return n_channels if width == 1.0 else max(8, round(n_channels * width / 8) * 8)


def _dropout_rate(block: int) -> float:
    return 0.1 + (0.3 - 0.1) * (block - 1) / 7
