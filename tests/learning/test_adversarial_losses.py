"""Adversarial training: losses against their formulas, gradients, steps, resuming, divergence."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.learning.adversarial_losses import Dcgan, Ebgan, Lsgan, Wgan, gradient_penalty
from cartoonize.learning.adversary import opponent_for
from cartoonize.learning.losses import distances, one_hot
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.samples import Samples
from cartoonize.learning.trainer import Schedule, fit
from cartoonize.methods.networks.discriminator import Discriminator
from cartoonize.methods.networks.plain import Plain
from cartoonize.tasks.train import TrainOptions, train

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
    game, of_discriminator, of_generator = FORMULAS[name]
    true, false = torch.tensor(TRUE), torch.tensor(FALSE)
    assert game.of_discriminator(true, false).item() == pytest.approx(of_discriminator(TRUE, FALSE), rel=1e-5)
    assert game.of_generator(false).item() == pytest.approx(of_generator(FALSE), rel=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_players_pull_in_opposite_directions(name):
    """The discriminator wants true colours told from false ones, the generator false ones taken for true."""
    game = FORMULAS[name][0]
    true, false = torch.tensor([0.4, 0.6], requires_grad=True), torch.tensor([0.3, 0.7], requires_grad=True)
    game.of_discriminator(true, false).backward()
    up = -1 if name == "ebgan" else 1  # an energy is low for what is true
    assert (up * true.grad < 0).all() and (up * false.grad > 0).all()  # descent: true up, false down
    judged = torch.tensor([0.3, 0.7], requires_grad=True)
    game.of_generator(judged).backward()
    assert (up * judged.grad < 0).all()


def test_beyond_the_margin_a_prediction_does_not_matter():
    false = torch.tensor([1.9, 2.1], requires_grad=True)
    Ebgan(margin=2.0).of_discriminator(torch.tensor([0.0]), false).backward()
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


def test_lambdas_weigh_the_distances():
    predicted, ab = torch.zeros(1, 2, 1, 1), torch.tensor([11.0, -22.0]).view(1, 2, 1, 1)
    assert distances(2.0, 0.0)(predicted, ab).item() == pytest.approx(2 * (0.1 + 0.2))
    assert distances(0.0, 3.0)(predicted, ab).item() == pytest.approx(3 * (0.01 + 0.04))
    larger = torch.tensor([[1.0, 3.0], [5.0, 7.0]]).expand(1, 2, 2, 2)
    assert distances(1.0, 0.0)(larger, torch.full((1, 2, 1, 1), 4.0)).item() == pytest.approx(0)


def test_one_hot_is_the_cross_entropy_of_the_nearest_bin():
    from cartoonize.color.bins import AB_BINS

    logits = torch.randn(1, 313, 1, 2, generator=torch.Generator().manual_seed(0))
    ab = torch.tensor([[12.0, -48.0], [7.0, 21.0]]).T.view(1, 2, 1, 2)
    log_p = torch.log_softmax(logits, 1)
    bins = [int(((AB_BINS - ab[0, :, 0, k].numpy()) ** 2).sum(1).argmin()) for k in range(2)]
    expected = -(log_p[0, bins[0], 0, 0] + log_p[0, bins[1], 0, 1]) / 2
    assert one_hot(logits, ab).item() == pytest.approx(expected.item(), rel=1e-5)


# The opponent


SETTINGS = {"lambda1": 2.0, "turns": 1}
SCHEDULE = Schedule(epochs=2, batch_size=2, accumulate=1, learning_rate=2e-4, momentum=0.5)


def opponent(game, schedule=SCHEDULE, **settings):
    settings = {**SETTINGS, **settings}
    return opponent_for(game, settings, width=0.125, make_optimizer=schedule.make_optimizer, seed=0)


@pytest.mark.parametrize("game", FORMULAS)
def test_an_opponent_learns_to_tell(game):
    torch.manual_seed(0)
    luminance, ab = torch.rand(4, 1, 64, 64), torch.randn(4, 2, 16, 16) * 5 + 40
    false = torch.randn(4, 2, 16, 16) * 5 - 40
    player = opponent(game, Schedule(learning_rate=1e-3, optimizer="rmsprop" if game == "wgan" else "adam"))
    losses = [player.learn(luminance, ab, false) for _ in range(12)]
    assert losses[-1] < losses[0]
    predicted = false.clone().requires_grad_()
    judged = player.judge(luminance, predicted)
    judged.backward()
    assert predicted.grad.abs().max() > 0
    player.weight = 4.0
    assert player.judge(luminance, false).item() == pytest.approx(2 * judged.item(), rel=0.2)
    assert all(p.grad is None or not p.requires_grad for p in player.network.parameters())


def test_a_critic_s_weights_are_clipped():
    player = opponent("wgan", clip=0.01)
    player.learn(torch.rand(2, 1, 64, 64), torch.randn(2, 2, 16, 16), torch.randn(2, 2, 16, 16))
    assert max(p.abs().max().item() for p in player.network.parameters()) <= 0.01
    free = opponent("wgan", clip=0.01, gradient_penalty=10.0)
    free.learn(torch.rand(2, 1, 64, 64), torch.randn(2, 2, 16, 16), torch.randn(2, 2, 16, 16))
    assert max(p.abs().max().item() for p in free.network.parameters()) > 0.01
    assert not any(isinstance(m, nn.BatchNorm2d) for m in free.network.modules())


@pytest.fixture(scope="module")
def samples():
    blocks = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3)).astype(np.uint8)
    return Samples(blocks.repeat(64, 1).repeat(64, 2))


def play(samples, game="dcgan", model=None, player=None, schedule=SCHEDULE, loss=None, **more):
    torch.manual_seed(1)
    model = model or Plain(width=0.125, output="ab", bounded=False)
    player = player or opponent(game, schedule)
    settings = {"schedule": schedule, "device": torch.device("cpu"), "bfloat16": False, **more}
    return (
        model,
        player,
        fit(model, samples, None, loss=loss or distances(100.0, 0.0), opponent=player, **settings),
    )


def test_the_opponent_takes_several_turns(samples):
    calls = []
    player = opponent("wgan", turns=3)
    learn = player.learn
    player.learn = lambda luminance, ab, predicted: (
        calls.append(luminance.sum().item()) or learn(luminance, ab, predicted)
    )
    schedule = Schedule(epochs=1, batch_size=2, accumulate=1)
    _, _, progress = play(samples, player=player, schedule=schedule)
    assert progress.update == 2 and len(calls) == 6 and len(set(calls)) == 6  # six batches, all different
    assert len(progress.opponent) == len(progress.losses) == 2


def test_a_resumed_game_equals_an_uninterrupted_one(samples, monkeypatch):
    from cartoonize.learning import trainer as loop

    whole, judge, expected = play(samples)
    assert expected.update == 8
    kept = {}

    def keep(tensors, progress):
        if progress.update == 5:
            kept["state"] = {name: tensor.clone() for name, tensor in tensors.items()}
            kept["progress"] = loop.Progress(**{**progress.as_dict(), "losses": list(progress.losses)})

    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    play(samples, save=keep)
    resumed, other, progress = play(samples, **kept)
    assert progress.losses == expected.losses and progress.opponent == expected.opponent
    for one, two in ((whole, resumed), (judge.network, other.network)):
        assert all(torch.equal(tensor, two.state_dict()[name]) for name, tensor in one.state_dict().items())


@pytest.mark.parametrize("bad, words", [(float("nan"), "not a number"), (3e7, "3e\\+07")])
def test_a_discriminator_that_diverges_stops_the_training(samples, bad, words):
    player = opponent("wgan")
    player.learn = lambda luminance, ab, predicted: bad
    with pytest.raises(
        CartoonizeError, match=f"the discriminator's loss is {words} after 0 updates"
    ) as error:
        play(samples, player=player)
    assert "lambda1" in error.value.hint


def test_a_generator_that_diverges_stops_the_training(samples):
    with pytest.raises(CartoonizeError, match="diverged: the generator's loss is not a number"):
        play(samples, loss=lambda predicted, ab: predicted.sum() * float("nan"))


def test_both_players_learn_in_bfloat16(samples):
    """Autocast keeps copies of weights: neither player may be given those of before its last step."""
    model, player, _ = play(samples, schedule=Schedule(epochs=1, batch_size=4, accumulate=1), bfloat16=True)
    torch.manual_seed(1)
    fresh, other = Plain(width=0.125, output="ab", bounded=False), opponent("dcgan")
    for learned, new in ((model, fresh), (player.network, other.network)):
        moved = [
            not torch.equal(p, q)
            for (name, p), (_, q) in zip(learned.named_parameters(), new.named_parameters(), strict=True)
            if name.endswith("weight")
        ]
        assert len(moved) > 5 and all(moved)


def test_the_generator_s_gradient_is_that_of_both_losses(samples, monkeypatch):
    """One update by hand: the distance's gradient plus the judge's, after the discriminator's step."""
    schedule = Schedule(epochs=1, batch_size=8, accumulate=1)
    torch.manual_seed(1)
    model, player = Plain(width=0.125, output="ab", bounded=False), opponent("lsgan", schedule)
    start, kept, found = copy.deepcopy(model.state_dict()), {}, {}
    judge, step = player.judge, torch.optim.Adam.step

    def judging(luminance, predicted):
        kept["judge"] = copy.deepcopy(player.network.state_dict())
        return judge(luminance, predicted)

    def stepping(self, *arguments, **more):
        if self is not player.optimizer:
            found.update({name: p.grad.clone() for name, p in model.named_parameters()})
        return step(self, *arguments, **more)

    player.judge = judging
    monkeypatch.setattr(torch.optim.Adam, "step", stepping)
    play(samples, model=model, player=player, schedule=schedule)
    again = Plain(width=0.125, output="ab", bounded=False).to(memory_format=torch.channels_last)
    again.load_state_dict(start)
    player.network.load_state_dict(kept["judge"])
    luminance, ab = samples.batch(0, 8)
    luminance = luminance.contiguous(memory_format=torch.channels_last)
    predicted = again.train()(luminance)
    (distances(100.0, 0.0)(predicted, ab) + judge(luminance, predicted)).backward()
    for name, parameter in again.named_parameters():
        largest = parameter.grad.abs().max()
        assert torch.allclose(found[name], parameter.grad, atol=1e-3 * float(largest), rtol=1e-2), name


