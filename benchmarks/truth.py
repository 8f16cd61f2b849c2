"""Truth: scores of the standard splits with no help, and with painted frames, for several seeds.

python -m benchmarks.truth measure DATA FOLDER --film e03 --seed 0     # adds to FOLDER; what is there is kept
python -m benchmarks.truth table FOLDER --scores SCORES                # means of the seeds

DATA has the folders `munchausen`, `popeye` and `penny`. Networks are trained with the defaults of
`cartoonize train`, for a number of updates. Painted frames have the colours of the original. Films whose
names end in `-worn` are simulated worn prints. Their colours are scored twice: as they are, and on the luma
of the original.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

from benchmarks.measure import hardware
from benchmarks.painted import paint, pictures_of
from benchmarks.sweep_tracks import Episode
from cartoonize.color.luma import chroma_of_ab, luma_of_rgb, rgb_of_luma_chroma
from cartoonize.coloring.ensemble import Choice
from cartoonize.frames import area_average
from cartoonize.metrics import FrameColors, Scores
from cartoonize.tasks.suggest import suggest_references
from cartoonize.workspace import Workspace

#: Scores that the table shows.
SHOWN = (
    "share_within_10", "vivid_within_10", "ciede2000", "region_accuracy", "static_flicker", "chroma_ratio",
    "ece", "wrong_in_doubted",
)  # fmt: skip
FLOORS = ("grey", "lookup")
#: Kinds of help in words. The others are numbers of suggested frames.
_HELP = {
    "none": "no painted frames",
    "first": "first frames of the shots",
    "second": "second frames of the shots",
}


@dataclass(frozen=True)
class Film:
    """A film of a standard split."""

    folder: str
    train: tuple[str, ...]
    help: tuple[str, ...]
    """``none``, which is first; ``first`` or ``second``, the first or the second frame of each shot; a number
    of suggested frames."""
    suffix: str = ".mp4"


_BORIS = ("e01", "e02", "e04", "e05")
_PENNY = ("autumn", "beach_surfing", "bedtime", "cycling", "easter", "football", "halloween", "locomotive")
FILMS = {
    "e06": Film("munchausen", _BORIS, ("none", "first")),
    "p3": Film("popeye", ("p1",), ("none", "second"), suffix=".mkv"),
    "reading": Film("penny", _PENNY, ("none", "4")),
    "xmas": Film("penny", _PENNY, ("none", "4")),
    "e03": Film("munchausen", (*_BORIS, "e06"), ("none", "first", "8")),
    "e03-worn": Film("munchausen", (*_BORIS, "e06"), ("none", "first")),
    "p2": Film("popeye", ("p1", "p3"), ("none", "second", "8"), suffix=".mkv"),
    "raspberry_cake": Film("penny", (*_PENNY, "reading", "xmas"), ("none", "4")),
}


def cartoonize(*arguments: object) -> str:
    """Run a command of the program; return what it prints."""
    command = [sys.executable, "-m", "cartoonize", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Measurement:
    """A film with networks of one seed, in a workspace of its own."""

    def __init__(self, data: Path, folder: Path, name: str, seed: int, updates: int) -> None:
        self.film, self.name, self.seed, self.updates = FILMS[name], name, seed, updates
        self.episode = name.removesuffix("-worn")
        self.sources = data / self.film.folder
        self.original = self._source(self.episode)
        self.work = folder / f"{self.episode}-seed{seed}"
        self.rows = self.work / "rows"
        self.rows.mkdir(parents=True, exist_ok=True)

    def _source(self, episode: str) -> Path:
        return (self.sources / f"{episode}{self.film.suffix}").resolve()

    def measure(self) -> None:
        """Train, colour and score; what was done before is kept."""
        self._train()
        for help_ in self.film.help:
            self._keep(help_, self._row)
        for floor in FLOORS if self.seed == 0 else ():
            self._keep(floor, self._floor)

    def _keep(self, name: str, scores_of: Callable[[str], dict[str, Any]]) -> None:
        """Write the scores with one kind of help, or of a floor, unless they are there."""
        row = self.rows / f"{self.name}-{name}.json"
        if not row.is_file():
            row.write_text(json.dumps(scores_of(name), indent=1) + "\n")

    def _train(self) -> None:
        if Workspace(self.work).checkpoint("lookup").is_file():  # the last one
            return
        films = [self._source(episode) for episode in (*self.film.train, self.episode)]
        cartoonize("extract", *films, "-w", self.work)
        cartoonize("split", "--test", self.episode, "-w", self.work)
        length = ("--updates", self.updates, "--seed", self.seed)
        cartoonize("train", *length, "--resume", "-w", self.work)  # after an interrupted measurement
        cartoonize("train", "--variant", "lookup", "-w", self.work)

    def _grey(self) -> Path:
        """Return the film to colour."""
        if self.name == self.episode:
            return self.original
        worn = self.work / f"{self.name}.mkv"
        if not worn.is_file():
            cartoonize("print", self.original, "-o", worn, "-w", self.work)
        return worn

    def _floor(self, name: str) -> dict[str, Any]:
        result = self.work / "out" / f"{self.name}-{name}.mkv"
        arguments = ("--variant", name, "--refine", "none", "-w", self.work, "-o", result, "--force")
        cartoonize("colorize", self._grey(), *arguments)
        return self._scores(result)

    def _row(self, help_: str) -> dict[str, Any]:
        result = self.work / "out" / f"{self.name}-{help_}.mkv"
        arguments = ("--refine", "tracks", "-w", self.work, "-o", result, "--force")
        chosen = [] if help_ == "none" else self._chosen(help_)
        with TemporaryDirectory() as folder:
            painted = Path(folder) / "painted"
            paint(self.original, chosen, painted)
            references = ("--reference", painted) if chosen else ()
            cartoonize("colorize", self._grey(), *arguments, *references)
        more = {"suggested": self._suggested(), **self._doubt()} if help_ == "none" else {}
        return {"painted": chosen, **self._scores(result), **more}

    def _suggested(self) -> dict[str, list[int]]:
        """Return the suggested frames by their number."""
        workspace, found = Workspace(self.work), {}  # the program suggests from its latest colouring
        for number in filter(str.isdigit, self.film.help):
            with TemporaryDirectory() as folder:
                output = Path(folder) / "suggested"
                suggestions = suggest_references(workspace, self._grey(), int(number), output=output)
            found[number] = sorted(one.frame for one in suggestions)
        return found

    def _chosen(self, help_: str) -> list[int]:
        """Return the frames to paint, by the colouring without help."""
        if help_.isdigit():
            row = json.loads((self.rows / f"{self.name}-none.json").read_text())
            return list(row["suggested"][help_])
        confidence = self.work / "out" / f"{self.name}-none.confidence.json"
        shots = json.loads(confidence.read_text())["shots"]
        return sorted({shot["start"] + (help_ == "second") for shot in shots})

    def _scores(self, result: Path) -> dict[str, Any]:
        table = result.with_suffix(".json")
        cartoonize("evaluate", result, "--reference", self.original, "-w", self.work, "-o", table)
        (of_film,) = json.loads(table.read_text())
        scores = {key: of_film[key] for key in (*SHOWN, "vivid_share") if key in of_film}
        return {**scores, **self._on_own_luma(result)} if self.name != self.episode else scores

    def _on_own_luma(self, result: Path) -> dict[str, Any]:
        """Return scores of the result's colours on the luma of the original."""
        scores = Scores()
        pairs = zip(pictures_of(self.original), pictures_of(result), strict=True)
        for (_, truth), (_, colored) in pairs:
            small = area_average(truth)
            true, found = FrameColors.of(small), FrameColors.of(area_average(colored))
            luma = luma_of_rgb(small).astype(np.float32) / np.float32(255)
            chroma = chroma_of_ab(luma, found.lab[..., 1:].astype(np.float32), "bt601")
            shown = rgb_of_luma_chroma(luma, chroma, "bt601")
            scores.update(true, FrameColors.of(np.rint(255 * shown).astype(np.uint8)), shot=0)
        result_scores = scores.result()
        return {f"{key}_on_own_luma": result_scores[key] for key in SHOWN[:3]}

    def _doubt(self) -> dict[str, float]:
        """Return how well the confidence of the result without help says what is right.

        The drawings are those of the episode itself, so there is nothing to say of a worn print.
        """
        if self.name != self.episode:
            return {}
        with TemporaryDirectory() as folder:
            names = [path.parent.name for path in Workspace(self.work).trained()]
            choice = Choice(tuple(name for name in names if name not in FLOORS), ())
            found = Episode(Workspace(self.work), choice, Path(folder), None, True).scores({})
        return {key: found[key] for key in ("ece", "wrong_in_doubted")}


