"""Samples, losses, the loop, and that a resumed training is the uninterrupted one."""

import copy
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.color.bins import AB_BINS, N_BINS
from cartoonize.color.lab import lightness, lightness_of_grey, rgb_to_lab
from cartoonize.errors import CartoonizeError, WorkspaceError
from cartoonize.learning import trainer as loop
from cartoonize.learning.gradient_sync import combine, running_statistics
from cartoonize.learning.losses import bin_frequencies, divergence, euclidean
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.samples import Augmentation, Samples, build_cache, true_ab
from cartoonize.learning.trainer import Progress, Schedule, fit, validate
from cartoonize.learning.weight_average import N_SETTLING
from cartoonize.methods.baselines.lookup import Lookup
from cartoonize.methods.networks.plain import Plain

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (12, 4, 4, 3)).astype(np.uint8)
    return blocks.repeat(64, 1).repeat(64, 2)


def test_a_batch_depends_on_seed_and_number_alone(pictures):
    samples = Samples(pictures, seed=3)
    inputs, ab = samples.batch(7, 4)
    assert inputs.shape == (4, 1, 224, 224) and ab.shape == (4, 2, 56, 56)
    again, _ = Samples(pictures, seed=3).batch(7, 4)
    other, _ = Samples(pictures, seed=4).batch(7, 4)
    assert torch.equal(inputs, again) and not torch.equal(inputs, other)
    assert inputs.min() >= 0 and inputs.max() <= 1


def test_an_epoch_sees_every_frame_once(pictures):
    samples = Samples(pictures, seed=1)
    for epoch in range(2):
        rows = [samples._row(epoch * len(pictures) + k) for k in range(len(pictures))]
        assert sorted(rows) == list(range(len(pictures)))


def test_without_change_the_grey_print_is_rec_601(pictures):
    none = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    inputs, _ = Samples(pictures, augmentation=none).batch(0, 4)
    grey = torch.from_numpy(pictures.astype(np.float32) / 255 @ np.array([0.299, 0.587, 0.114], np.float32))
    known = lightness_of_grey(grey).unique() / 100
    assert (inputs.reshape(-1, 1) - known).abs().min(1).values.max() < 2e-4


def literal_batch(samples, number, size):
    """The training batch in words: every frame alone, in double precision, by the formulas of the ground."""
    change, seed = samples.augmentation, samples.seed * 1_000_003 + number
    generator = torch.Generator().manual_seed(seed)
    tops, lefts = torch.randint(33, (2, size), generator=generator).tolist()
    mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
    draws = [torch.randn(shape, generator=generator) for shape in ((size, 3), (3, size, 1, 1))]
    amounts = torch.rand(size, generator=generator)
    noise = torch.randn(size, 224, 224, generator=generator).double().numpy()
    inputs, colors = [], []
    for k in range(size):
        epoch, offset = divmod(number * size + k, len(samples))
        row = np.random.default_rng((samples.seed, epoch)).permutation(len(samples))[offset]
        rgb = samples.pictures[row][tops[k] : tops[k] + 224, lefts[k] : lefts[k] + 224] / 255
        rgb = np.flip(rgb, 1) if mirrored[k] else rgb
        small = rgb.reshape(56, 4, 56, 4, 3).mean((1, 3))
        colors.append(rgb_to_lab(small)[..., 1:].transpose(2, 0, 1))
        if samples.luminance == "cielab":
            inputs.append(rgb_to_lab(rgb)[..., 0] / 100)
            continue
        weights = np.array([0.299, 0.587, 0.114]) * np.exp(change.weights * draws[0][k].double().numpy())
        gamma, gain, offset = draws[1][:, k, 0, 0].double().numpy()
        grey = np.maximum(rgb @ (weights / weights.sum()), 1e-4) ** np.exp(change.gamma * gamma)
        grey = (grey - 0.5) * (1 + change.contrast * gain) + 0.5 + change.contrast / 2 * offset
        grey = np.clip(grey + change.grain * float(amounts[k]) * noise[k], 0, 1)
        inputs.append(lightness_of_grey(grey) / 100)
    return np.stack(inputs)[:, None], np.stack(colors)


@pytest.mark.parametrize("luminance, tolerance", [("grey", 2e-4), ("cielab", 1e-5)])
def test_a_batch_equals_its_definition(luminance, tolerance):
    pictures = np.random.default_rng(2).integers(0, 256, (5, 256, 256, 3)).astype(np.uint8)
    samples = Samples(pictures, luminance, seed=5)
    inputs, ab = samples.batch(3, 4)
    expected, expected_ab = literal_batch(samples, 3, 4)
    assert np.abs(inputs.numpy() - expected).max() < tolerance
    assert np.abs(ab.numpy() - expected_ab).max() < 1e-3


