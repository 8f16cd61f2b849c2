"""Make a small workspace with the program that is installed, as data for a test of later versions.

    python -m tests.support.earlier_workspace FOLDER

`tests/data/workspace-0.1` was made like this by version 0.1. It holds extracted episodes, a split, a trained
network with its state, a fitted method, pins, and what the program coloured with them. Of these, `tracks.mkv`
was made again when the rules for fades, pins, outlines and spreading changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

#: Options of a training that is over at once.
TRAINING = ("--batch-size", "4", "--accumulate", "1", "--precision", "float32", "--seed", "3")
PINS = [{"episode": "episode1", "frame": 3, "x": 0.5, "y": 0.6, "color": "#c03028"}]


def run(folder: Path, *arguments: str) -> None:
    """Run the program in the folder."""
    subprocess.run([sys.executable, "-m", "cartoonize", *arguments, "-q"], cwd=folder, check=True)


def make(folder: Path) -> None:
    """Make the workspace and the films that it needs."""
    folder.mkdir(parents=True)
    run(folder, "sample", "series", "--episodes", "2", "--seconds", "3", "--height", "96")
    run(
        folder, "extract", "series/episode1.mkv", "series/episode2.mkv", "--threshold", "1200", "--size", "64"
    )
    run(folder, "split", "--test", "episode1")
    run(folder, "train", "--variant", "tiny", "--epochs", "2", *TRAINING)
    run(folder, "train", "--variant", "lookup")
    (folder / "pins.json").write_text(
        json.dumps({"format": "cartoonize-pins", "version": 1, "pins": PINS}) + "\n"
    )
    how = ("--variant", "tiny", "--preview", "8", "--precision", "float32", "--codec", "ffv1")
    for refine in ("none", "tracks"):
        target = f"expected/{refine}.mkv"
        run(folder, "colorize", "series/episode1.mkv", *how, "--refine", refine, "-o", target)
    shutil.rmtree(folder / "cache")
    (folder / "series" / "episode2.mkv").unlink()
    manifest = folder / "manifest.json"  # the test puts its own folder in this place
    manifest.write_text(manifest.read_text().replace(str(folder.resolve()), "WORKSPACE"))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
