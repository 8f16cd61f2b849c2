"""The trainer: resuming, averages, learning rate, memory, interrupts, divergence."""

import copy
import os
import shutil
import signal

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.color.bins import N_BINS
from cartoonize.errors import CartoonizeError
from cartoonize.learning import trainer
from cartoonize.learning.losses import distances, divergence
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.trainer import Compute, Trainer
from cartoonize.learning.validation import validate
from tests.support.trainers import CPU, AfterUpdates, TinyNetwork, run_trainer

LOSS = divergence()


def small_model(n_outputs=N_BINS):
    torch.manual_seed(0)
    return TinyNetwork(n_outputs)


HISTOGRAMS = {"n_outputs": N_BINS, "loss": LOSS, "dtype": torch.float32}
#: Losses in float16 are scaled. Its convolutions are slow on a CPU: two channels instead of 313.
IN_FLOAT16 = {"n_outputs": 2, "loss": distances(1.0, 0.0), "dtype": torch.float16}


@pytest.mark.parametrize(
    "stop_at, ema, how", [(1, 0.0, HISTOGRAMS), (3, 0.5, HISTOGRAMS), (3, 0.5, IN_FLOAT16)]
)
def test_a_resumed_training_equals_an_uninterrupted_one(pictures, monkeypatch, stop_at, ema, how):
    samples = Samples(pictures[:6])
    schedule = Schedule(epochs=4, batch_size=3, accumulate=2)
    n_outputs, how = how["n_outputs"], {key: how[key] for key in ("loss", "dtype")}
    whole = small_model(n_outputs)
    settings = {"schedule": schedule, "ema": ema, **how}
    expected = run_trainer(whole, samples, **settings)
    assert expected.update == 4 and expected.done

    saved = []

    def save(tensors, progress):
        if progress.update == stop_at and not saved:
            saved.append({name: tensor.clone() for name, tensor in tensors.items()})
            saved.append(TrainingProgress.from_dict(copy.deepcopy(progress.as_dict())))

    monkeypatch.setattr(trainer, "SAVE_EVERY", 0.0)
    run_trainer(small_model(n_outputs), samples, write_state=save, **settings)
    resumed = TinyNetwork(n_outputs)
    progress = run_trainer(resumed, samples, saved=tuple(saved), **settings)
    assert progress.losses == expected.losses
    assert [v["loss"] for v in progress.validations] == [v["loss"] for v in expected.validations]
    for name, tensor in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def test_the_average_of_the_weights_is_validated_and_kept(pictures):
    samples, weights_after = Samples(pictures[:4]), []

    def remember(progress):
        weights_after.append({name: tensor.detach().clone() for name, tensor in model.named_parameters()})

    model = small_model()
    schedule = Schedule(epochs=3, batch_size=2, accumulate=1)
    progress = run_trainer(model, samples, loss=LOSS, schedule=schedule, ema=0.75, after_update=remember)
    assert len(weights_after) == 6
    for name, tensor in model.named_parameters():
        expected = weights_after[0][name].double()
        for weights in weights_after[1:]:
            expected = 0.75 * expected + 0.25 * weights[name].double()
        assert torch.allclose(tensor.double(), expected, rtol=1e-5, atol=1e-7), name
        assert not torch.equal(tensor, weights_after[-1][name]), name
    assert validate(model, samples, LOSS, CPU, torch.float32).items() <= progress.validations[-1].items()


