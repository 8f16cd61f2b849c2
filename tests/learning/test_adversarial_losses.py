"""Adversarial losses against their formulas, and their gradients."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.learning.adversarial_losses import Dcgan, Ebgan, Lsgan, Wgan, gradient_penalty, pulling_away

TRUE, FALSE = [1.5, -0.5], [0.25, -2.0, 3.0]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


FORMULAS = {
    "dcgan": (
        Dcgan(),
        lambda t, f: (
            -np.mean([math.log(sigmoid(x)) for x in t]) - np.mean([math.log(1 - sigmoid(x)) for x in f])
        ),
        lambda f: -np.mean([math.log(sigmoid(x)) for x in f]),
    ),
    "lsgan": (
        Lsgan(),
        lambda t, f: np.mean([(x - 1) ** 2 for x in t]) / 2 + np.mean([x**2 for x in f]) / 2,
        lambda f: np.mean([(x - 1) ** 2 for x in f]) / 2,
    ),
    "ebgan": (
        Ebgan(margin=2.0),
        lambda t, f: np.mean(t) + np.mean([max(0, 2.0 - x) for x in f]),
        lambda f: np.mean(f),
    ),
    "wgan": (Wgan(), lambda t, f: np.mean(f) - np.mean(t), lambda f: -np.mean(f)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_losses_equal_their_formulas(name):
    loss, discriminator_loss, generator_loss = FORMULAS[name]
    true, false = torch.tensor(TRUE), torch.tensor(FALSE)
    expected = discriminator_loss(TRUE, FALSE)
    assert loss.discriminator_loss(true, false).item() == pytest.approx(expected, rel=1e-5)
    assert loss.generator_loss(false).item() == pytest.approx(generator_loss(FALSE), rel=1e-5)


def test_pulling_away_is_the_mean_squared_cosine_of_pairs():
    codes = torch.randn(4, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    flat = codes.flatten(1).numpy().astype(float)
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    cosines = [flat[i] @ flat[j] / np.linalg.norm(flat[i]) / np.linalg.norm(flat[j]) for i, j in pairs]
    assert pulling_away(codes).item() == pytest.approx(np.square(cosines).sum() / 12, rel=1e-5)
    assert pulling_away(codes[:1]).item() == 0
    assert pulling_away(codes[:1].expand(3, -1, -1, -1)).item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_discriminator_and_generator_have_opposite_gradients(name):
    """The discriminator separates true from false colours; the generator makes false colours look true."""
    loss = FORMULAS[name][0]
    true, false = torch.tensor([0.4, 0.6], requires_grad=True), torch.tensor([0.3, 0.7], requires_grad=True)
    loss.discriminator_loss(true, false).backward()
    up = -1 if name == "ebgan" else 1  # an energy is low for what is true
    assert (up * true.grad < 0).all() and (up * false.grad > 0).all()  # descent: true up, false down
    scores = torch.tensor([0.3, 0.7], requires_grad=True)
    loss.generator_loss(scores).backward()
    assert (up * scores.grad < 0).all()


def test_a_prediction_beyond_the_margin_has_no_gradient():
    false = torch.tensor([1.9, 2.1], requires_grad=True)
    Ebgan(margin=2.0).discriminator_loss(torch.tensor([0.0]), false).backward()
    assert false.grad.tolist() == [-0.5, 0.0]


def test_the_gradient_penalty_is_of_the_critic_s_slope():
    critic = nn.Conv2d(3, 1, 1, bias=False)
    critic.weight.data[:] = torch.tensor([3.0, 0.0, 4.0]).view(1, 3, 1, 1)
    pictures = torch.randn(2, 3, 2, 2)
    # A mean over four places of 3 x + 4 z: the slope at each is 5 / 4, at four of them 5 / 2 altogether.
    expected = (5 / 4 * math.sqrt(4) - 1) ** 2
    penalty = gradient_penalty(critic, pictures, pictures + 1, torch.rand(2, 1, 1, 1))
    assert penalty.item() == pytest.approx(expected, rel=1e-5)
    penalty.backward()
    assert critic.weight.grad[0, 0] > 0 and critic.weight.grad[0, 2] > 0  # too steep: smaller weights
