"""Stages as a recipe sees them: their options by name, what they look at, what they leave behind."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from cartoonize.atomic import make_folder, write_text
from cartoonize.errors import UsageError
from cartoonize.flow.color import FlowOptions, colorize, held_out_sources
from cartoonize.flow.members import Choice, choose_checkpoints
from cartoonize.flow.typed import fits, frozen, in_words
from cartoonize.stages.colorize import ColorizeOptions
from cartoonize.stages.compare import CompareOptions, compare
from cartoonize.stages.credits import CreditsOptions, mark_credits
from cartoonize.stages.evaluate import evaluate
from cartoonize.stages.extract import ExtractOptions, extract
from cartoonize.stages.refine import RefineOptions
from cartoonize.stages.render import RenderOptions
from cartoonize.stages.report import SCORES, ReportOptions
from cartoonize.stages.report import report as write_report
from cartoonize.stages.split import SplitOptions, split
from cartoonize.stages.train import TrainOptions, TrainProgress, describe_data, train
from cartoonize.variants import find_variant
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

Progress = Callable[..., None]
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Step(ABC):
    """One stage of a recipe, ready to run in a workspace."""

    workspace: Workspace
    table: dict[str, Any]
    """Its options, by name."""
    device: str

    options: ClassVar[tuple[type, ...]] = ()
    """Option classes whose fields the table may set."""
    own_keys: ClassVar[tuple[str, ...]] = ()
    """What else it may set."""
    required: ClassVar[tuple[str, ...]] = ()
    """What it must set."""

    @classmethod
    def keys(cls) -> list[str]:
        """Return all that a table of this stage may set."""
        unsettable = {"device", "force", "resume", "dry_run"}
        own = {f.name for kind in cls.options for f in fields(kind)} - unsettable
        return [*cls.own_keys, *sorted(own)]

    @property
    def title(self) -> str:
        """What the user reads."""
        return type(self).__name__.lower()

    def check(self) -> None:
        """Raise `UsageError` if an option is wrong: before the first stage of a recipe runs."""
        for kind in self.options:
            self.chosen(kind)
        for key in {"folder", "output"} & set(self.table):
            self._inside(key)

    def seen(self) -> dict[str, str]:
        """Return fingerprints of all that the result depends on, by name."""
        return {f"option {key}": fingerprint_of(value) for key, value in self.table.items()}

    @abstractmethod
    def left_behind(self) -> str:
        """Return a fingerprint of the result as it stands; it changes if somebody changes the result."""

    @abstractmethod
    def run(self, report: Progress, notify: Notify) -> Any:
        """Do it; return a summary that JSON can hold."""

    def chosen(self, kind: type, **more: Any) -> Any:
        """Return an option object of this class with what the table sets."""
        hints = get_type_hints(kind)
        values = {key: frozen(value) for key, value in self.table.items() if key in hints}
        for key, value in values.items():
            if not fits(value, hints[key]):
                raise UsageError(
                    f"stage {self.title!r}: {key} = {self.table[key]!r}", f"Give {in_words(hints[key])}."
                )
        return kind(**values, **more)

    def names(self, key: str) -> list[str]:
        """Return a value as a list of strings."""
        value = self.table.get(key, [])
        return [str(v) for v in value] if isinstance(value, list) else [str(value)]

    def inputs(self, key: str) -> list[Path]:
        """Return files or folders: of the workspace if they are there, else of the current folder.

        Names of episodes stand for their sources; ``*`` is allowed.
        """
        return [path for text in self.names(key) for path in self._found(text)]

    def _found(self, text: str) -> list[Path]:
        episodes = self.workspace.load().episodes
        if text in episodes:
            return [Path(episodes[text].source)]
        if "*" in text:
            base, pattern = Path(text).parent, Path(text).name
            for folder in (self.workspace.root / base, base):
                if found := sorted(folder.glob(pattern)):
                    return found
            raise UsageError(f"{text}: matches no file", "Set it with --set.")
        inside = self.workspace.root / text
        return [inside if inside.exists() else Path(text)]

    def result(self, key: str) -> Path:
        """Return the path of a result, which has to be inside the workspace."""
        path = self._inside(key)
        make_folder(path.parent)
        return path

    def _inside(self, key: str) -> Path:
        path = (self.workspace.root / str(self.table[key])).resolve()
        if not path.is_relative_to(self.workspace.root.resolve()):
            raise UsageError(
                f"{self.table[key]!r} is outside the workspace", "A recipe writes only inside of it."
            )
        return path


class Sample(Step):
    """Draws the sample series."""

    own_keys = ("folder", "seed", "episodes", "seconds", "grain", "height")
    required = ("folder",)

    def check(self) -> None:
        """Check the options under their names in `SampleOptions`."""
        super().check()
        self._options()

    def _options(self) -> Any:
        from cartoonize.sample.series import SampleOptions

        table = {("n_episodes" if k == "episodes" else k): v for k, v in self.table.items()}
        if isinstance(table.get("height"), int):
            table["width"] = round(table["height"] * 4 / 3 / 2) * 2
        return replace(self, table=table).chosen(SampleOptions)

    def left_behind(self) -> str:
        """Sizes of the videos: what they hold is `extract`'s to look at."""
        return _state(sorted(self.result("folder").glob("*.mkv")))

    def run(self, report: Progress, notify: Notify) -> Any:
        """Draw."""
        from cartoonize.stages.sample import sample

        folder = self.result("folder")
        for surplus in folder.glob("episode*.mkv"):  # of an earlier run with other options
            surplus.unlink()
        drawn = sample(
            folder,
            options=self._options(),
            force=True,
            progress=lambda done, total: report("drawing", done, total),
        )
        return [str(episode.path) for episode in drawn]