def test_batch_norms_of_the_average_have_the_statistics_of_its_features(pictures):
    """They do not have the statistics of earlier weights."""
    samples, model = Samples(pictures[:4]), small_model()
    schedule = Schedule(epochs=8, batch_size=2, accumulate=1)
    run_trainer(model, samples, loss=LOSS, schedule=schedule, ema=0.9)
    state = copy.deepcopy(model.state_dict())
    features_of = {}

    def record(name):
        return lambda norm, inputs, out: features_of.setdefault(name, []).append(inputs[0])

    for name, module in model.eval().named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train().register_forward_hook(record(name))
    with torch.no_grad():
        for number in range(16, 16 + trainer.N_STATISTICS_BATCHES):
            model(samples.batch(number, 2)[0])
    assert len(features_of) == 2
    for name, features in features_of.items():
        for statistic, values in (
            ("running_mean", [f.mean((0, 2, 3)) for f in features]),
            ("running_var", [f.var((0, 2, 3)) for f in features]),
        ):
            expected = torch.stack(values).mean(0)
            assert torch.allclose(state[f"{name}.{statistic}"], expected, rtol=1e-3, atol=1e-5), name


def test_the_learning_rate_drops_half_way(pictures):
    rates = []
    original = torch.optim.Adam.step

    def step(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", step)
        schedule = Schedule(epochs=4, batch_size=3, accumulate=1)
        run_trainer(small_model(), Samples(pictures[:3]), loss=LOSS, schedule=schedule)
    assert rates == pytest.approx([1e-3, 1e-3, 3e-4, 3e-4])


class _Slow:
    """A stopwatch of a machine that takes a minute for an update."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def start(self):
        self.seconds += 60

    def stop(self):
        pass


def test_weights_do_not_depend_on_the_speed_of_the_machine(pictures, monkeypatch):
    """Neither the rate nor the validations nor the saved states change, though they follow the clock."""
    schedule = Schedule(updates=7, batch_size=2, accumulate=1)
    settings = {"loss": LOSS, "schedule": schedule, "ema": 0.5}
    model, saved = small_model(), []
    fast = run_trainer(model, Samples(pictures[:4]), **settings)

    def tick(progress):
        run._clock.seconds += 100

    monkeypatch.setattr(trainer, "Clock", _Slow)
    slowed = small_model()
    run = Trainer(slowed, Samples(pictures[:4]), compute=Compute(CPU), **settings)
    slow = run.run(write_state=lambda *state: saved.append(1), reporter=AfterUpdates(run, tick))
    assert slow.seconds > 600 > fast.seconds and len(saved) > 5
    assert slow.losses == fast.losses and slow.update == 7
    assert [v["update"] for v in slow.validations] == [2, 3, 5, 6, 7]
    timeless = [[{**v, "seconds": 0} for v in p.validations] for p in (slow, fast)]
    assert timeless[0] == timeless[1]
    for name, tensor in model.state_dict().items():
        assert torch.equal(slowed.state_dict()[name], tensor), name


def test_a_limit_of_minutes_ends_a_schedule_of_updates(pictures):
    """Rates follow whichever ends first."""
    schedule = Schedule(updates=100, minutes=1.0)
    assert [schedule.share_done(update, 30.0, 1) for update in (10, 50, 90)] == [0.5, 0.5, 0.9]
    assert schedule.share_done(10, 60.0, 1) == 1.0
    assert Schedule(updates=100).share_done(50, 1e6, 1) == 0.5
    assert Schedule(epochs=4).share_done(10, 1e6, updates_per_epoch=5) == 0.5
    schedule = Schedule(updates=1000, minutes=1e-6, batch_size=2, accumulate=1)
    progress = run_trainer(small_model(), Samples(pictures[:2]), loss=LOSS, schedule=schedule)
    assert progress.update == 1 and progress.done and len(progress.validations) == 1


def scripted_errors(monkeypatch, *errors):
    """Let validations find these errors, one after the other; return the weights of each."""
    weights, left = [], list(errors)

    def found(model, *_):
        weights.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        model.eval()
        return {"loss": 1.0, "ab_error": left.pop(0)}

    monkeypatch.setattr(trainer, "validate", found)
    return weights


def assert_same(model, weights):
    for name, tensor in weights.items():
        assert torch.equal(model.state_dict()[name], tensor), name


@pytest.mark.parametrize("ema", [0.0, 0.5])
def test_a_training_that_no_longer_improves_ends_with_its_best_weights(pictures, monkeypatch, ema):
    samples, model = Samples(pictures[:4]), small_model()
    schedule = Schedule(updates=10, patience=2, batch_size=2, accumulate=1)
    weights = scripted_errors(monkeypatch, 9.0, 5.0, 5.0, 6.0, 1.0)
    settings = {"loss": LOSS, "schedule": schedule, "ema": ema, "validation": samples}
    progress = run_trainer(model, samples, **settings)
    assert progress.update == 8 and progress.done and progress.ended_by == "patience"
    assert progress.best == 1 and progress.kept_validation["update"] == 4
    assert_same(model, weights[1])


def test_patience_needs_validation_frames(pictures, monkeypatch):
    """Errors on training frames say nothing."""
    schedule = Schedule(updates=5, patience=1, batch_size=2, accumulate=1)
    weights = scripted_errors(monkeypatch, 5.0, 6.0, 7.0, 8.0, 9.0)
    model = small_model()
    progress = run_trainer(model, Samples(pictures[:4]), loss=LOSS, schedule=schedule)
    assert progress.update == 5 and progress.ended_by == "length" and progress.best is None
    assert_same(model, weights[-1])


@pytest.mark.parametrize("stop_at", [2, 3, 4, 6])
def test_a_resumed_training_knows_its_best_weights(pictures, monkeypatch, stop_at):
    samples = Samples(pictures[:4])
    schedule = Schedule(updates=10, patience=2, batch_size=2, accumulate=1)
    settings = {"loss": LOSS, "schedule": schedule, "validation": samples}
    errors, whole, saved = (5.0, 4.0, 6.0, 7.0, 1.0), small_model(), []
    scripted_errors(monkeypatch, *errors)
    expected = run_trainer(whole, samples, **settings)

    def save(tensors, progress):
        if progress.update == stop_at and not saved:
            saved.append({name: tensor.clone() for name, tensor in tensors.items()})
            saved.append(TrainingProgress.from_dict(copy.deepcopy(progress.as_dict())))

    scripted_errors(monkeypatch, *errors)
    monkeypatch.setattr(trainer, "SAVE_EVERY", 0.0)
    run_trainer(small_model(), samples, write_state=save, **settings)
    scripted_errors(monkeypatch, *errors[len(saved[1].validations) :])
    resumed = TinyNetwork()
    progress = run_trainer(resumed, samples, saved=tuple(saved), **settings)
    assert (progress.update, progress.ended_by, progress.best) == (8, "patience", 1)
    assert progress.losses == expected.losses
    assert_same(resumed, whole.state_dict())


def test_training_learns(pictures):
    samples = Samples(pictures[:2], "cielab")
    schedule = Schedule(epochs=24, batch_size=2, accumulate=1, learning_rate=0.02)
    progress = run_trainer(small_model(), samples, loss=LOSS, schedule=schedule)
    assert np.mean(progress.losses[-5:]) < 0.9 * np.mean(progress.losses[:5])


class _LimitedNetwork(nn.Module):
    """A network without batch norm that has memory for only so many pictures at a time."""

    def __init__(self, most):
        super().__init__()
        self.net, self.most, self.sizes = nn.Conv2d(1, N_BINS, 4, stride=4), most, []

    def forward(self, inputs):
        if self.training:
            self.sizes.append(len(inputs))
            if len(inputs) > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.net(inputs)


def test_a_batch_is_split_if_memory_is_too_small_for_it(pictures):
    schedule = Schedule(epochs=1, batch_size=6, accumulate=2)
    results = []
    for most in (6, 2):
        torch.manual_seed(0)
        model = _LimitedNetwork(most)
        results.append((model, run_trainer(model, Samples(pictures), loss=LOSS, schedule=schedule)))
    (whole, expected), (pieces, found) = results
    assert whole.sizes == [6, 6] and pieces.sizes == [6, 3] + [2, 2, 2] * 2
    assert found.losses == pytest.approx(expected.losses, rel=1e-5)
    for a, b in zip(whole.parameters(), pieces.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
    with pytest.raises(CartoonizeError, match=r"one picture at a time.*--width"):
        run_trainer(_LimitedNetwork(0), Samples(pictures), loss=LOSS, schedule=schedule)


def test_too_little_memory_for_the_next_batch_is_said(pictures):
    """It is not taken for an error of the network, after which the same batch would be tried again."""

    class Full(Samples):
        def batch(self, number, size, device="cpu"):
            if number == 1:
                raise torch.AcceleratorError("CUDA error: out of memory")
            return super().batch(number, size, device)

    schedule = Schedule(epochs=2, batch_size=2, accumulate=1)
    with pytest.raises(CartoonizeError, match=r"load a batch of 2 frames.*smaller --batch-size"):
        run_trainer(_LimitedNetwork(9), Full(pictures), loss=LOSS, schedule=schedule)


def test_an_interrupt_saves_between_updates(pictures):
    saved = []

    def interrupt(progress):
        if progress.update == 2:
            os.kill(os.getpid(), signal.SIGINT)

    schedule = Schedule(epochs=50, batch_size=2, accumulate=1)
    with pytest.raises(KeyboardInterrupt):
        run_trainer(
            small_model(),
            Samples(pictures[:2]),
            loss=LOSS,
            schedule=schedule,
            after_update=interrupt,
            write_state=lambda tensors, progress: saved.append(progress.update),
        )
    assert saved == [1, 2]  # after the validation of each epoch, and the interrupt


def test_a_loss_that_is_not_a_number_stops_the_training(pictures):
    def broken(predicted, ab):
        return predicted.sum() * float("nan")

    schedule = Schedule(epochs=1, batch_size=2, accumulate=1)
    with pytest.raises(CartoonizeError, match="diverged"):
        run_trainer(small_model(), Samples(pictures[:2]), loss=broken, schedule=schedule)


def test_a_training_in_float16_scales_its_losses(pictures):
    """Without that, these gradients would be zero."""
    model, small = small_model(n_outputs=2), distances(1e-3, 0.0)
    before = copy.deepcopy(model.state_dict())
    schedule = Schedule(updates=2, batch_size=2, accumulate=1)
    run_trainer(model, Samples(pictures[:4]), loss=small, schedule=schedule, dtype=torch.float16)
    for name, weights in model.named_parameters():
        assert weights.isfinite().all() and not torch.equal(weights, before[name]), name


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_a_compiled_training_does_the_same(pictures):
    losses = []
    for compiled in (False, True):
        torch.manual_seed(0)
        schedule = Schedule(updates=3, batch_size=2, accumulate=1)
        compute, model = Compute(CPU, compile=compiled), _LimitedNetwork(9)
        run = Trainer(model, Samples(pictures[:4]), loss=LOSS, schedule=schedule, compute=compute, ema=0.5)
        losses.append(run.run().losses)
        assert set(model.state_dict()) == {"net.weight", "net.bias"}
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)


def test_a_training_without_a_compiler_says_so_in_one_line(monkeypatch):
    def failing(module, **settings):
        def call(frames):
            raise RuntimeError("no g++\nand much more")

        module.forward = call

    monkeypatch.setattr(nn.Module, "compile", failing)
    with pytest.raises(CartoonizeError, match=r"torch.compile does not work here: no g\+\+\. It"):
        Trainer(
            small_model(), Samples(None), loss=LOSS, schedule=Schedule(), compute=Compute(CPU, compile=True)
        )


@pytest.mark.parametrize("device, fused", [("cuda", True), ("cpu", False)])
def test_one_kernel_updates_all_weights_on_a_gpu(monkeypatch, device, fused):
    class Parameter:
        pass

    parameter, found = Parameter(), []
    parameter.device = torch.device(device)
    monkeypatch.setattr(torch.optim, "Adam", lambda parameters, fused, **more: found.append(fused))
    Schedule().make_optimizer(iter([parameter]))
    assert found == [fused]