def test_cielab_input_is_the_lightness_of_the_coloured_picture(pictures):
    inputs, ab = Samples(pictures, "cielab", seed=0).batch(0, 2)
    colored = rgb_to_lab(torch.from_numpy(pictures).float() / 255)
    known = set(np.round((colored[..., 0] / 100).unique().numpy(), 3))
    assert set(np.round(inputs.unique().numpy(), 3)) <= known
    grey, _ = Samples(pictures, "grey", seed=0).batch(0, 2)
    assert not torch.allclose(inputs, grey, atol=0.05)


def test_true_ab_averages_four_by_four(pictures):
    rgb = torch.from_numpy(pictures[:1]).float() / 255
    expected = rgb_to_lab(rgb)[:, 2::4, 2::4, 1:].permute(0, 3, 1, 2)  # blocks are flat
    assert torch.allclose(true_ab(rgb), expected, atol=1e-3)
    assert torch.allclose(true_ab(torch.from_numpy(pictures[:1])), expected, atol=1e-3)


def test_divergence_equals_its_definition():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, N_BINS, 3, 4, generator=generator)
    ab = torch.rand(2, 2, 3, 4, generator=generator) * 100 - 50
    weights = torch.rand(N_BINS, generator=generator).numpy()
    p_hat = torch.softmax(logits, 1)
    total = 0.0
    for n in range(2):
        for y in range(3):
            for x in range(4):
                distance = (torch.from_numpy(AB_BINS) - ab[n, :, y, x]).norm(dim=1)
                nearest = distance.argsort()[:5]
                p = torch.exp(-(distance[nearest] ** 2) / 50)
                p /= p.sum()
                kl = (p * (p.log() - p_hat[n, nearest, y, x].log())).sum()
                total += weights[nearest[0]] * kl
    assert torch.isclose(divergence(weights)(logits, ab), torch.as_tensor(total / 24), rtol=1e-4)
    assert divergence()(logits, ab) > 0


def test_divergence_is_least_at_the_truth():
    ab = torch.tensor([12.0, -7.0]).view(1, 2, 1, 1)
    logits = torch.zeros(1, N_BINS, 1, 1, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.5)
    for _ in range(300):
        optimizer.zero_grad()
        loss = divergence()(logits, ab)
        loss.backward()
        optimizer.step()
    assert loss < 0.01


def test_euclidean():
    ab = torch.zeros(1, 2, 2, 2)
    assert euclidean(torch.full_like(ab, 11.0), ab) == pytest.approx(0.5 * 2 * 0.1**2)


def test_bin_frequencies_find_the_colour():
    green = np.zeros((3, 256, 256, 3), np.uint8)
    green[..., 1] = 128
    frequencies = bin_frequencies(Samples(green))
    ab = rgb_to_lab(np.array([0, 128 / 255, 0]))[1:]
    assert frequencies.sum() == pytest.approx(1)
    assert np.linalg.norm(AB_BINS[frequencies.argmax()] - ab) < 8


def test_lookup_learns_the_mean_colour_of_each_level(pictures):
    samples = Samples(pictures, "cielab")
    model = Lookup()
    model.fit(samples.whole_frames())
    colors = rgb_to_lab(torch.from_numpy(pictures).float() / 255).reshape(-1, 3)
    level = lightness(torch.from_numpy(pictures).float() / 255).reshape(-1).round()
    some = level.unique()[3]
    expected = colors[level == some][:, 1:].mean(0)
    predicted = model(torch.full((1, 1, 1, 1), float(some) / 100)).flatten()
    assert torch.allclose(predicted, expected, atol=0.05)


def small_model():
    torch.manual_seed(0)
    return Plain(width=0.125, dropout=True)


SETTINGS = {"loss": divergence(), "device": CPU, "bfloat16": False}


