"""Extract: how long `cartoonize extract` takes beside ffmpeg, which decodes and makes small pictures, too."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.measure import Table
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures
from cartoonize.video import write_film

#: Numbers of frames of a short and of a long film. Their difference is the work without starting.
N_FRAMES = (100, 700)
_REPEATS = 3
_NOTE = (
    "Whole commands; time of {long} frames less that of {short}, divided by their number; the smallest of"
    " {repeats}. ffmpeg decodes and scales: `ffmpeg -i FILE -vf scale=256:256:flags=area -f null -`."
    " Films are drawn at 480x270 and made larger. On twos, every second frame is saved as a PNG; with grain,"
    " every frame."
)


@dataclass(frozen=True)
class Material:
    """Films of one kind."""

    name: str
    height: int
    width: int
    coding: dict[str, Any]
    held: int = 2
    """Frames of each drawing."""
    grain: float = 0.0
    """Standard deviation of the grain, in codes."""
    share: float = 1.0
    """Length of the films, as a share of `N_FRAMES`."""


_H264 = {"codec": "h264", "crf": 18}
_DVD = {"codec": "mpeg2video", "matrix": "bt601", "field_order": "top"}
MATERIAL = (
    Material("480x270 on twos", 270, 480, _H264),
    Material("720x576 interlaced, on twos", 576, 720, _DVD),
    Material("1440x1074 on twos", 1074, 1440, _H264),
    Material("1440x1074 with grain", 1074, 1440, _H264, held=1, grain=8.0, share=0.5),
    Material("1920x1080 on twos", 1080, 1920, _H264, share=0.5),
    Material("3840x2160 on twos", 2160, 3840, _H264, share=0.2),
)


def run(quick: bool = False) -> list[Table]:
    """Return the table of times per frame; without ffmpeg none."""
    if shutil.which("ffmpeg") is None:
        return []
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for material in MATERIAL[:1] if quick else MATERIAL:
            lengths = [round(n * material.share) for n in ((20, 60) if quick else N_FRAMES)]
            films = [_film(folder / f"{n}.mkv", material, n) for n in lengths]
            number = lengths[1] - lengths[0]
            theirs = _per_frame(_ffmpeg, films, number)
            ours = _per_frame(lambda film: _extract(film, folder / "work"), films, number)
            rows.append((material.name, 1000 * theirs, 1000 * ours, ours / theirs))
    head = ("film", "ffmpeg, ms a frame", "extract, ms a frame", "ratio")
    short, long = N_FRAMES
    return [
        Table("Extract beside ffmpeg", head, rows, _NOTE.format(short=short, long=long, repeats=_REPEATS))
    ]


def _film(path: Path, material: Material, n_frames: int) -> Path:
    write_film(path, _pictures(material, n_frames), frame_rate=25, **material.coding)
    return path


def _pictures(material: Material, n_frames: int) -> Iterator[np.ndarray]:
    options = SampleOptions(
        n_episodes=1, height=270, width=480, frame_rate=25, seconds=max(10.0, n_frames / 25)
    )
    rng = np.random.default_rng(0)
    drawn = islice(draw_pictures(1, options=options), 0, None, material.held)
    frames = (picture for picture in drawn for _ in range(material.held))
    for picture in islice(frames, n_frames):
        size = (material.width, material.height)
        large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        if material.grain:
            large += rng.normal(0, material.grain, large.shape[:2]).astype(np.float32)[..., None]
        yield np.clip(large, 0, 255).astype(np.uint8)


def _per_frame(work: Callable[[Path], None], films: Sequence[Path], n_frames: int) -> float:
    """Return seconds per frame, from a short and a long film."""
    taken = [[_seconds(work, film) for film in films] for _ in range(_REPEATS)]
    short, long = (min(times) for times in zip(*taken, strict=True))
    return (long - short) / n_frames


def _seconds(work: Callable[[Path], None], film: Path) -> float:
    started = time.perf_counter()
    work(film)
    return time.perf_counter() - started


def _ffmpeg(film: Path) -> None:
    call = ("ffmpeg", "-v", "error", "-i", film, "-vf", "scale=256:256:flags=area", "-f", "null", "-")
    subprocess.run(call, check=True)


def _extract(film: Path, workspace: Path) -> None:
    call = (sys.executable, "-m", "cartoonize", "extract", film, "-w", workspace, "--again", "-q")
    subprocess.run(call, check=True)
