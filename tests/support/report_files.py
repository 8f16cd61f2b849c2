"""Files for a workspace whose report shows everything: small films, and scores that follow a formula."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cartoonize.color.bins import AB_BINS
from cartoonize.video import write_film
from cartoonize.workspace import Workspace
from tests.support.films import FRAME_RATE, N_FRAMES, pictures

#: A file name that is HTML.
HOSTILE = "<img src=x onerror=alert(1)>.mkv"
#: The mean error of each result, and the share of the colours that it keeps.
RESULTS = {
    "plain-none.mkv": (9.0, 0.7),
    "plain-grow.mkv": (8.0, 0.8),
    "plain-felzenszwalb.mkv": (8.5, 0.75),
    "residual-none.mkv": (10.0, 0.6),
    "mean-none.mkv": (7.0, 0.9),
    "mean-grow.mkv": (6.0, 0.95),
    "welsh.mkv": (14.0, 0.4),
    "lookup.mkv": (15.0, 0.3),
    "grey.mkv": (18.0, 0.0),
    HOSTILE: (12.0, 0.5),
}
SHOTS = ((0, 12), (12, 18), (18, N_FRAMES))
TRIALS = ("grow", "shrink", "turn", "occlude", "neighbour", "fade")


def frame_scores(name: str, index: int) -> dict[str, Any]:
    """Return the scores of one frame. The second shot is the worst, and frame 20 has the least error."""
    error, kept = RESULTS[name]
    shot = next(n for n, (start, stop) in enumerate(SHOTS) if start <= index < stop)
    wave = math.sin(index * 1.7 + error)
    own = error + (0, 6, -3)[shot] + wave / 2 - (1.5 if index == 20 else 0)
    return {
        "frame": index,
        "shot": shot,
        "ciede2000": own,
        "share_within_10": max(0.0, 1 - own / 25),
        "vivid_within_10": max(0.0, 1 - own / 20),
        "vivid_share": 0.2,
        "rmse": own / 25,
        "psnr": 30 - own / 2,
        "pa": own / 200,
        "static_flicker": None if index in (0, 12, 18) else abs(wave) * (1.2 - kept),
        "edge_bleed": 1 + abs(wave),
        "border_error": 1 + abs(wave) / 2,
        "inconsistency": 5 * abs(wave),
        "chroma_ratio": kept + wave / 20,
    }


def mean_scores(frames: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the mean scores of frames."""
    keys = [key for key in frames[0] if key not in ("frame", "shot")]
    values = {key: [f[key] for f in frames if f[key] is not None] for key in keys}
    return {key: sum(found) / len(found) for key, found in values.items()}


def lines_of(name: str, colorized: Path, reference: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the file of scores of a result, as `cartoonize evaluate` writes them."""
    frames = [frame_scores(name, index) for index in range(N_FRAMES)]
    yield {
        "kind": "header",
        "colorized": str(colorized),
        "reference": str(reference),
        "frame_rate": float(FRAME_RATE),
        "n_frames": N_FRAMES,
        "protocol": "256x256 area averaged",
    }
    yield from ({"kind": "frame", **frame} for frame in frames)
    for number, (start, stop) in enumerate(SHOTS):
        scores = mean_scores(frames[start:stop])
        yield {"kind": "shot", "shot": number, "start": start, "stop": stop, **scores}
    for of, step in (("rmse", 0.1), ("ciede2000", 3.0)):
        edges = [step * k for k in range(11)]
        pixels = [100 * math.exp(-k * 8 / RESULTS[name][0]) for k in range(10)]
        yield {"kind": "histogram", "of": of, "edges": edges, "pixels": pixels}
    yield {"kind": "episode", "n_frames": N_FRAMES, **mean_scores(frames)}


def write_results(workspace: Workspace, reference: Path, names: Sequence[str] = tuple(RESULTS)) -> None:
    """Write coloured films and their scores."""
    (workspace.reports / "scores").mkdir(parents=True, exist_ok=True)
    workspace.out.mkdir(exist_ok=True)
    rows = []
    for name in names:
        kept = RESULTS[name][1]
        grey = pictures(1, grey=True)
        mixed = ((kept * c + (1 - kept) * g).astype(np.uint8) for c, g in zip(pictures(1), grey, strict=True))
        path = workspace.out / name
        write_film(path, mixed, frame_rate=FRAME_RATE)
        lines = list(lines_of(name, path, reference))
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (workspace.reports / "scores" / name).with_suffix(".jsonl").write_text(text)
        rows.append({"colorized": name, **{k: v for k, v in lines[-1].items() if k != "kind"}})
    (workspace.reports / "scores.json").write_text(json.dumps(rows))


def write_others(workspace: Workspace) -> None:
    """Write the files of the other stages to the folder of reports."""
    reports = workspace.reports
    share = np.exp(-np.hypot(*AB_BINS.T) / 20) * (AB_BINS[:, 0] != 50)
    files: dict[str, Any] = {
        "prior.json": {
            "bins": AB_BINS.tolist(),
            "share": (share / share.sum()).tolist(),
            "episodes": ["e2", "e3"],
            "n_frames": 48,
        },
        "times.json": {
            "hardware": "two cores",
            "n_images": 5,
            "rows": [
                {"variant": "plain", "seconds_per_image": 0.07, "refinements": {"grow": 0.01}},
                {"variant": "welsh", "seconds_per_image": 0.6, "refinements": {}},
            ],
        },
        "prints.json": {
            "episode": "e1",
            "n_frames": 24,
            "prints": [{"name": "gamma", "described": "darker"}, {"name": "<b>grain</b>", "described": ""}],
            "rows": [
                {
                    "method": "plain",
                    "own": {"ciede2000": 9.0, "share_within_10": 0.6},
                    "loss": {
                        "gamma": {"ciede2000": 2.5, "share_within_10": -0.2},
                        "<b>grain</b>": {"ciede2000": -0.1, "share_within_10": None},
                    },
                }
            ],
        },
        "trials.json": {
            "trials": TRIALS,
            "rows": [{"method": "plain", "change": dict.fromkeys(TRIALS, 3.21), "error": {"grow": 7.5}}],
        },
    }
    for name, content in files.items():
        (reports / name).write_text(json.dumps(content))
    (reports / "trials").mkdir(exist_ok=True)
    cv2.imwrite(str(reports / "trials" / "grow.png"), np.full((40, 300, 3), 90, np.uint8))


def write_all(workspace: Workspace, reference: Path) -> None:
    """Write results and the files of the other stages."""
    write_results(workspace, reference)
    write_others(workspace)
