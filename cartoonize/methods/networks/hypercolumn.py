"""Hypercolumns: Larsson, Maire, Shakhnarovich 2016, "Learning Representations for Automatic Colorization".

The network is a VGG-16 on grey whose first two dense layers are convolutions. The hypercolumn of a pixel is
the concatenation of the features of all layers at that pixel (12,417 numbers at width 1.0). One hidden layer
predicts the colour from it. Training samples a few pixels of each picture, because neighbouring pixels are
redundant.

Differences from the paper:

- Histograms of hue and chroma become histograms of the 313 bins before they are decoded.
  `cartoonize.methods.networks.color_spaces` lists all differences of the histograms.
- Hypercolumns are not balanced to unit second moments.
- The input is L of this program, not (R + G + B) / 3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.errors import UnknownNameError
from cartoonize.methods.networks.color_spaces import COLOR_SPACES
from cartoonize.methods.networks.plain import scaled
from cartoonize.methods.networks.vgg import Vgg16

#: Outputs of the dense layers of VGG-16, and of the hidden layer after the hypercolumn.
DENSE, HIDDEN = 4096, 1024
#: Side, in pixels of the input, of a pixel of the output.
CELL = 4


class Hypercolumn(nn.Module):
    """A histogram of colours for each pixel, from the features of all layers at the pixel.

    Bilinear sampling and a 1x1 convolution commute. Therefore the hidden layer is a sum of one convolution
    for each layer. The features are sampled before the convolution or, if a layer has fewer pixels than the
    sample, after it.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    output : {"histogram"}
        Logits over the 313 bins, as those of other networks, for every value of ``bins``.
    bins : {"hue-chroma", "quantile", "zhang"}
        Colour space of the predicted histograms, see `cartoonize.methods.networks.color_spaces`.
    n_places : int
        Sampled pixels of each picture in training.
    encoder_width : float
        Width of the thirteen convolutions; 0 for ``width``.
    """

    def __init__(
        self,
        *,
        width: float = 1.0,
        output: str = "histogram",
        bins: str = "hue-chroma",
        n_places: int = 128,
        encoder_width: float = 0.0,
    ) -> None:
        super().__init__()
        if output != "histogram":
            raise ValueError(f"this network has no output {output!r}")
        if bins not in COLOR_SPACES:
            raise UnknownNameError("bins", bins, COLOR_SPACES)
        self.space = COLOR_SPACES[bins]()
        self.n_places = n_places
        self.encoder = Vgg16(encoder_width or width, n_inputs=1)
        dense, hidden = scaled(DENSE, width), scaled(HIDDEN, width)
        self.conv6 = nn.Conv2d(self.encoder.n_outputs, dense, 7, padding=3)
        self.conv7 = nn.Conv2d(dense, dense, 1)
        channels = [1, *(m.out_channels for m in self.encoder.features if isinstance(m, nn.Conv2d))]
        channels += [dense, dense]
        self.n_features = sum(channels)
        self.hidden = nn.ModuleList(nn.Conv2d(n, hidden, 1, bias=k == 0) for k, n in enumerate(channels))
        self.pred = nn.Conv2d(hidden, self.space.n_outputs, 1)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4); h and w are multiples of 32."""
        n, _, height, width = luminance.shape
        logits = self._at(luminance, _cells(height // CELL, width // CELL, luminance).expand(n, -1, -1, -1))
        with torch.autocast(luminance.device.type, enabled=False):
            colors = self.space.probabilities(logits.permute(0, 2, 3, 1).float())
            shares = colors @ self.space.encoding.to(colors.device)
        return shares.clamp_min(1e-8).log().permute(0, 3, 1, 2)

    def loss(self, luminance: Tensor, ab: Tensor, labels: Tensor) -> Tensor:
        """Return the divergence at random pixels, drawn by torch's global generator.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        ab : Tensor, shape (n, 2, h / 4, w / 4)
            True a and b.
        labels : Tensor
            Not used.
        """
        n, _, rows, columns = ab.shape
        places = torch.randint(rows * columns, (n, self.n_places), device=ab.device)
        grid = _cells(rows, columns, luminance).view(-1, 2)[places].unsqueeze(1)
        colors = ab.flatten(2).gather(2, places.unsqueeze(1).expand(-1, 2, -1))
        logits = self._at(luminance, grid).squeeze(2)
        return self.space.divergence(logits.transpose(1, 2), colors.transpose(1, 2))

    def _at(self, luminance: Tensor, grid: Tensor) -> Tensor:
        """Return the logits (n, k, rows, columns) at positions (n, rows, columns, 2), x and y in -1..1."""
        total = self._tap(0, luminance, grid)
        number, x = 0, self.encoder.normalized(luminance)
        for layer in self.encoder.features:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                number += 1
                total = total + self._tap(number, x, grid)
        for layer in (self.conv6, self.conv7):
            number, x = number + 1, functional.relu(layer(x))
            total = total + self._tap(number, x, grid)
        logits: Tensor = self.pred(functional.relu(total))
        return logits

    def _tap(self, number: int, features: Tensor, grid: Tensor) -> Tensor:
        """Return the contribution of a layer to the hidden layer at the positions."""
        n_places, n_pixels = grid.shape[1] * grid.shape[2], features.shape[2] * features.shape[3]
        if n_pixels < n_places:
            return _sample(self.hidden[number](features), grid)
        sampled: Tensor = self.hidden[number](_sample(features, grid))
        return sampled


def _cells(rows: int, columns: int, like: Tensor) -> Tensor:
    """Return the centres of cells, (rows, columns, 2): x and y, -1..1 from border to border."""
    y, x = (
        (torch.arange(n, device=like.device, dtype=torch.float32) * 2 + 1) / n - 1 for n in (rows, columns)
    )
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def _sample(features: Tensor, grid: Tensor) -> Tensor:
    # In bfloat16, positions would be wrong by whole pixels.
    with torch.autocast(features.device.type, enabled=False):
        sampled = functional.grid_sample(features.float(), grid, padding_mode="border", align_corners=False)
    return sampled.to(features.dtype)
