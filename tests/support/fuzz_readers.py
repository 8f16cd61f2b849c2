"""Fuzz the readers of files that come from users or that may be damaged.

A reader may raise a `CartoonizeError` and nothing else. The code coverage guides the fuzzer. It needs the
package atheris, which gets an environment of its own:

    python3.11 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris==3.0.0
    PYTHONPATH=.:$(ls -d .venv/lib/python3*/site-packages) /tmp/fuzz/bin/python -m tests.support.fuzz_readers

``--only manifest`` fuzzes one reader. ``--seconds 600`` sets the time for all readers together. The folder
``--finds`` gets one file for each find, and the name of the file holds the error. The exit code is 1 if
there are finds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.mutants import Rng, changed_checkpoint, changed_tree, toml_of, written

Change = Callable[[bytes, Rng], bytes]


@dataclass(frozen=True)
class Reader:
    """A reader of files."""

    file: str
    """The name of the file that it reads."""
    read: Callable[[Path], Any]
    seeds: Callable[[], Sequence[bytes]]
    """Return undamaged files, which the fuzzer starts with."""
    change: Change | None = None
    """Change a file with regard to its structure, of which the fuzzer itself knows nothing."""


def _changed_json(data: bytes, rng: Rng) -> bytes:
    return written(json.dumps(changed_tree(json.loads(data), rng))).encode()


def _changed_toml(data: bytes, rng: Rng) -> bytes:
    return written(toml_of(changed_tree(tomllib.loads(data.decode()), rng))).encode()


# Each function imports its reader itself, because atheris instruments only what is imported later.


def _read_manifest(path: Path) -> None:
    from cartoonize.workspace import SETS, Workspace

    workspace = Workspace(path.parent)
    manifest = workspace.load()
    for name in SETS:
        workspace.picture_paths(workspace.set_of(manifest, name))


def _manifests() -> list[bytes]:
    record = {
        **{"name": "e1", "source": "/x/e1.mkv", "sha256": "0" * 64, "height": 64, "width": 96, "size": 256},
        **{"frame_rate": "24000/1001", "time_base": "1/1000", "n_decoded": 9, "threshold": 20.0},
        "frames": [[0, 0], [4, 167]],
        "credits": {"detected": [[0, 2]], "marked": [[3, 4]], "unmarked": [[1, 2]], "confidence": [0.1, 0.9]},
        "damage": ["is damaged at 0.2 s"],
    }
    manifest = {
        **{"format": "cartoonize-workspace", "version": 2, "episodes": {"e1": record}},
        "split": {"train": ["e1"], "validation": [], "test": []},
    }
    older = {**manifest, "version": 1}
    return [json.dumps(manifest).encode(), json.dumps(older).encode()]


def _read_recipe(path: Path) -> None:
    from cartoonize.recipes.recipe import load_recipe
    from cartoonize.recipes.steps import STEPS
    from cartoonize.workspace import Workspace

    for table in load_recipe(str(path)).stages:
        options = {key: value for key, value in table.items() if key != "stage"}
        STEPS[table["stage"]](Workspace(path.parent), options, "cpu").check()


def _recipes() -> list[bytes]:
    from importlib.resources import files

    return [f.read_bytes() for f in files("cartoonize.pipelines").iterdir() if f.name.endswith(".toml")]


def _read_setting(path: Path) -> None:
    from cartoonize.recipes.settings import parse_setting

    parse_setting(path.read_bytes().decode(errors="surrogateescape"))


def _read_checkpoint(path: Path) -> None:
    from cartoonize.methods.checkpoint import read_header
    from cartoonize.methods.registry import variant_of

    variant_of(read_header(path), path)


def _checkpoints() -> list[bytes]:
    import torch

    from cartoonize.methods.checkpoint import write_checkpoint

    header = {
        "variant": "tiny",
        "width": 0.125,
        "luminance": "grey",
        "changes": {},
        "data": {"train": ["e1"]},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        write_checkpoint(path, {"weight": torch.ones(3, 2), "bias": torch.zeros(2)}, header)
        return [path.read_bytes()]


def _read_picture(path: Path) -> None:
    from cartoonize.limits import Limits
    from cartoonize.video.images import read_picture
    from cartoonize.video.picture_size import picture_size

    picture = read_picture(path, Limits(max_pixels=1 << 16))
    size = picture_size(path.read_bytes())
    assert size is not None and sorted(size) == sorted(picture.shape[:2]), f"{size} said, {picture.shape} got"


def _pictures() -> list[bytes]:
    import cv2

    picture = np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8)
    deep = picture.astype(np.uint16) * 257
    kinds = [(kind, picture) for kind in (".png", ".jpg", ".webp", ".tif", ".bmp")]
    kinds += [(".png", deep), (".tif", deep), (".png", picture[..., 0]), (".jpg", picture[..., 0])]
    return [cv2.imencode(kind, pixels)[1].tobytes() for kind, pixels in kinds]


def _read_pins(path: Path) -> None:
    from cartoonize.annotations.pins import read_pins

    for pin in read_pins(path):
        str(pin)


def _pins() -> list[bytes]:
    pin = {"episode": "e1", "frame": 3, "x": 0.5, "y": 0.25, "color": "#ff8000"}
    return [json.dumps({"format": "cartoonize-pins", "version": 1, "pins": [pin, pin]}).encode()]


def _read_doubts(path: Path) -> None:
    from cartoonize.tracking.confidence_file import read_confidence

    read_confidence(path)


def _doubts() -> list[bytes]:
    region = {"frame": 3, "x": 0.5, "y": 0.25, "area": 0.1, "confidence": 0.4}
    shot = {"shot": 0, "start": 0, "stop": 9, "seconds": 0.0, "confidence": 0.7, "regions": [region]}
    file = {"format": "cartoonize-confidence", "version": 1, "output": "e1.mkv", "shots": [shot]}
    suggestion = {"frame": 3, "seconds": 0.125, "shot": 0, "covers": 0.5, "mends": 0.25}
    newer = {
        **file,
        "version": 2,
        "shots": [{**shot, "regions": [{**region, "seconds": 0.125, "box": [0.25, 0, 0.75, 0.5]}]}],
        "suggestions": [suggestion],
        "source": "/films/e1.mkv",
        "fingerprint": "0" * 64,
        "members": ["series"],
        "weights": ["1" * 64],
        "offset": 0.0,
        "is_part": False,
    }
    return [json.dumps(file).encode(), json.dumps(newer).encode()]


def _read_ratings(path: Path) -> None:
    from cartoonize.metrics.ratings import read_ratings

    read_ratings([path])


def _ratings() -> list[bytes]:
    head = {"format": "cartoonize-ratings", "version": 1, "page": "p", "rater": "Anna", "sitting": "s"}
    answer = {"item": 1, "method": "plain", "frame": 3, "score": 7}
    other = {"item": "2", "method": "control", "frame": 4, "fooled": True}
    return [
        json.dumps({**head, "mode": "rating", "answers": [answer]}).encode(),
        json.dumps({**head, "mode": "real-or-fake", "answers": [other]}).encode(),
    ]


READERS = {
    "manifest": Reader("manifest.json", _read_manifest, _manifests, _changed_json),
    "recipe": Reader("recipe.toml", _read_recipe, _recipes, _changed_toml),
    "setting": Reader("setting", _read_setting, lambda: [b"a=1", b"sources=['x', 2.5]", b"t={a=1979-05-27}"]),
    "checkpoint": Reader("model.safetensors", _read_checkpoint, _checkpoints, changed_checkpoint),
    "picture": Reader("picture.png", _read_picture, _pictures),
    "pins": Reader("pins.json", _read_pins, _pins, _changed_json),
    "doubts": Reader("e1.confidence.json", _read_doubts, _doubts, _changed_json),
    "ratings": Reader("ratings.json", _read_ratings, _ratings, _changed_json),
}


def _fuzz(name: str, seconds: int, finds: Path) -> None:
    """Fuzz one reader and end the process, as libFuzzer does."""
    import atheris

    with atheris.instrument_imports(include=["cartoonize", "tomllib"]):
        import cartoonize.annotations.pins
        import cartoonize.methods.checkpoint
        import cartoonize.metrics.ratings
        import cartoonize.recipes.recipe
        import cartoonize.tracking.confidence
        import cartoonize.video.images  # noqa: F401
    from cartoonize.errors import CartoonizeError

    reader = READERS[name]
    folder = Path(tempfile.mkdtemp())
    path, corpus = folder / reader.file, folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(reader.seeds()):
        (corpus / str(number)).write_bytes(seed)
    met: set[str] = set()

    def try_one(data: bytes) -> None:
        path.write_bytes(data)
        try:
            reader.read(path)
        except CartoonizeError as error:
            assert str(error)
        except Exception as error:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "cartoonize/" in f.filename]
            place = f"{Path(frames[-1].filename).name}-{frames[-1].lineno}" if frames else "here"
            what = f"{name}-{type(error).__name__}-{place}"
            if what not in met:
                met.add(what)
                (finds / what).write_bytes(data)
                print(f"FIND {what}: {str(error)[:200]}", flush=True)

    def change(data: bytes, max_size: int, seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        if reader.change is not None and rng.integers(2):
            try:
                return reader.change(data, rng)[:max_size]
            except (ValueError, AttributeError, TypeError, RecursionError):
                pass  # an earlier change broke the JSON or the TOML
        mutated: bytes = atheris.Mutate(data, max_size)
        return mutated

    options = [
        str(corpus),
        f"-max_total_time={seconds}",
        "-timeout=15",
        "-rss_limit_mb=4096",
        "-max_len=300000",
        f"-artifact_prefix={finds}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options], try_one, custom_mutator=change)
    atheris.Fuzz()


def main() -> None:
    """Fuzz the readers one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of files.")
    parser.add_argument("--seconds", type=int, default=600, help="for all that are fuzzed")
    parser.add_argument("--only", choices=READERS, action="append", help="these, instead of all")
    parser.add_argument("--finds", type=Path, default=Path(tempfile.gettempdir()) / "cartoonize-finds")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    names = given.only or list(READERS)
    given.finds = given.finds.resolve()
    given.finds.mkdir(parents=True, exist_ok=True)
    if given.here:
        return _fuzz(names[0], given.seconds, given.finds)
    before = _files(given.finds)
    for name in names:
        # A hang or a lack of memory ends the process. Then another process uses the time that is left.
        until = time.monotonic() + given.seconds / len(names)
        while (left := round(until - time.monotonic())) > 0:
            command = [
                sys.executable,
                "-m",
                "tests.support.fuzz_readers",
                "--here",
                "--only",
                name,
                "--seconds",
                str(left),
            ]
            print(f"{name}: {left} s", flush=True)
            subprocess.run(
                [*command, "--seconds", str(left), "--finds", str(given.finds)],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
    found = sorted(set(given.finds.iterdir()) - before)
    print(f"{len(found)} finds in {given.finds}", *(path.name for path in found), sep="\n  ")
    sys.exit(bool(found))


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


if __name__ == "__main__":
    main()