def test_two_players_are_not_for_crews(workspace):
    with pytest.raises(UsageError, match="two networks"):
        train(workspace, ["gan-lsgan"], options=TrainOptions(), crew=ProcessGroup(0, 2))


def test_a_run_has_the_curves_of_both(workspace):
    import json

    options = TrainOptions(width=0.125, epochs=1, batch_size=4, accumulate=1, settings={"turns": 2})
    train(workspace, ["gan-lsgan"], options=options)
    curves = json.loads((workspace.runs / "gan-lsgan" / "curves.json").read_text())
    assert len(curves["opponent"]) == len(curves["losses"]) > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("game", FORMULAS)
def test_500_steps_without_losing_sense(samples, game):
    settings = {"clip": 0.01} if game == "wgan" else {}
    adam = {"learning_rate": 2e-4, "momentum": 0.5}
    rates = {"optimizer": "rmsprop", "learning_rate": 5e-5} if game == "wgan" else adam
    schedule = Schedule(epochs=125, batch_size=2, accumulate=1, **rates)
    torch.manual_seed(0)
    small = Plain(width=0.0625, output="ab", bounded=False)
    model, player, progress = play(samples, "", small, opponent(game, schedule, **settings), schedule)
    assert progress.update == 500
    assert np.isfinite(progress.losses).all() and np.isfinite(progress.opponent).all()
    for network in (model, player.network):
        assert all(tensor.isfinite().all() for tensor in network.state_dict().values())
    assert np.mean(progress.losses[-50:]) < np.mean(progress.losses[:50])
    assert isinstance(player.network, Discriminator) or game == "ebgan"