@pytest.mark.parametrize("stop_at, ema", [(1, 0.0), (3, 0.5)])
def test_a_resumed_training_equals_an_uninterrupted_one(pictures, monkeypatch, stop_at, ema):
    samples = Samples(pictures[:6])
    schedule = Schedule(epochs=4, batch_size=3, accumulate=2)
    whole = small_model()
    expected = fit(whole, samples, None, schedule=schedule, ema=ema, **SETTINGS)
    assert expected.update == 4 and expected.done

    kept = {}

    def keep(tensors, progress):
        if progress.update == stop_at and not kept:
            kept["state"] = {name: tensor.clone() for name, tensor in tensors.items()}
            kept["progress"] = Progress(**copy.deepcopy(progress.as_dict()))

    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    fit(small_model(), samples, None, schedule=schedule, ema=ema, save=keep, **SETTINGS)
    resumed = Plain(width=0.125, dropout=True)
    progress = fit(resumed, samples, None, schedule=schedule, ema=ema, **kept, **SETTINGS)
    assert progress.losses == expected.losses
    assert [v["loss"] for v in progress.validations] == [v["loss"] for v in expected.validations]
    for name, tensor in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def test_the_average_of_the_weights_is_validated_and_kept(pictures):
    samples, passed = Samples(pictures[:4]), []

    def remember(progress, share):
        passed.append({name: tensor.detach().clone() for name, tensor in model.named_parameters()})

    model = small_model()
    schedule = Schedule(epochs=3, batch_size=2, accumulate=1)
    progress = fit(model, samples, None, schedule=schedule, ema=0.75, on_update=remember, **SETTINGS)
    assert len(passed) == 6
    for name, tensor in model.named_parameters():
        expected = passed[0][name].double()
        for weights in passed[1:]:
            expected = 0.75 * expected + 0.25 * weights[name].double()
        assert torch.allclose(tensor.double(), expected, rtol=1e-5, atol=1e-7), name
        assert not torch.equal(tensor, passed[-1][name]), name
    assert validate(model, samples, SETTINGS["loss"], CPU, False).items() <= progress.validations[-1].items()


def test_batch_norms_of_the_average_know_what_it_sees(pictures):
    """Their statistics are those of its own features, not of the weights that were passed on the way."""
    samples, model = Samples(pictures[:4]), small_model()
    fit(model, samples, None, schedule=Schedule(epochs=8, batch_size=2, accumulate=1), ema=0.9, **SETTINGS)
    kept = copy.deepcopy(model.state_dict())
    seen = {}

    def note(name):
        return lambda norm, inputs, out: seen.setdefault(name, []).append(inputs[0])

    for name, module in model.eval().named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train().register_forward_hook(note(name))
    with torch.no_grad():
        for number in range(16, 16 + N_SETTLING):
            model(samples.batch(number, 2)[0])
    assert len(seen) == 7
    for name, features in seen.items():
        for statistic, values in (
            ("running_mean", [f.mean((0, 2, 3)) for f in features]),
            ("running_var", [f.var((0, 2, 3)) for f in features]),
        ):
            expected = torch.stack(values).mean(0)
            assert torch.allclose(kept[f"{name}.{statistic}"], expected, rtol=1e-3, atol=1e-5), name


@dataclass(frozen=True)
class Threads(ProcessGroup):
    """A crew of threads: it adds up without sending anything."""

    met: threading.Barrier | None = None
    brought: list = field(default_factory=list)

    def add_up(self, tensors):
        self.brought[self.rank] = [tensor.clone() for tensor in tensors]
        self.met.wait(60)
        for position, tensor in enumerate(tensors):
            tensor.copy_(sum(theirs[position] for theirs in self.brought))
        self.met.wait(60)


class Double(nn.Module):
    """A small network in double precision: so little is lost to rounding that nothing else can hide in it."""

    def __init__(self):
        super().__init__()
        layers = nn.Conv2d(1, 6, 4, 4), nn.ReLU(), nn.BatchNorm2d(6), nn.Conv2d(6, 2, 3, padding=1)
        self.network = nn.Sequential(*layers).double()

    def forward(self, inputs):
        return self.network(inputs.double())


@pytest.mark.parametrize("size", [2, 4])
def test_a_crew_does_what_one_does_alone(pictures, size):
    samples = Samples(pictures[:8])
    settings = {
        "schedule": Schedule(epochs=3, batch_size=2, accumulate=4),
        "loss": lambda predicted, ab: ((predicted - ab) / 110).square().mean(),
        "device": CPU,
        "bfloat16": False,
        "ema": 0.5,
    }
    torch.manual_seed(0)
    start = Double()
    alone = copy.deepcopy(start)
    expected = fit(alone, samples, None, **settings)

    met, brought, saved = threading.Barrier(size), [None] * size, []
    models = [copy.deepcopy(start) for _ in range(size)]

    def work(rank):
        crew = Threads(rank, size, met=met, brought=brought)
        keep = lambda tensors, progress: saved.append(rank)  # noqa: E731
        return fit(models[rank], samples, None, crew=crew, save=keep, **settings)

    with ThreadPoolExecutor(size) as pool:
        done = list(pool.map(work, range(size)))
    assert set(saved) == {0}  # the first process alone saves and validates
    assert [len(progress.validations) for progress in done] == [len(expected.validations), *[0] * (size - 1)]
    assert all(progress.losses == pytest.approx(expected.losses, rel=1e-5) for progress in done)
    for name, tensor in alone.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        ours = [model.state_dict()[name] for model in models]
        assert torch.allclose(ours[0], tensor, rtol=1e-7, atol=1e-9), name
        assert all(torch.equal(ours[0], theirs) for theirs in ours), name


