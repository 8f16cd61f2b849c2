"""GPU: networks compared with the peak of the matrix units, training, and whole films."""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.bench_speed import colored
from benchmarks.material import FRAME_RATE, channels_last, untrained, write_clip, write_untrained
from benchmarks.measure import Table
from cartoonize.learning.losses import divergence
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.trainer import Compute, Trainer
from cartoonize.methods.networks.inference import for_inference
from cartoonize.methods.networks.inputs import NETWORK_SIZE
from cartoonize.methods.registry import VARIANTS

VARIANTS_MEASURED = ("plain", "residual")
#: Images in the thesis's training: 30 epochs of 42,715 images (7.3).
THESIS_IMAGES = 30 * 42_715


def run(quick: bool = False) -> list[Table]:
    """Return the tables of networks and films; without a GPU, one empty table."""
    if not torch.cuda.is_available():
        note = "Skipped: no CUDA device."
        return [Table("GPU", ("variant", "forward", "training"), [], note)]
    device = torch.device("cuda")
    peak = matrix_peak(device)
    batches = (16,) if quick else (16, 64)
    return [networks(device, peak, batches), films(device, n_drawings=100 if quick else 1000)]


def matrix_peak(device: torch.device, size: int = 8192) -> float:
    """Return the measured FLOP/s of a product of square bfloat16 matrices."""
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    return 2 * size**3 / timed(lambda: a @ b, device)


def networks(device: torch.device, peak: float, batches: tuple[int, ...]) -> Table:
    """Return the table of forward passes and training steps."""
    rows = []
    for name in VARIANTS_MEASURED:
        network = untrained(name)
        n_flops = flops(network)
        for size in batches:
            forward = timed(forward_pass(network, size, device), device) / size
            step = timed(training_step(name, size, device), device) / size
            loaded = loaded_step(name, size, device) / size
            rows.append(
                (
                    name,
                    size,
                    1 / forward,
                    f"{n_flops / forward / peak:.0%}",
                    1 / step,
                    f"{3 * n_flops / step / peak:.0%}",
                    1 / loaded,
                    THESIS_IMAGES * loaded / 60,
                )
            )
    head = (
        "variant",
        "batch",
        "forward, frames/s",
        "share of the peak",
        "training, frames/s",
        "share of the peak",
        "with loading, frames/s",
        "minutes for the training of the thesis",
    )
    note = f"Width 1.0 at {NETWORK_SIZE}; the measured bfloat16 matrix peak is {peak / 1e12:.3g} TFLOP/s."
    return Table("Networks on the GPU", head, rows, note)


def flops(network: torch.nn.Module) -> int:
    """Return the number of floating-point operations for one frame."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, NETWORK_SIZE, NETWORK_SIZE))
    return counter.get_total_flops()


def forward_pass(network: torch.nn.Module, size: int, device: torch.device) -> Callable[[], Any]:
    """Return a function that runs the network on a batch of ``size`` frames."""
    network = for_inference(network.to(device), torch.bfloat16)
    batch = torch.rand(size, 1, NETWORK_SIZE, NETWORK_SIZE, device=device, dtype=torch.bfloat16)
    batch = batch.contiguous(memory_format=torch.channels_last)

    def work() -> Any:
        with torch.inference_mode():
            return network(batch)

    return work


def training_step(name: str, size: int, device: torch.device) -> Callable[[], Any]:
    """Return a function that makes one training update, on tensors that are already on the device."""
    network = channels_last(VARIANTS[name].build(), device).train()
    optimizer = torch.optim.Adam(network.parameters())
    loss = divergence()
    pictures = np.random.default_rng(0).integers(0, 256, (size, 256, 256, 3), np.uint8)
    inputs, ab = Samples(pictures).batch(0, size, device)
    inputs = inputs.contiguous(memory_format=torch.channels_last)

    def work() -> None:
        with torch.autocast(device.type, torch.bfloat16):
            predicted = network(inputs)
        loss(predicted, ab).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return work


def loaded_step(name: str, size: int, device: torch.device) -> float:
    """Return the seconds per update of a training that loads, crops and changes its pictures itself."""
    pictures = np.random.default_rng(0).integers(0, 256, (256, 256, 256, 3), np.uint8)
    schedule = Schedule(updates=1000, batch_size=size, accumulate=1)
    compute = Compute(device, torch.bfloat16)
    trainer = Trainer(
        VARIANTS[name].build(), Samples(pictures), loss=divergence(), schedule=schedule, compute=compute
    )
    trainer.model.train()
    with closing(trainer.batches()) as batches:
        return timed(lambda: trainer.step(batches), device)


def films(device: torch.device, n_drawings: int) -> Table:
    """Return the table of whole films, from file to file."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = write_untrained(folder)
        for held in (1, 2):
            clip = write_clip(folder / f"{held}.mkv", n_drawings, held=held)
            for refine in ("none", "grow"):
                taken = min(colored(folder, clip, (checkpoint,), refine) for _ in range(2))
                n_frames = held * n_drawings
                rows.append((held, refine, n_frames / taken, f"{n_frames / FRAME_RATE / taken:.1f}x"))
    head = ("frames per drawing", "--refine", "frames/s", "ratio to playing speed")
    return Table("Films of 720x576, end to end", head, rows)


def timed(work: Callable[[], Any], device: torch.device, *, n: int = 10) -> float:
    """Return the seconds per run, averaged over ``n`` runs in a row."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    for _ in range(3):
        work()
    wait()
    started = time.perf_counter()
    for _ in range(n):
        work()
    wait()
    return (time.perf_counter() - started) / n
