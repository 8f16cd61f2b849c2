"""The residual network of the thesis: Futschik 2018, table 6.2.

The table swaps the strides in conv1, as its column of receptive fields shows, and the outputs and parameters
of conv5_2 and conv5_3. At width 1.0 the network has 16,613,689 parameters, batch norm and scale included.

Its longest path has 13 convolutions. The thesis names much deeper networks as future work (9.1). Here, blocks
with the shapes of conv2, conv3 and conv4 can be repeated. Each repetition adds 7 convolutions.
"""

from __future__ import annotations

from torch import Tensor, nn

from cartoonize.methods.networks.heads import Head
from cartoonize.methods.networks.plain import scaled

#: Convolutions on the longest path of the published network, and those of one repetition.
DEPTH, REPEATED = 13, 7


class Residual(nn.Module):
    """Four blocks with shortcuts, then three convolutions and a head.

    Parameters
    ----------
    width : float
        Multiplier of all channel counts except the head's; 1.0 is the published size.
    output : {"histogram", "ab"}
        Logits over the 313 bins, or a and b.
    shortcut : bool
        Add a shortcut around conv5. The thesis removed it, because of artifacts on dark images (6.3).
    depth : int
        Convolutions on the longest path: 13 as published, or 7, 14, ... more. The blocks conv2, conv3 and
        conv4 are followed by others of their shape, without strides and with the identity as shortcut.

    """

    def __init__(
        self, *, width: float = 1.0, output: str = "histogram", shortcut: bool = False, depth: int = DEPTH
    ) -> None:
        super().__init__()
        n_repeats, rest = divmod(depth - DEPTH, REPEATED)
        if n_repeats < 0 or rest:
            raise ValueError(f"this network has no depth {depth}")

        def n(channels: int) -> int:
            return scaled(channels, width)

        self.conv0 = nn.Sequential(nn.Conv2d(1, n(64), 3, padding=1), nn.ReLU(inplace=True))
        self.conv1 = _Block(n(64), [(n(128), 2, 1), (n(256), 1, 1)], shortcut_stride=2)
        self.conv2 = _Block(n(256), [(n(256), 1, 1), (n(256), 1, 1)])
        self.conv3 = _Block(n(256), [(n(512), 2, 1), (n(512), 1, 2), (n(256), 1, 2)], shortcut_stride=2)
        self.conv4 = _Block(n(256), [(n(512), 1, 2), (n(512), 1, 2)], shortcut_stride=1)
        self.more2 = _repeated(n_repeats, n(256), [(n(256), 1, 1), (n(256), 1, 1)])
        self.more3 = _repeated(n_repeats, n(256), [(n(512), 1, 2), (n(512), 1, 2), (n(256), 1, 2)])
        self.more4 = _repeated(n_repeats, n(512), [(n(512), 1, 2), (n(512), 1, 2)])
        self.shortcut = shortcut
        self.conv5 = _branch(n(512), [(n(256), 1, 1), (n(512), 1, 2), (n(512), 1, 1)])
        self.relu5 = nn.ReLU(inplace=True)
        self.pred = Head(n(512), output)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4) or ab (n, 2, h/4, w/4)."""
        x = self.conv0(luminance)
        for block in (self.conv1, self.conv2, self.more2, self.conv3, self.more3, self.conv4, self.more4):
            x = block(x)
        features = self.conv5(x)
        return self.pred(self.relu5(features + x if self.shortcut else features))


class _Block(nn.Module):
    """The ReLU of the sum of a branch of convolutions and a shortcut.

    The shortcut is a 3x3 convolution if ``shortcut_stride`` is given, else the identity.
    """

    def __init__(
        self, n_inputs: int, layers: list[tuple[int, int, int]], shortcut_stride: int | None = None
    ) -> None:
        super().__init__()
        self.branch2 = _branch(n_inputs, layers)
        self.branch1: nn.Module = nn.Identity()
        if shortcut_stride is not None:
            self.branch1 = _branch(n_inputs, [(layers[-1][0], shortcut_stride, 1)])
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.branch2(x) + self.branch1(x))


def _repeated(n_blocks: int, n_channels: int, layers: list[tuple[int, int, int]]) -> nn.Sequential:
    """Stack blocks with the identity as shortcut. Without blocks, the stack returns its input."""
    return nn.Sequential(*(_Block(n_channels, layers) for _ in range(n_blocks)))


def _branch(n_inputs: int, layers: list[tuple[int, int, int]]) -> nn.Sequential:
    """Stack 3x3 convolutions (outputs, stride, dilation), ReLU between, batch norm + scale at the end."""
    modules: list[nn.Module] = []
    for number, (n_outputs, stride, dilation) in enumerate(layers, 1):
        modules.append(nn.Conv2d(n_inputs, n_outputs, 3, stride, padding=dilation, dilation=dilation))
        if number < len(layers):
            modules.append(nn.ReLU(inplace=True))
        n_inputs = n_outputs
    modules.append(nn.BatchNorm2d(n_inputs))
    return nn.Sequential(*modules)