def _by_name(rows: Iterable[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return the scores of all seeds by film and help, such as ``e03-first``."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(rows):
        found.setdefault(path.stem, []).append(json.loads(path.read_text()))
    return found


def table(rows: Iterable[Path]) -> list[tuple[str, ...]]:
    """Return the means of all seeds for each film and help, with half the range of the seeds."""
    found = _by_name(rows)
    own_luma = [f"{key}_on_own_luma" for key in SHOWN[:3]]
    lines = [("film, help", "seeds", *SHOWN, *own_luma)]
    for name, of_seeds in found.items():
        cells = []
        for key in (*SHOWN, *own_luma):
            values = [row[key] for row in of_seeds if row.get(key) is not None]
            half = (max(values) - min(values)) / 2 if values else 0
            cells.append(f"{np.mean(values):.3f} ± {half:.3f}" if values else "")
        lines.append((name, str(len(of_seeds)), *cells))
    return lines


def write_means(rows: Iterable[Path], folder: Path) -> None:
    """Write the means of all seeds for each film, as `cartoonize evaluate` writes scores of results."""
    films: dict[str, list[dict[str, Any]]] = {}
    for name, of_seeds in _by_name(rows).items():
        film, _, help_ = name.rpartition("-")
        means = {key: float(np.mean([row[key] for row in of_seeds])) for key in SHOWN[:6]}
        label = help_ if help_ in FLOORS else _HELP.get(help_, f"{help_} suggested frames")
        films.setdefault(film, []).append({"colorized": label, **means})
    for film, means_of_film in films.items():
        path = folder / f"truth-{film}" / "reports" / "scores.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(means_of_film, indent=1) + "\n")


@click.group()
def main() -> None:
    """Scores of the standard splits."""


@main.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--film", "films", multiple=True, type=click.Choice(list(FILMS)), required=True)
@click.option("--seed", "seeds", multiple=True, type=int, default=(0,), show_default=True)
@click.option("--updates", default=1500, show_default=True, help="Length of each training.")
def measure(data: Path, folder: Path, films: tuple[str, ...], seeds: tuple[int, ...], updates: int) -> None:
    """Measure films with networks of some seeds, and keep the scores in a folder."""
    for seed in seeds:
        for name in films:
            Measurement(data, folder, name, seed, updates).measure()


@main.command("table")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--scores", type=click.Path(path_type=Path), help="Write the means there, for plots.")
def show(folder: Path, scores: Path | None) -> None:
    """Print the scores in a folder as a table."""
    rows = list(folder.glob("*/rows/*.json"))
    if scores is not None:
        write_means(rows, scores)
    click.echo(f"{hardware()}\n")
    head, *lines = table(rows)
    for line in (head, ("---",) * len(head), *lines):
        click.echo("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()
