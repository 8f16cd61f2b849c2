"""Adversarial training: steps of both networks, resuming, divergence."""

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.learning import trainer
from cartoonize.learning.adversary import make_adversary
from cartoonize.learning.losses import distances
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.methods.networks.discriminator import Discriminator
from cartoonize.methods.networks.plain import Plain
from cartoonize.tasks.train import TrainOptions, train
from tests.support.trainers import TinyNetwork, run_trainer

KINDS = ["dcgan", "lsgan", "ebgan", "wgan"]


SETTINGS = {"lambda1": 2.0, "turns": 1}
SCHEDULE = Schedule(epochs=2, batch_size=2, accumulate=1, learning_rate=2e-4, momentum=0.5)


def adversary_of(kind, schedule=SCHEDULE, **settings):
    settings = {**SETTINGS, **settings}
    return make_adversary(kind, settings, width=0.125, make_optimizer=schedule.make_optimizer, seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_discriminator_learns_to_tell_true_from_false(kind):
    torch.manual_seed(0)
    luminance, ab = torch.rand(4, 1, 64, 64), torch.randn(4, 2, 16, 16) * 5 + 40
    false = torch.randn(4, 2, 16, 16) * 5 - 40
    schedule = Schedule(learning_rate=1e-3, optimizer="rmsprop" if kind == "wgan" else "adam")
    adversary = adversary_of(kind, schedule)
    losses = [adversary.step(luminance, ab, false) for _ in range(12)]
    assert losses[-1] < losses[0]
    predicted = false.clone().requires_grad_()
    scored = adversary.generator_loss(luminance, predicted)
    scored.backward()
    assert predicted.grad.abs().max() > 0
    adversary.weight = 4.0
    assert adversary.generator_loss(luminance, false).item() == pytest.approx(2 * scored.item(), rel=0.2)
    assert all(p.grad is None or not p.requires_grad for p in adversary.network.parameters())


def test_a_critic_s_weights_are_clipped():
    adversary = adversary_of("wgan", clip=0.01)
    adversary.step(torch.rand(2, 1, 64, 64), torch.randn(2, 2, 16, 16), torch.randn(2, 2, 16, 16))
    assert max(p.abs().max().item() for p in adversary.network.parameters()) <= 0.01
    free = adversary_of("wgan", clip=0.01, gradient_penalty=10.0)
    free.step(torch.rand(2, 1, 64, 64), torch.randn(2, 2, 16, 16), torch.randn(2, 2, 16, 16))
    assert max(p.abs().max().item() for p in free.network.parameters()) > 0.01
    assert not any(isinstance(m, nn.BatchNorm2d) for m in free.network.modules())


def test_predictions_of_an_energy_gan_are_pulled_apart():
    luminance, alike = torch.rand(4, 1, 64, 64)[:1].expand(4, -1, -1, -1), torch.randn(1, 2, 16, 16) * 40
    alike = alike.expand(4, -1, -1, -1)
    adversary = adversary_of("ebgan", pull_away=0.1)
    with_term = adversary.generator_loss(luminance, alike).item()
    adversary.pull_away = 0.0
    assert with_term - adversary.generator_loss(luminance, alike).item() == pytest.approx(2 * 0.1, abs=1e-3)


@pytest.fixture(scope="module")
def samples():
    blocks = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3)).astype(np.uint8)
    return Samples(blocks.repeat(64, 1).repeat(64, 2))


def generator(width=0.125):
    return Plain(width=width, output="ab", bounded=False)


def play(samples, *, model=None, adversary=None, schedule=SCHEDULE, loss=None, **more):
    """Train a generator against a discriminator; return both and the progress."""
    torch.manual_seed(1)
    model = model or TinyNetwork(n_outputs=2)
    adversary = adversary or adversary_of("dcgan", schedule)
    loss = loss or distances(100.0, 0.0)
    progress = run_trainer(model, samples, loss=loss, schedule=schedule, adversary=adversary, **more)
    return model, adversary, progress


def test_the_discriminator_learns_from_several_batches(samples):
    calls = []
    adversary = adversary_of("wgan", turns=3)
    step = adversary.step
    adversary.step = lambda luminance, ab, predicted: (
        calls.append(luminance.sum().item()) or step(luminance, ab, predicted)
    )
    schedule = Schedule(epochs=1, batch_size=2, accumulate=1)
    _, _, progress = play(samples, adversary=adversary, schedule=schedule)
    assert progress.update == 2 and len(calls) == 6 and len(set(calls)) == 6  # six batches, all different
    assert len(progress.discriminator_losses) == len(progress.losses) == 2


def test_a_resumed_training_equals_an_uninterrupted_one(samples, monkeypatch):
    whole, discriminator, expected = play(samples)
    assert expected.update == 8
    saved = []

    def save(tensors, progress):
        if progress.update == 5:
            saved.append({name: tensor.clone() for name, tensor in tensors.items()})
            saved.append(TrainingProgress.from_dict(copy.deepcopy(progress.as_dict())))

    monkeypatch.setattr(trainer, "SAVE_EVERY", 0.0)
    play(samples, write_state=save)
    resumed, other, progress = play(samples, saved=tuple(saved))
    assert (
        progress.losses == expected.losses and progress.discriminator_losses == expected.discriminator_losses
    )
    for one, two in ((whole, resumed), (discriminator.network, other.network)):
        assert all(torch.equal(tensor, two.state_dict()[name]) for name, tensor in one.state_dict().items())


