"""Discriminators of true and predicted colours: Radford et al. 2016 (DCGAN) and Zhao et al. 2017 (EBGAN).

Both are conditional: their input is a and b together with the luminance (Mirza, Osindero 2014).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.methods.networks.heads import AB_SCALE
from cartoonize.methods.networks.plain import scaled

#: Outputs of the 4x4 convolutions with stride 2.
LAYERS = (64, 128, 256, 512)


class Discriminator(nn.Module):
    """Four convolutions of stride 2, and one unbounded score for each remaining patch.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    normalized : bool
        Use batch norm from the second convolution on. A gradient penalty requires a network without it
        (Gulrajani et al. 2017, section 4), because the penalty is defined for single pictures.
    """

    def __init__(self, width: float = 1.0, *, normalized: bool = True) -> None:
        super().__init__()
        layers = _down(width, normalized)
        self.layers = nn.Sequential(*layers, nn.Conv2d(scaled(LAYERS[-1], width), 1, 3, padding=1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Map `discriminator_input`, (n, 3, h, w), to scores (n, 1, h/16, w/16)."""
        scores: Tensor = self.layers(pictures)
        return scores


class EnergyDiscriminator(nn.Module):
    """An autoencoder of the same depth, whose reconstruction error is the energy of a picture.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.down = nn.Sequential(*_down(width, normalized=True))
        outputs = [3, *(scaled(n, width) for n in LAYERS)]
        layers: list[nn.Module] = []
        for number in range(len(LAYERS), 0, -1):
            layers.append(nn.ConvTranspose2d(outputs[number], outputs[number - 1], 4, stride=2, padding=1))
            if number > 1:
                layers += [nn.BatchNorm2d(outputs[number - 1]), nn.ReLU(inplace=True)]
        self.up = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Map `discriminator_input`, (n, 3, h, w), to mean squared errors of pictures (n, 1, 1, 1)."""
        return self.energy_and_code(pictures)[0]

    def energy_and_code(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the errors as `forward`, and the codes between both halves, (n, k, h/16, w/16)."""
        height, width = pictures.shape[2:]
        padded = functional.pad(pictures, (0, -width % 16, 0, -height % 16), mode="replicate")
        code = self.down(padded)
        copied = self.up(code)[:, :, :height, :width]
        return (copied.float() - pictures).square().mean((1, 2, 3), keepdim=True), code


def discriminator_input(luminance: Tensor, ab: Tensor) -> Tensor:
    """Concatenate L and ab, each scaled to about -1..1, at the size of ab.

    Parameters
    ----------
    luminance : Tensor, shape (n, 1, H, W)
        L x 0.01; averaged to the size of ab.
    ab : Tensor, shape (n, 2, h, w)
        CIELAB a and b.

    Returns
    -------
    Tensor, shape (n, 3, h, w)
    """
    small = functional.interpolate(luminance, size=ab.shape[2:], mode="area")
    return torch.cat([small * 2 - 1, ab.float() / AB_SCALE], 1)


def _down(width: float, normalized: bool) -> list[nn.Module]:
    layers: list[nn.Module] = []
    n_inputs = 3
    for number, channels in enumerate(LAYERS):
        n_outputs = scaled(channels, width)
        layers.append(nn.Conv2d(n_inputs, n_outputs, 4, stride=2, padding=1))
        if number and normalized:
            layers.append(nn.BatchNorm2d(n_outputs))
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        n_inputs = n_outputs
    return layers
