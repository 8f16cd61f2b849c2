"""Steps that prepare: the sample series, extraction, credits, split, training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.learning.runs import TrainProgress
from cartoonize.learning.training_data import describe_data
from cartoonize.methods.registry import find_variant
from cartoonize.recipes.steps.base import Notify, Progress, Step, state_of, weights_of
from cartoonize.tasks.adapt import SUFFIX as ADAPTED
from cartoonize.tasks.adapt import AdaptOptions
from cartoonize.tasks.adapt_to_references import adapt_to_references
from cartoonize.tasks.credits import CreditsOptions, mark_credits
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.workspace import fingerprint, fingerprint_of


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
        return state_of(sorted(self.result("folder").glob("*.mkv")))

    def run(self, report: Progress, notify: Notify) -> Any:
        """Draw."""
        from cartoonize.tasks.sample import sample

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
        from cartoonize.detect.credits import CreditColors

        return [*super().keys(), *(f.name for f in fields(CreditColors))]

    def check(self) -> None:
        """Check `CreditColors`, too."""
        from cartoonize.detect.credits import CreditColors

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
        from cartoonize.detect.credits import CreditColors

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


def _without_zeros(step: Step, *keys: str) -> Step:
    """Return a step whose table leaves these to their defaults where they are 0, or no text."""
    return replace(step, table={k: v for k, v in step.table.items() if v not in (0, "") or k not in keys})


def _watching(report: Progress) -> Callable[[TrainProgress], None]:
    """Return what tells of a training's progress."""

    def progress(reached: TrainProgress) -> None:
        report(reached.variant, round(reached.share * 1000), 1000, f"loss {reached.loss:.4f}")

    return progress


class Train(Step):
    """Trains variants."""

    options = (TrainOptions,)
    own_keys = ("variants",)
    required = ("variants",)

    def check(self) -> None:
        """Check the variants' names and own options, too; 0 is allowed where it means the default."""
        options = self._options()
        for name in self.names("variants"):
            find_variant(name).having(options.settings)
        if (weights := options.encoder_weights) and not weights.is_file():
            raise UsageError(f"{weights}: there is no such file", "Leave encoder_weights out, or mend it.")

    @property
    def title(self) -> str:
        """Name the variants too: a recipe trains more than one."""
        return f"train {', '.join(self.names('variants'))}"

    def _options(self) -> TrainOptions:
        zeros = ("minutes", "batch_size", "accumulate", "learning_rate", "encoder_weights")
        own = _without_zeros(self, *zeros)
        options: TrainOptions = own.chosen(TrainOptions, device=self.device, resume="if-same")
        weights = own.inputs("encoder_weights")
        return replace(options, encoder_weights=weights[0] if weights else None)

    def seen(self) -> dict[str, str]:
        """Return the frames that are learned from, and the weights that are started from."""
        data = describe_data(self.workspace, self.workspace.load())
        weights = self._options().encoder_weights
        content = {str(weights): fingerprint(weights)} if weights and weights.exists() else {}
        return {**super().seen(), **content, "the training frames": fingerprint_of(data)}

    def left_behind(self) -> str:
        """Return the hashes of the checkpoints."""
        return fingerprint_of(weights_of([self.workspace.checkpoint(v) for v in self.names("variants")]))

    def run(self, report: Progress, notify: Notify) -> Any:
        """Train; a training that was interrupted goes on."""
        done = train(
            self.workspace,
            self.names("variants"),
            options=self._options(),
            progress=_watching(report),
            notify=notify,
        )
        return [asdict(summary) for summary in done]


class Adapt(Step):
    """Adapts trained networks to references, if there are any."""

    options = (AdaptOptions,)
    own_keys = ("variants", "references")
    required = ("variants", "references")

    def check(self) -> None:
        """Check the variants' names, too; 0 is allowed where it means the default."""
        self._options()
        for name in self.names("variants"):
            find_variant(name)

    def _options(self) -> AdaptOptions:
        own = _without_zeros(self, "batch_size")
        options: AdaptOptions = own.chosen(AdaptOptions, device=self.device)
        return options

    def seen(self) -> dict[str, str]:
        """Return the networks, and what is in the references."""
        references = {str(path): fingerprint(path) for path in self.inputs("references") if path.exists()}
        networks = [self.workspace.checkpoint(name) for name in self.names("variants")]
        return {**super().seen(), **references, "the networks": fingerprint_of(weights_of(networks))}

    def left_behind(self) -> str:
        """Return the hashes of the checkpoints."""
        names = [name + ADAPTED for name in self.names("variants")]
        return fingerprint_of(weights_of([self.workspace.checkpoint(name) for name in names]))

    def run(self, report: Progress, notify: Notify) -> Any:
        """Adapt; without references there is nothing to do."""
        references = self.inputs("references")
        if not references:
            return []
        done = adapt_to_references(
            self.workspace,
            [self.workspace.checkpoint(name) for name in self.names("variants")],
            references,
            options=self._options(),
            progress=_watching(report),
            notify=notify,
        )
        return [asdict(summary) for summary in done]