@pytest.mark.parametrize("bad, words", [(float("nan"), "not a number"), (3e7, "3e\\+07")])
def test_a_discriminator_that_diverges_stops_the_training(samples, bad, words):
    adversary = adversary_of("wgan")
    adversary.step = lambda luminance, ab, predicted: bad
    with pytest.raises(
        CartoonizeError, match=f"the discriminator's loss is {words} after 0 updates"
    ) as error:
        play(samples, adversary=adversary)
    assert "lambda1" in error.value.hint


def test_a_generator_that_diverges_stops_the_training(samples):
    with pytest.raises(CartoonizeError, match="diverged: the generator's loss is not a number"):
        play(samples, loss=lambda predicted, ab: predicted.sum() * float("nan"))


def test_both_networks_learn_in_bfloat16(samples):
    """Autocast caches copies of weights. Neither network may use copies from before its last step."""
    schedule = Schedule(epochs=1, batch_size=4, accumulate=1)
    torch.manual_seed(1)
    model, adversary, _ = play(samples, model=generator(), schedule=schedule, dtype=torch.bfloat16)
    torch.manual_seed(1)
    fresh, other = generator(), adversary_of("dcgan")
    for learned, new in ((model, fresh), (adversary.network, other.network)):
        moved = [
            not torch.equal(p, q)
            for (name, p), (_, q) in zip(learned.named_parameters(), new.named_parameters(), strict=True)
            if name.endswith("weight")
        ]
        assert len(moved) > 5 and all(moved)


def test_the_generator_s_gradient_is_that_of_both_losses(samples, monkeypatch):
    """After the discriminator's step it is the gradient of the distance plus that of the adversarial loss."""
    schedule = Schedule(epochs=1, batch_size=8, accumulate=1)
    torch.manual_seed(1)
    model, adversary = generator(), adversary_of("lsgan", schedule)
    start, kept, found = copy.deepcopy(model.state_dict()), {}, {}
    generator_loss, step = adversary.generator_loss, torch.optim.Adam.step

    def recording(luminance, predicted):
        kept["discriminator"] = copy.deepcopy(adversary.network.state_dict())
        return generator_loss(luminance, predicted)

    def stepping(self, *arguments, **more):
        if self is not adversary.optimizer:
            found.update({name: p.grad.clone() for name, p in model.named_parameters()})
        return step(self, *arguments, **more)

    adversary.generator_loss = recording
    monkeypatch.setattr(torch.optim.Adam, "step", stepping)
    play(samples, model=model, adversary=adversary, schedule=schedule)
    again = generator().to(memory_format=torch.channels_last)
    again.load_state_dict(start)
    adversary.network.load_state_dict(kept["discriminator"])
    luminance, ab = samples.batch(0, 8)
    luminance = luminance.contiguous(memory_format=torch.channels_last)
    predicted = again.train()(luminance)
    (distances(100.0, 0.0)(predicted, ab) + generator_loss(luminance, predicted)).backward()
    for name, parameter in again.named_parameters():
        largest = parameter.grad.abs().max()
        assert torch.allclose(found[name], parameter.grad, atol=1e-3 * float(largest), rtol=1e-2), name


def test_several_processes_cannot_train_an_adversary(workspace):
    with pytest.raises(UsageError, match="has a discriminator"):
        train(workspace, ["gan-lsgan"], options=TrainOptions(), group=ProcessGroup(0, 2))


def test_a_run_has_the_curves_of_both(workspace):
    options = TrainOptions(width=0.125, epochs=1, batch_size=4, accumulate=1, settings={"turns": 2})
    train(workspace, ["gan-lsgan"], options=options)
    curves = json.loads((workspace.runs / "gan-lsgan" / "curves.json").read_text())
    assert len(curves["opponent"]) == len(curves["losses"]) > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_500_updates_without_divergence(samples, kind):
    settings = {"clip": 0.01} if kind == "wgan" else {}
    adam = {"learning_rate": 2e-4, "momentum": 0.5}
    rates = {"optimizer": "rmsprop", "learning_rate": 5e-5} if kind == "wgan" else adam
    schedule = Schedule(epochs=125, batch_size=2, accumulate=1, **rates)
    torch.manual_seed(0)
    small = generator(0.0625)
    model, adversary, progress = play(
        samples, model=small, adversary=adversary_of(kind, schedule, **settings), schedule=schedule
    )
    assert progress.update == 500
    assert np.isfinite(progress.losses).all() and np.isfinite(progress.discriminator_losses).all()
    for network in (model, adversary.network):
        assert all(tensor.isfinite().all() for tensor in network.state_dict().values())
    assert np.mean(progress.losses[-50:]) < np.mean(progress.losses[:50])
    assert isinstance(adversary.network, Discriminator) or kind == "ebgan"
