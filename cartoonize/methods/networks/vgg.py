"""VGG-16 (Simonyan, Zisserman 2015) without its head, and networks with a frozen VGG-16 as encoder.

`Transfer` and `TransferRgb` are Hultgren, Kaya, Ekman, "Image Colorization with CNN and comparison of network
models", tables 1 and 2. Table 1 lacks one of the thirteen convolutions. `Dense` is an experiment of Futschik
2018, section 5.1.
"""

from __future__ import annotations

from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.lab import lab_to_rgb, rgb_to_lab
from cartoonize.methods.networks.heads import Head
from cartoonize.methods.networks.plain import CONV8, conv8, scaled

#: Outputs of the 3x3 convolutions of each stage. A pooling follows each stage.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
#: Mean and standard deviation, over three channels, of the training pictures of the published weights.
MEAN, DEVIATION = 0.449, 0.226
#: Outputs of the decoder's convolutions. An upsampling follows each of them except the first.
DECODER = (256, 128, 64, 32, 16)


class Vgg16(nn.Module):
    """The thirteen convolutions, or the first of them, in the layout of torchvision.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts. The published weights require 1.0.
    n_convolutions : int
        Number of convolutions, at most 13.
    n_inputs : int
        Input channels: 3 as published, all of them L; or 1.
    """

    def __init__(self, width: float = 1.0, n_convolutions: int = 13, n_inputs: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, left = n_inputs, n_convolutions
        for stage in STAGES:
            for n_outputs in islice(stage, left):
                layers += [nn.Conv2d(channels, scaled(n_outputs, width), 3, padding=1), nn.ReLU(inplace=True)]
                channels = scaled(n_outputs, width)
            left -= len(stage)
            if left < 0:
                break
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.n_inputs = n_inputs
        self.n_outputs = channels

    def normalized(self, luminance: Tensor) -> Tensor:
        """Convert L x 0.01, (n, 1, h, w), to the scale and the channels of the first convolution."""
        return ((luminance - MEAN) / DEVIATION).expand(-1, self.n_inputs, -1, -1)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to features; after all convolutions (n, 512, h/32, w/32)."""
        features: Tensor = self.features(self.normalized(luminance))
        return features


class Transfer(nn.Module):
    """A frozen encoder and a trained decoder, which has 1,572,114 parameters at width 1.0.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    output : {"ab"}
        a and b as 128 x tanh (section 3.4).
    batch_norm : bool
        Add a batch norm before each convolution of the decoder (section 3.6).
    dropout : float
        Rate of a dropout before each convolution of the decoder. The paper does not state its rate.
    encoder_width : float
        Width of the encoder; 0 for ``width``.
    """

    #: Channels of the last layer.
    n_outputs = 2

    def __init__(
        self,
        *,
        width: float = 1.0,
        output: str = "ab",
        batch_norm: bool = False,
        dropout: float = 0.0,
        encoder_width: float = 0.0,
    ) -> None:
        super().__init__()
        if output != "ab":
            raise ValueError(f"this decoder has no output {output!r}")
        self.encoder = Vgg16(encoder_width or width).requires_grad_(False)
        channels = self.encoder.n_outputs
        layers: list[nn.Module] = []
        outputs = [*(scaled(n, width) for n in DECODER), self.n_outputs]
        for number, n_outputs in enumerate(outputs, 1):
            layers += [nn.BatchNorm2d(channels)] if batch_norm else []
            layers += [nn.Dropout(dropout)] if dropout else []
            layers.append(nn.Conv2d(channels, n_outputs, 3, padding=1))
            if number < len(outputs):
                layers.append(nn.ReLU(inplace=True))
            if number > 1:
                layers.append(nn.Upsample(scale_factor=2))
            channels = n_outputs
        self.decoder = nn.Sequential(*layers)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w); h and w are multiples of 32."""
        decoded: Tensor = self.decoder(self.encoder(luminance))
        return decoded.tanh() * 128


class TransferRgb(Transfer):
    """`Transfer` that predicts whole pictures as sRGB, which the paper rejects (section 3.3).

    Here only the colours of the predicted picture are used: the film keeps its own luma.
    """

    n_outputs = 3

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w); h and w are multiples of 32."""
        return self._lab(self._rgb(luminance))[:, 1:]

    def loss(self, luminance: Tensor, ab: Tensor, labels: Tensor) -> Tensor:
        """Return the mean squared difference of sRGB in 0..1.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        ab : Tensor, shape (n, 2, h / 2, w / 2)
            True a and b. The true picture has these on the L of the input.
        labels : Tensor
            Not used.
        """
        small = functional.avg_pool2d(luminance.float(), luminance.shape[-1] // ab.shape[-1])
        true = lab_to_rgb(torch.cat([100 * small, ab.float()], 1).movedim(1, -1)).movedim(-1, 1)
        predicted = functional.avg_pool2d(self._rgb(luminance), luminance.shape[-1] // ab.shape[-1])
        return (predicted - true).square().mean()

    def _rgb(self, luminance: Tensor) -> Tensor:
        decoded: Tensor = self.decoder(self.encoder(luminance))
        return decoded.float().sigmoid()

    def _lab(self, rgb: Tensor) -> Tensor:
        with torch.autocast(rgb.device.type, enabled=False):
            lab: Tensor = rgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)
        return lab


class Dense(nn.Module):
    """The first nine convolutions of VGG-16, frozen, followed by the last part of the plain network.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    output : {"histogram", "ab"}
        Logits over the 313 bins, or a and b.
    encoder_width : float
        Width of the encoder; 0 for ``width``.
    """

    def __init__(self, *, width: float = 1.0, output: str = "histogram", encoder_width: float = 0.0) -> None:
        super().__init__()
        self.encoder = Vgg16(encoder_width or width, n_convolutions=9).requires_grad_(False)
        self.conv8 = conv8(self.encoder.n_outputs, width)
        self.pred = Head(scaled(CONV8, width), output)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4) or ab (n, 2, h/4, w/4)."""
        prediction: Tensor = self.pred(self.conv8(self.encoder(luminance)))
        return prediction