def test_running_statistics_are_those_of_the_whole_sequence():
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(3, 5, 4, 4, generator=generator) * k + k for k in range(1, 7)]
    alone = nn.Sequential(nn.BatchNorm2d(5, momentum=0.3), nn.Conv2d(5, 1, 1))
    alone(torch.ones(1, 5, 2, 2))  # a past
    start = copy.deepcopy(alone)
    for batch in batches:
        alone(batch)

    met, brought = threading.Barrier(3), [None] * 3

    def work(rank):
        model = copy.deepcopy(start)
        before = running_statistics(model)
        for batch in batches[2 * rank : 2 * rank + 2]:
            model(batch)
        combine(model, before, 2, Threads(rank, 3, met=met, brought=brought))
        return model[0]

    with ThreadPoolExecutor(3) as pool:
        for norm in pool.map(work, range(3)):
            assert torch.allclose(norm.running_mean, alone[0].running_mean, rtol=1e-5)
            assert torch.allclose(norm.running_var, alone[0].running_var, rtol=1e-5)
            assert norm.num_batches_tracked == alone[0].num_batches_tracked == 7


def test_the_rate_drops_half_way(pictures):
    rates = []
    original = torch.optim.Adam.step

    def step(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", step)
        schedule = Schedule(epochs=4, batch_size=3, accumulate=1)
        fit(small_model(), Samples(pictures[:3]), None, schedule=schedule, **SETTINGS)
    assert rates == pytest.approx([1e-3, 1e-3, 3e-4, 3e-4])


def test_training_learns(pictures):
    samples = Samples(pictures[:2], "cielab")
    schedule = Schedule(epochs=24, batch_size=2, accumulate=1)
    progress = fit(Plain(width=0.125), samples, None, schedule=schedule, **SETTINGS)
    assert np.mean(progress.losses[-5:]) < 0.9 * np.mean(progress.losses[:5])


class _Greedy(nn.Module):
    """Has memory for only so many pictures at a time, and no batch norm."""

    def __init__(self, most):
        super().__init__()
        self.net, self.most, self.seen = nn.Conv2d(1, N_BINS, 4, stride=4), most, []

    def forward(self, inputs):
        if self.training:
            self.seen.append(len(inputs))
            if len(inputs) > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.net(inputs)


def test_where_memory_is_too_small_for_a_batch_it_is_learned_from_in_pieces(pictures):
    schedule = Schedule(epochs=1, batch_size=6, accumulate=2)
    results = []
    for most in (6, 2):
        torch.manual_seed(0)
        model = _Greedy(most)
        results.append((model, fit(model, Samples(pictures), None, schedule=schedule, **SETTINGS)))
    (whole, expected), (pieces, found) = results
    assert whole.seen == [6, 6] and pieces.seen == [6, 3] + [2, 2, 2] * 2
    assert found.losses == pytest.approx(expected.losses, rel=1e-5)
    for a, b in zip(whole.parameters(), pieces.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
    with pytest.raises(CartoonizeError, match=r"one picture at a time.*--width"):
        fit(_Greedy(0), Samples(pictures), None, schedule=schedule, **SETTINGS)


def test_an_interrupt_saves_between_updates(pictures):
    saved = []

    def interrupt(progress, share):
        if progress.update == 2:
            os.kill(os.getpid(), signal.SIGINT)

    schedule = Schedule(epochs=50, batch_size=2, accumulate=1)
    with pytest.raises(KeyboardInterrupt):
        fit(
            small_model(),
            Samples(pictures[:2]),
            None,
            schedule=schedule,
            on_update=interrupt,
            save=lambda tensors, progress: saved.append(progress.update),
            **SETTINGS,
        )
    assert saved == [1, 2]  # after the validation of each epoch, and the interrupt


def test_a_loss_that_is_no_number_stops_the_training(pictures):
    def broken(predicted, ab):
        return predicted.sum() * float("nan")

    settings = {**SETTINGS, "loss": broken}
    schedule = Schedule(epochs=1, batch_size=2, accumulate=1)
    with pytest.raises(CartoonizeError, match="diverged"):
        fit(small_model(), Samples(pictures[:2]), None, schedule=schedule, **settings)


def test_the_cache_holds_the_pictures(tmp_path, pictures):
    paths = []
    for number, picture in enumerate(pictures[:3]):
        paths.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(paths[-1]), picture[..., ::-1])
    cached = build_cache(tmp_path / "cache" / "frames.npy", paths)
    assert np.array_equal(cached, pictures[:3])
    (tmp_path / "2.png").unlink()
    assert np.array_equal(build_cache(tmp_path / "cache" / "frames.npy", paths), pictures[:3])
    with pytest.raises(WorkspaceError, match=r"2\.png"):
        build_cache(tmp_path / "cache" / "others.npy", paths)
    assert not (tmp_path / "cache" / "others.npy").exists()
