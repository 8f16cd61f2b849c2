"""On a CUDA GPU: trainings and predictions of all methods, in all precisions, compared with the CPU.

Run `make gpu`. Without a GPU, these tests are skipped.
"""

import copy

import numpy as np
import pytest
import torch

from cartoonize.devices import pick_dtype
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.frames import Frame
from cartoonize.learning import trainer
from cartoonize.learning.losses import divergence
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.trainer import Compute, Trainer
from cartoonize.methods.member import load_member
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.video import open_source
from tests.support.trainers import TinyNetwork

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")]

DEVICE = torch.device("cuda")
TRAINED = [variant for variant in VARIANTS.values() if variant.kind != "fixed" and variant.can_be_trained]
#: Largest mean difference from the CPU in float32, as a share of the mean of the CPU's values. On noise, the
#: rounding of bfloat16 changes 14% on a CPU.
TOLERANCE = {"float32": 1e-3, "bfloat16": 0.2, "float16": 0.05}
SHORT = {"width": 0.125, "updates": 2, "batch_size": 4, "accumulate": 2}


def cases():
    for variant in TRAINED:
        for precision in TOLERANCE if variant.kind == "network" else ("float32",):
            if not (variant.adversary and precision == "float16"):
                yield pytest.param(variant, precision, id=f"{variant.name}-{precision}")


@pytest.mark.parametrize("variant, precision", list(cases()))
def test_a_gpu_trains_and_predicts_what_a_cpu_does(workspace, variant, precision):
    train(workspace, [variant.name], options=TrainOptions(**SHORT, device=str(DEVICE), precision=precision))
    path = workspace.checkpoint(variant.name)
    lightness = torch.rand(2, 256, 256, generator=torch.Generator().manual_seed(0)) * 100
    expected = load_member(path).predict(lightness)
    member = load_member(path, DEVICE, dtype=pick_dtype(precision, DEVICE))
    found = member.predict(lightness.to(DEVICE))
    assert found.device.type == DEVICE.type
    assert (found.cpu() - expected).abs().mean() <= TOLERANCE[precision] * expected.abs().mean()


@pytest.fixture(scope="module")
def pictures():
    return (
        np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8).repeat(32, 1).repeat(32, 2)
    )


def trained_on_the_gpu(pictures, saved=None, write_state=None, dtype=torch.float32):
    torch.manual_seed(0)
    schedule = Schedule(epochs=4, batch_size=3, accumulate=2)
    run = Trainer(
        TinyNetwork(), Samples(pictures), loss=divergence(), schedule=schedule, compute=Compute(DEVICE, dtype)
    )
    if saved:
        run.resume(*saved)
    return run.run(write_state=write_state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_a_resumed_training_is_like_an_uninterrupted_one(pictures, monkeypatch, dtype):
    saved = []

    def save(tensors, progress):
        if progress.update == 2 and not saved:
            saved.append({name: tensor.clone() for name, tensor in tensors.items()})
            saved.append(TrainingProgress.from_dict(copy.deepcopy(progress.as_dict())))

    monkeypatch.setattr(trainer, "SAVE_EVERY", 0.0)
    expected = trained_on_the_gpu(pictures, write_state=save, dtype=dtype)
    found = trained_on_the_gpu(pictures, saved=tuple(saved), dtype=dtype)
    assert found.losses == pytest.approx(expected.losses, rel=1e-3)


@pytest.fixture
def little_memory():
    """Leave 300 MB of the memory of the GPU."""
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    hog = torch.empty(max(0, free - 300 * 2**20), dtype=torch.uint8, device=DEVICE)
    yield
    del hog
    torch.cuda.empty_cache()


@pytest.fixture
def wide(workspace):
    """Train a network that needs more memory for 16 drawings than there is."""
    train(
        workspace, ["plain"], options=TrainOptions(updates=1, batch_size=1, accumulate=1, device=str(DEVICE))
    )
    return load_member(workspace.checkpoint("plain"), DEVICE)


def test_batches_are_halved_if_memory_is_too_small(wide, request):
    options = PredictOptions(device=str(DEVICE), precision="float32")
    grey = np.random.default_rng(0).integers(0, 256, (16, 64, 64)).astype(np.uint8)
    numbered = [Frame(k, k, picture, picture, drawing=k, shot=0) for k, picture in enumerate(grey)]
    expected = [frame.ab for frame in predict_frames(numbered, [wide], options=options)]
    request.getfixturevalue("little_memory")
    found = [frame.ab for frame in predict_frames(numbered, [wide], options=options)]
    assert np.abs(np.stack(found) - np.stack(expected)).mean() < 0.05


def test_gradients_are_exchanged_by_nccl(tmp_path):
    torch.distributed.init_process_group(
        "cpu:gloo,cuda:nccl", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
    )
    try:
        tensors = [torch.arange(3.0, device=DEVICE), torch.ones(2, 2, device=DEVICE)]
        ProcessGroup(rank=0, size=2).all_reduce(tensors)  # the other one is not there: the sums are its own
        assert tensors[0].tolist() == [0, 1, 2] and tensors[1].sum() == 4
        assert ProcessGroup(rank=0, size=2).sum(1.0, 2.5) == [1.0, 2.5]
    finally:
        torch.distributed.destroy_process_group()


def test_a_film_has_the_same_colours_as_from_a_cpu(cartoonize, workspace, films, tmp_path):
    options = TrainOptions(width=0.125, updates=5, batch_size=4, accumulate=1, device="cpu")
    train(workspace, ["series"], options=options)
    pictures = []
    for device in ("cpu", str(DEVICE)):
        out = tmp_path / f"{device}.mkv"
        how = ("--precision", "float32", "--device", device, "--variant", "series", "-o", out)
        assert cartoonize("colorize", films / "grey.mkv", "-w", workspace.root, *how).code == 0
        with open_source(out) as source:
            pictures.append(np.stack([frame.rgb for frame in source.frames(rgb=True)]))
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() < 0.5
