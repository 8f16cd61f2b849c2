"""Material for benchmarks: grey clips with held drawings, and networks, trained and untrained."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cartoonize.color.luma import luma_of_rgb
from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.networks.initialization import initialize_from_data
from cartoonize.methods.registry import VARIANTS
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.sample import sample
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.video import write_film
from cartoonize.workspace import Workspace

HEIGHT, WIDTH, FRAME_RATE = 576, 720, 25
#: Standard deviation of the logits of untrained networks, about that of trained ones.
_SPREAD = 3.0


def drawings(n_drawings: int, *, height: int = HEIGHT, width: int = WIDTH) -> Iterator[np.ndarray]:
    """Yield drawn grey pictures (height, width). Each one differs from the one before."""
    options = SampleOptions(
        n_episodes=1, height=height, width=width, frame_rate=FRAME_RATE, seconds=max(10.0, n_drawings / 5)
    )

    def new() -> Iterator[np.ndarray]:
        detector = DrawingDetector()
        for picture in draw_pictures(1, options=options):
            grey = luma_of_rgb(picture)
            if detector.is_new(grey):
                yield grey

    yield from islice(new(), n_drawings)


def write_clip(
    path: Path, n_drawings: int, *, held: int = 1, height: int = HEIGHT, width: int = WIDTH
) -> Path:
    """Write a black-and-white clip in which every drawing is held for ``held`` frames."""
    pictures = (
        np.repeat(grey[..., None], 3, -1)
        for grey in drawings(n_drawings, height=height, width=width)
        for _ in range(held)
    )
    write_film(path, pictures, frame_rate=FRAME_RATE, matrix="bt601")
    return path


def untrained(variant: str, *, seed: int = 0, width: float = 1.0) -> torch.nn.Module:
    """Return a network with random weights whose outputs vary like those of a trained network."""
    torch.manual_seed(seed)
    module = VARIANTS[variant].build(width)
    pictures = np.stack([grey[::2, ::2][:224, :224] for grey in drawings(8)])
    batch = torch.from_numpy(pictures).float()[:, None] / 255
    initialize_from_data(module, batch, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.momentum = None  # use the statistics of the first batch
        module.train()(batch)
        module.eval()
        deviation = module(batch).std()
        head: Any = module.pred
        head.weight.mul_(_SPREAD / deviation)
    return module


def channels_last(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Return a network on a device, with its weights in channels-last memory."""
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def write_untrained(folder: Path, variant: str = "plain", *, seed: int = 0, width: float = 1.0) -> Path:
    """Write the checkpoint of an untrained network and return its path."""
    path = folder / f"{variant}-{seed}.safetensors"
    header = {"variant": variant, "width": width, "luminance": "grey", "name": f"{variant}-{seed}"}
    write_checkpoint(path, untrained(variant, seed=seed, width=width).state_dict(), header)
    return path


def trained(folder: Path, *, minutes: float) -> Path:
    """Train a small plain network on a drawn series like the clips, and return its checkpoint."""
    (episode,) = sample(
        folder / "series", options=SampleOptions(n_episodes=1, seconds=20, frame_rate=FRAME_RATE)
    )
    workspace = Workspace(folder / "workspace")
    extract(workspace, [episode.path], options=ExtractOptions())
    options = TrainOptions(width=0.125, minutes=minutes, batch_size=8, accumulate=1)
    (done,) = train(workspace, ["plain-norebalance"], options=options)
    return Path(done.checkpoint)