class Extract(Step):
    """Extracts episodes."""

    options = (ExtractOptions,)
    own_keys = ("sources",)
    required = ("sources",)

    def seen(self) -> dict[str, str]:
        """Return the sources' content and the options."""
        contents = {str(path): fingerprint(path) for path in self.inputs("sources") if path.exists()}
        return {**super().seen(), **contents}

    def left_behind(self) -> str:
        """Return a fingerprint of the manifest's records and of the pictures' presence."""
        sources = {str(path.resolve()) for path in self.inputs("sources")}
        records = [e for e in self.workspace.load().episodes.values() if e.source in sources]
        present = [len(list(self.workspace.frames(e.name).glob("*.png"))) for e in records]
        return fingerprint_of(
            [[e.name, e.sha256, e.threshold, e.size, e.frames] for e in records] + [present]
        )

    def run(self, report: Progress, notify: Notify) -> Any:
        """Extract."""
        options = self.chosen(ExtractOptions)
        done = extract(self.workspace, self.inputs("sources"), options=options, progress=report)
        return [asdict(summary) for summary in done]


class Credits(Step):
    """Marks credits."""

    options = (CreditsOptions,)
    own_keys = ("episodes",)

    @classmethod
    def keys(cls) -> list[str]:
        """Return the keys, with those of `CreditColors`."""
        from cartoonize.shots.credits import CreditColors

        return [*super().keys(), *(f.name for f in fields(CreditColors))]

    def check(self) -> None:
        """Check `CreditColors`, too."""
        from cartoonize.shots.credits import CreditColors

        super().check()
        self.chosen(CreditColors)

    def seen(self) -> dict[str, str]:
        """Return the frames that are looked at."""
        episodes = self.workspace.load().episodes.values()
        return {**super().seen(), **{e.name: fingerprint_of([e.sha256, e.size, e.frames]) for e in episodes}}

    def left_behind(self) -> str:
        """Return a fingerprint of all marks."""
        return fingerprint_of({n: asdict(e.credits) for n, e in self.workspace.load().episodes.items()})

    def run(self, report: Progress, notify: Notify) -> Any:
        """Mark."""
        from cartoonize.shots.credits import CreditColors

        colors, options = self.chosen(CreditColors), self.chosen(CreditsOptions)
        names = self.names("episodes")
        done = mark_credits(self.workspace, names, colors=colors, options=options, progress=report)
        return [asdict(summary) for summary in done]


class Split(Step):
    """Splits episodes into sets."""

    options = (SplitOptions,)

    def seen(self) -> dict[str, str]:
        """Return the names of the episodes."""
        return {
            **super().seen(),
            "the list of episodes": fingerprint_of(sorted(self.workspace.load().episodes)),
        }

    def left_behind(self) -> str:
        """Return a fingerprint of the split."""
        return fingerprint_of(self.workspace.load().split)

    def run(self, report: Progress, notify: Notify) -> Any:
        """Split."""
        return asdict(split(self.workspace, options=self.chosen(SplitOptions)))


class Train(Step):
    """Trains variants."""

    options = (TrainOptions,)
    own_keys = ("variants",)
    required = ("variants",)

    def check(self) -> None:
        """Check the variants' names, too; 0 is allowed where it means the default."""
        self._options()
        for name in self.names("variants"):
            find_variant(name)

    def _options(self) -> TrainOptions:
        # In a recipe 0 leaves these to their defaults.
        own = ("minutes", "batch_size", "accumulate")
        table = {k: v for k, v in self.table.items() if v != 0 or k not in own}
        options: TrainOptions = replace(self, table=table).chosen(
            TrainOptions, device=self.device, resume="if-same"
        )
        return options

    def seen(self) -> dict[str, str]:
        """Return the frames that are learned from."""
        data = describe_data(self.workspace, self.workspace.load())
        return {**super().seen(), "the training frames": fingerprint_of(data)}

    def left_behind(self) -> str:
        """Return the hashes of the checkpoints."""
        return fingerprint_of(_weights([self.workspace.checkpoint(v) for v in self.names("variants")]))

    def run(self, report: Progress, notify: Notify) -> Any:
        """Train; a training that was interrupted goes on."""

        def progress(reached: TrainProgress) -> None:
            report(reached.variant, round(reached.share * 1000), 1000, f"loss {reached.loss:.4f}")

        done = train(self.workspace, self.names("variants"), options=self._options(), progress=progress)
        return [asdict(summary) for summary in done]


