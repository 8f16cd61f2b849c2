"""Colour a fixed set of clips in every way that the program knows, and write a fingerprint of every frame.

    python -m benchmarks.fingerprints FOLDER -o before.json     # first time: draws, trains, colours
    python -m benchmarks.fingerprints FOLDER -o after.json --against before.json

The folder keeps the drawn series, the trained networks and everything else that a case starts from. With
the same folder a later version of the program starts from the same files, so that a difference comes from
colouring alone. A new folder also compares what is drawn and trained. Fingerprints hold for one machine:
other instruction sets round differently.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import click
import cv2
import numpy as np

SEED = 20261129
NETWORK = (
    "--width",
    "0.125",
    "--epochs",
    "1",
    "--batch-size",
    "8",
    "--accumulate",
    "1",
    "--precision",
    "float32",
)
#: Variants that are trained, in one call each.
TRAINED = (
    "plain", "plain-norebalance", "plain-dropout", "plain-l2", "residual", "residual-norebalance",
    "vgg16", "vgg16-batchnorm", "vgg16-dropout", "vgg16-dense", "fusion", "fusion-local", "colorful-l1",
    "colorful-l2", "gan-dcgan", "gan-lsgan", "gan-ebgan", "gan-wgan", "tiny", "hypercolumn", "series",
    "welsh", "sykora", "charpiat", "deshpande", "cheng", "nearest", "lookup",
)  # fmt: skip
#: Networks of the ensemble: with histograms and without.
MEMBERS = ("plain", "plain-l2", "series")
OUT = ("--codec", "ffv1", "--precision", "float32", "--force", "--again")


def run(*arguments: Any) -> None:
    """Call the program in this process."""
    from cartoonize.cli.main import root

    root.main([str(argument) for argument in arguments], standalone_mode=False)


def fingerprints(path: Path) -> list[str]:
    """Return a fingerprint of every frame of a film, of every picture, or of a file's text."""
    if path.is_dir():
        return [line for file in sorted(path.iterdir()) for line in fingerprints(file)]
    if path.suffix == ".png":
        return [_digest(np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).tobytes())]
    if path.suffix in (".json", ".safetensors"):
        return [_digest(path.read_bytes())]
    with av.open(str(path)) as film:
        return [_digest(b"".join(map(bytes, frame.planes))) for frame in film.decode(video=0)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def pictures(film: Path, indices: set[int]) -> dict[int, np.ndarray]:
    """Return some frames of a film, BGR."""
    with av.open(str(film)) as opened:
        frames = enumerate(opened.decode(video=0))
        return {n: frame.to_ndarray(format="bgr24") for n, frame in frames if n in indices}


class Bench:
    """A folder with a drawn series, a workspace that has learned it, and what users would add."""

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder, self.data = folder, data
        self.work = folder / "work"
        self.film = folder / "series" / "episode1.mkv"

    def prepare(self) -> None:
        """Draw, extract, train and paint; what is there already stays."""
        if (self.folder / "ready").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.work.exists():
            run("sample", self.folder / "series", "--episodes", 3, "--seconds", 10, "--height", 120, "-q")
            run("extract", *sorted((self.folder / "series").glob("*.mkv")), "-w", self.work, "-q")
            run("credits", "-w", self.work, "-q")
            run("split", "--test", "episode1", "--validation", "episode2", "-w", self.work, "-q")
        for name in TRAINED:
            if not (self.work / "runs" / name).exists():
                run("train", "--variant", name, *NETWORK, "--seed", SEED, "-w", self.work, "-q")
        run("print", self.film, "-o", self.folder / "worn.mkv", "--preset", "worn", "-w", self.work, "-q")
        self._paint()
        if self.data is not None:
            self._cut_clips()
        (self.folder / "ready").touch()

    def _paint(self) -> None:
        found = pictures(self.film, {0, 10, 40, 60, 61})
        for name in ("references", "parts", "strokes", "stills"):
            (self.folder / name).mkdir(exist_ok=True)
        for index in (10, 60):
            cv2.imwrite(str(self.folder / "references" / f"{index:06d}.png"), found[index])
        part = np.dstack([found[40], np.zeros(found[40].shape[:2], np.uint8)])
        part[30:90, 40:110, 3] = 255
        cv2.imwrite(str(self.folder / "parts" / "000040.png"), part)
        for index, name in ((0, "000000"), (60, "000060")):
            layer = np.zeros((*found[index].shape[:2], 4), np.uint8)
            for x, color in ((20, (200, 80, 40)), (80, (40, 160, 60)), (130, (60, 70, 210))):
                cv2.line(layer, (x, 20), (x + 10, 100), (*color, 255), 4)
            cv2.imwrite(str(self.folder / "strokes" / f"{name}.png"), layer)
        hard = np.zeros((*found[0].shape[:2], 4), np.uint8)
        hard[50:60, 60:75] = (30, 200, 200, 255)
        cv2.imwrite(str(self.folder / "strokes" / "000000.hard.png"), hard)
        for index in (0, 10, 61):
            cv2.imwrite(str(self.folder / "stills" / f"{index:03d}.png"), found[index])

    def _cut_clips(self) -> None:
        """Keep a few seconds of real cartoons, without loss."""
        assert self.data is not None
        clips = {
            "munchausen": "munchausen/e03.mp4",
            "penny": "penny/raspberry_cake.mp4",
            "popeye": "popeye/p2.mkv",
        }
        for name, source in clips.items():
            run(
                "colorize", self.data / source, "--variant", "grey", "--preview", 30, "--codec", "ffv1",
                "-o", self.folder / f"{name}.mkv", "-w", self.work, "-q",
            )  # fmt: skip

    def cases(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield a name and the arguments of `cartoonize colorize` of every case."""
        folder, film, few = self.folder, self.film, ["--preview", 40]
        yield "all tracks", [film, "--variant", "series", "--refine", "tracks"]
        for name in (*TRAINED, "grey"):
            yield (
                f"variant {name}",
                [film, "--variant", name, *(few if name != "charpiat" else ["--preview", 12])],
            )
        members = [part for name in MEMBERS for part in ("--variant", name)]
        for refine in ("none", "grow", "felzenszwalb", "tracks"):
            yield f"ensemble {refine}", [film, *members, "--refine", refine, *few]
        for fill in ("mean", "mode", "elbow"):
            yield f"fill {fill}", [film, "--variant", "plain", "--refine", "grow", "--fill", fill, *few]
        yield "grow .1", [film, "--variant", "plain", "--refine", "grow", "--threshold", ".1", *few]
        yield "order result", [film, *members, "--refine", "grow", "--refine-order", "result", *few]
        for decode in ("mode", "sample", "annealed"):
            yield f"decode {decode}", [film, "--variant", "plain", "--decode", decode, *few]
        two = ["--variant", "plain", "--variant", "series"]
        for combine in ("histogram-max", "probability"):
            yield f"combine {combine}", [film, *two, "--combine", combine, *few]
            yield f"tracks {combine}", [film, *two, "--combine", combine, "--refine", "tracks", *few]
        tracked = [film, "--variant", "series", "--refine", "tracks"]
        yield "no album", [*tracked, "--no-album"]
        yield "no denoise", [*tracked, "--no-denoise", *few]
        yield "worn", [folder / "worn.mkv", "--variant", "series", "--refine", "tracks", *few]
        yield "confidence", [*tracked, *few, "--confidence-video"]
        yield "references", [*tracked, "--reference", folder / "references"]
        yield "parts", [*tracked, "--reference", folder / "parts", *few, "--start", "3"]
        yield (
            "parts and references",
            [*tracked, "--reference", folder / "parts", "--reference", folder / "references"],
        )
        yield (
            "ensemble references",
            [film, *members, "--refine", "tracks", "--reference", folder / "references"],
        )
        yield (
            "references l2",
            [film, "--variant", "plain-l2", "--refine", "tracks", "--reference", folder / "references"],
        )
        yield from self._painted_cases()
        for name in ("munchausen", "penny", "popeye"):
            clip = folder / f"{name}.mkv"
            if clip.exists():
                yield f"{name} grow", [clip, *two, "--refine", "grow"]
                yield f"{name} tracks", [clip, "--variant", "series", "--refine", "tracks"]

    def _painted_cases(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the cases with scribbles, references for methods, parts of films, pictures and workers."""
        folder, film, few = self.folder, self.film, ["--preview", 40]
        for name in ("levin", "lazybrush"):
            yield f"{name} hints", [film, "--variant", name, "--hints-from", "plain", "--preview", 12]
            yield (
                f"{name} stroke",
                [film, "--variant", name, "--scribbles", folder / "strokes" / "000000.png", *few],
            )
            yield (
                f"{name} strokes",
                [film, "--variant", name, "--scribbles", folder / "strokes", "--refine", "none"],
            )
        yield "lazybrush tracks", [film, "--variant", "lazybrush", "--scribbles", folder / "strokes"]
        picked = folder / "references" / "000010.png"
        for name in ("welsh", "charpiat", "sykora", "deshpande"):
            yield f"{name} picked", [film, "--variant", name, "--reference", picked, "--preview", 12]
        yield "welsh folder", [film, "--variant", "welsh", "--reference", folder / "references", *few]
        swatch = "0.1,0.1,0.3,0.3=0.2,0.2,0.3,0.3"
        yield "welsh swatch", [film, "--variant", "welsh", "--reference", picked, "--swatch", swatch, *few]
        yield "sykora tracks", [film, "--variant", "sykora", "--refine", "tracks", *few]
        yield "part", [film, "--variant", "plain-l2", "--start", "1", "--end", "3"]
        yield "stills", [folder / "stills", "--variant", "plain-l2", "--refine", "grow"]
        yield "picture", [folder / "stills" / "010.png", "--variant", "series"]
        for refine in ("none", "grow"):
            workers = ["--variant", "plain", "--variant", "plain-l2", "--scheduler", "local[2]"]
            yield f"workers {refine}", [film, *workers, "--refine", refine, *few]

    def color(self, name: str, arguments: list[Any]) -> list[str]:
        """Colour one case; return the fingerprints of all that came out."""
        target = self.folder / "out" / name.replace(" ", "-")
        shutil.rmtree(target, ignore_errors=True)
        source = Path(arguments[0])
        suffix = ".png" if source.suffix == ".png" else "" if source.is_dir() else ".mkv"
        codec = ("--precision", "float32", "--force", "--again") if suffix != ".mkv" else OUT
        run("colorize", *arguments, *codec, "-o", target / f"result{suffix}", "-w", self.work, "-q")
        made = sorted(path for path in target.iterdir() if "holes" not in path.name)
        return [line for path in made for line in fingerprints(path)]

    def pinned(self) -> list[str]:
        """Colour with pins, and with pins and references; then without, with what is in the cache."""
        pins = [
            {"episode": "episode1", "frame": 10, "x": 0.5, "y": 0.5, "color": "#c03028"},
            {"episode": "episode1", "frame": 70, "x": 0.2, "y": 0.8, "color": "#2040d0"},
        ]
        path = self.work / "pins.json"
        path.write_text(json.dumps({"format": "cartoonize-pins", "version": 1, "pins": pins}))
        tracked = [self.film, "--variant", "series", "--refine", "tracks"]
        try:
            found = self.color("pins", tracked)
            return found + self.color("pins refs", [*tracked, "--reference", self.folder / "references"])
        finally:
            path.unlink()

    def recipes(self) -> Iterator[tuple[str, list[str]]]:
        """Run two recipes on a small series; yield the fingerprints of what they write."""
        sources = [str(self.folder / "series" / f"episode{n}.mkv") for n in (2, 3)]
        tables: dict[str, dict[str, Any]] = {
            "series": {
                "sources": sources, "grey": [str(self.film)], "references": [str(self.folder / "references")],
                "updates": 2,
            },
            "rivals": {
                "sources": [*sources, str(self.film)], "test": ["episode1"], "epochs": 1, "timed": ["lookup"],
                "learners": ["welsh"], "spreaders": ["levin"],
            },
        }  # fmt: skip
        for name, table in tables.items():
            work = self.folder / "recipes" / name
            shutil.rmtree(work, ignore_errors=True)
            sets = [f"--set={key}={json.dumps(value)}" for key, value in (table | {"width": 0.125}).items()]
            run("run", name, "-w", work, *sets, "-q")
            films = sorted(work.rglob("out/**/*.mkv"))
            yield f"recipe {name}", [line for path in films for line in fingerprints(path)]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="JSON to write.")
@click.option("--against", type=click.Path(path_type=Path), help="JSON to compare with.")
@click.option("--data", type=click.Path(path_type=Path), envvar="CARTOONIZE_TEST_DATA", help="Real cartoons.")
@click.option("--only", default="", help="Only cases whose name has this in it.")
def main(folder: Path, output: Path, against: Path | None, data: Path | None, only: str) -> None:
    """Write fingerprints of every frame that the program colours."""
    import torch

    torch.set_num_threads(2)
    cv2.setRNGSeed(0)
    bench = Bench(folder.absolute(), data)
    bench.prepare()
    before = json.loads(against.read_text()) if against else {}
    found: dict[str, list[str]] = {}
    different: list[str] = []

    def note(name: str, lines: list[str], seconds: float) -> None:
        found[name] = lines
        state = "" if name not in before else "equal" if before[name] == lines else "DIFFERENT"
        if state == "DIFFERENT":
            pairs = zip(before[name], lines, strict=False)
            n_equal = sum(a == b for a, b in pairs)
            state += f" ({n_equal} of {len(before[name])} equal)"
            different.append(name)
        click.echo(f"{seconds:6.1f} s  {len(lines):5}  {name}  {state}")

    runs = sorted(bench.work.glob("runs/*/*.safetensors"))
    if not only:
        note("weights", [line for path in runs for line in _weights(path)], 0)
    for name, arguments in bench.cases():
        if only in name:
            started = time.perf_counter()
            note(name, bench.color(name, arguments), time.perf_counter() - started)
    if only in "pins":
        started = time.perf_counter()
        note("pins", bench.pinned(), time.perf_counter() - started)
    if only in "recipe":
        for name, lines in bench.recipes():
            note(name, lines, 0)
    output.write_text(json.dumps(found, indent=1) + "\n")
    if different:
        raise SystemExit(f"different: {', '.join(different)}")


def _weights(path: Path) -> list[str]:
    from safetensors.numpy import load_file

    return [
        f"{path.parent.name} {name} {_digest(value.tobytes())}" for name, value in load_file(path).items()
    ]


if __name__ == "__main__":
    main()
