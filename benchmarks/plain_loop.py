"""A plain loop to compare with: it colours frame after frame, as most public scripts do.

Each frame is written as PNG, converted with scikit-image's Lab, run through the network in float32 with a
batch of one, enlarged with SciPy's spline zoom, written as PNG and encoded. From the package it uses only the
network, the network's input size and the table of bins.
"""

import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from scipy.ndimage import zoom
from skimage import color, io

from cartoonize.color.bins import AB_BINS
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.networks.inputs import to_network_size


def colorize_plainly(
    source: Path,
    output: Path,
    network: torch.nn.Module,
    folder: Path,
    *,
    look: Callable[[int, np.ndarray], None] = lambda index, ab: None,
) -> int:
    """Colour a video and return its number of frames.

    Parameters
    ----------
    source, output : Path
    network : nn.Module
        Network that maps L x 0.01 (1, 1, 224, 224) to logits (1, 313, 56, 56), in float32.
    folder : Path
        Folder for the PNG files.
    look : callable
        Called with the index of each frame and its ab (height, width, 2).
    """
    rate = _extract(source, folder)
    inputs = sorted(folder.glob("in-*.png"))
    bins = torch.from_numpy(AB_BINS)
    for index, path in enumerate(inputs):
        lab = color.rgb2lab(io.imread(path))
        # First to the size of training pictures, then to the network's. Direct resizing gives other colours.
        lightness = cv2.resize(lab[..., 0], (COLOR_SIZE, COLOR_SIZE), interpolation=cv2.INTER_AREA)
        batch = torch.from_numpy(lightness).float()[None, None] / 100
        with torch.no_grad():
            histogram = torch.softmax(network(to_network_size(batch)), 1)
        small = torch.einsum("nqhw,qc->nhwc", histogram, bins)[0].numpy()
        scale = (lab.shape[0] / small.shape[0], lab.shape[1] / small.shape[1], 1)
        lab[..., 1:] = zoom(small, scale, order=3, mode="nearest", grid_mode=True)
        look(index, lab[..., 1:])
        with warnings.catch_warnings(action="ignore"):  # about colours outside the gamut
            rgb = np.rint(255 * color.lab2rgb(lab)).astype(np.uint8)
        io.imsave(folder / f"out-{index:06}.png", rgb, check_contrast=False)
    _encode(sorted(folder.glob("out-*.png")), output, rate)
    return len(inputs)


def _extract(source: Path, folder: Path) -> Fraction | None:
    """Write the frames of a video as PNG and return its frame rate."""
    with av.open(source) as container:
        for index, frame in enumerate(container.decode(video=0)):
            io.imsave(folder / f"in-{index:06}.png", frame.to_ndarray(format="rgb24"), check_contrast=False)
        return container.streams.video[0].average_rate


def _encode(paths: list[Path], output: Path, rate: Fraction | None) -> None:
    with av.open(output, "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "16"})
        for path in paths:
            picture = io.imread(path)
            if path == paths[0]:
                height, width = picture.shape[:2]
                stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