class Colorize(Step):
    """Colours an episode."""

    options = (ColorizeOptions, RefineOptions, RenderOptions)
    own_keys = ("sources", "variants", "ensemble", "refine_order", "output")
    required = ("output",)

    def check(self) -> None:
        """Check the variants' names, too."""
        super().check()
        self._options()
        for name in self.names("variants"):
            find_variant(name)
        if not isinstance(self.table.get("ensemble", False), bool):
            raise UsageError(
                f"stage {self.title!r}: ensemble = {self.table['ensemble']!r}", "Give true or false."
            )

    def _options(self) -> FlowOptions:
        order = {"refine_order": self.table["refine_order"]} if "refine_order" in self.table else {}
        return FlowOptions(
            colorize=self.chosen(ColorizeOptions, device=self.device),
            refine=self.chosen(RefineOptions),
            render=self.chosen(RenderOptions, force=True),
            **order,
        )

    @property
    def title(self) -> str:
        """Name the output too: a recipe colours more than once."""
        return f"colorize {self.table.get('output', '')}".strip()

    def _sources(self) -> list[Path]:
        return self.inputs("sources") or held_out_sources(self.workspace)

    def _choice(self) -> Choice:
        return Choice(tuple(self.names("variants")), ensemble=bool(self.table.get("ensemble", False)))

    def seen(self) -> dict[str, str]:
        """Return the source's content and the checkpoints' hashes."""
        contents = {str(path): fingerprint(path) for path in self._sources() if path.exists()}
        weights = _weights(choose_checkpoints(self.workspace, self._choice()))
        return {**super().seen(), **contents, "the checkpoints": fingerprint_of(weights)}

    def left_behind(self) -> str:
        """Return the output's size and time."""
        return _state([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Colour; what an earlier run of the recipe wrote is replaced."""
        done = colorize(
            self.workspace,
            self._sources(),
            choice=self._choice(),
            options=self._options(),
            output=self.result("output"),
            progress=report,
            announce=notify,
            notify=notify,
        )
        return [asdict(summary) for summary in done]


class Compare(Step):
    """Writes a side-by-side video."""

    options = (CompareOptions,)
    own_keys = ("videos", "output")
    required = ("videos", "output")

    def seen(self) -> dict[str, str]:
        """Return the videos' content."""
        return {**super().seen(), **{str(p): fingerprint(p) for p in self.inputs("videos") if p.exists()}}

    def left_behind(self) -> str:
        """Return the output's size and time."""
        return _state([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Compare."""
        options, output = self.chosen(CompareOptions, force=True), self.result("output")
        done = compare(
            self.inputs("videos"),
            output,
            options=options,
            progress=lambda n, total: report("compare", n, total),
        )
        return asdict(done)


class Evaluate(Step):
    """Scores coloured videos."""

    own_keys = ("colorized", "reference", "output")
    required = ("colorized", "output")

    def _reference(self) -> Path:
        found = self.inputs("reference") or held_out_sources(self.workspace)
        return found[0]

    def seen(self) -> dict[str, str]:
        """Return the videos' content."""
        paths = [*self.inputs("colorized"), self._reference()]
        return {**super().seen(), **{str(path): fingerprint(path) for path in paths if path.exists()}}

    def left_behind(self) -> str:
        """Return the score file's size and time."""
        return _state([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Score, and write the scores as JSON."""
        results = evaluate(
            self.inputs("colorized"),
            self._reference(),
            progress=lambda n, total: report("evaluate", n, total),
        )
        # A score without meaning for a film is no number, which JSON does not know.
        scores = [
            {"colorized": Path(r.colorized).name, **{k: v if v == v else None for k, v in r.scores.items()}}
            for r in results
        ]
        write_text(self.result("output"), json.dumps(scores, indent=1) + "\n")
        return scores


class Report(Step):
    """Writes the HTML page."""

    options = (ReportOptions,)

    def _page(self) -> Path:
        return self.workspace.reports / "report.html"

    def seen(self) -> dict[str, str]:
        """Return the scores, which change with the results, the curves and the manifest."""
        shown = [self.workspace.reports / SCORES, *sorted(self.workspace.runs.glob("*/curves.json"))]
        shown.append(self.workspace.manifest_path)
        return {**super().seen(), **{path.parent.name: fingerprint(path) for path in shown if path.is_file()}}

    def left_behind(self) -> str:
        """Return the page's size and time."""
        return _state([self._page()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Write the page."""
        return {"output": write_report(self.workspace, options=self.chosen(ReportOptions)).page}


STEPS: dict[str, type[Step]] = {
    step.__name__.lower(): step
    for step in (Sample, Extract, Credits, Split, Train, Colorize, Compare, Evaluate, Report)
}


def _weights(checkpoints: Sequence[Path]) -> list[str]:
    """Return the hashes of checkpoints; of missing ones nothing."""
    from cartoonize.models.checkpoint import read_header

    return [read_header(path)["sha256"] for path in checkpoints if path.is_file()]


def _state(paths: Sequence[Path]) -> str:
    """Return a fingerprint of files or folders by size and time of change."""
    state = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        state += [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in inside if f.exists()]
    return fingerprint_of(state)
