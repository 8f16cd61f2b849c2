"""Steps that prepare the episodes: sample, extract, credits and split."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from cartoonize.recipes.steps.base import Step, content_of, state_of
from cartoonize.reporting import Reporter, counted
from cartoonize.tasks.credits import CreditsOptions, mark_credits
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.workspace import fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.sample.options import SampleOptions


class Sample(Step):
    """Draws the sample series."""

    own_keys = ("folder", "seed", "episodes", "seconds", "grain", "height")
    required = ("folder",)

    def work(self) -> str:
        """Return the number of episodes."""
        return counted(self._options().n_episodes, "episode")

    def check(self) -> None:
        """Check the options under their names in `SampleOptions`."""
        super().check()
        self._options()

    def _options(self) -> SampleOptions:
        from cartoonize.sample.options import SampleOptions

        table = {("n_episodes" if k == "episodes" else k): v for k, v in self.table.items()}
        if isinstance(table.get("height"), int):
            table["width"] = round(table["height"] * 4 / 3 / 2) * 2
        options: SampleOptions = replace(self, table=table).build(SampleOptions)
        return options

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the videos by size and time; `Extract` looks at their content."""
        return state_of(sorted(self.result("folder").glob("*.mkv")))

    def run(self, reporter: Reporter) -> Any:
        """Draw the series."""
        from cartoonize.tasks.sample import sample

        folder = self.result("folder")
        for surplus in folder.glob("episode*.mkv"):  # of an earlier run with other options
            surplus.unlink()
        drawn = sample(folder, options=self._options(), force=True, reporter=reporter)
        return [str(episode.path) for episode in drawn]


class Extract(Step):
    """Extracts episodes."""

    options = (ExtractOptions,)
    own_keys = ("sources",)
    required = ("sources",)
    input_keys = ("sources",)

    def work(self) -> str:
        """Return the number of episodes."""
        return counted(len(self.inputs("sources")), "episode")

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the sources."""
        return {**super().input_fingerprints(), **content_of("the sources", self.inputs("sources"))}

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the manifest's records and of the number of pictures."""
        contents = {fingerprint(path) for path in self.inputs("sources") if path.exists()}
        records = [e for e in self.workspace.load().episodes.values() if e.sha256 in contents]
        n_pictures = [len(list(self.workspace.frames(e.name).glob("*.png"))) for e in records]
        return fingerprint_of(
            [[e.name, e.sha256, e.threshold, e.size, e.frames] for e in records] + [n_pictures]
        )

    def run(self, reporter: Reporter) -> Any:
        """Extract the episodes."""
        options = self.build(ExtractOptions)
        done = extract(self.workspace, self.inputs("sources"), options=options, reporter=reporter)
        return [asdict(summary) for summary in done]


class Credits(Step):
    """Marks credits."""

    options = (CreditsOptions,)
    own_keys = ("episodes",)

    @classmethod
    def keys(cls) -> list[str]:
        """Add the fields of `CreditColors`."""
        from cartoonize.detect.credits import CreditColors

        return [*super().keys(), *(f.name for f in fields(CreditColors))]

    def work(self) -> str:
        """Return the number of episodes."""
        return counted(len(self.names("episodes") or self.workspace.load().episodes), "episode")

    def check(self) -> None:
        """Check the fields of `CreditColors`, too."""
        from cartoonize.detect.credits import CreditColors

        super().check()
        self.build(CreditColors)

    def input_fingerprints(self) -> dict[str, str]:
        """Add the kept frames of all episodes."""
        episodes = self.workspace.load().episodes.values()
        frames = {e.name: fingerprint_of([e.sha256, e.size, e.frames]) for e in episodes}
        return {**super().input_fingerprints(), **frames}

    def result_fingerprint(self) -> str:
        """Return a fingerprint of all marks."""
        return fingerprint_of({n: asdict(e.credits) for n, e in self.workspace.load().episodes.items()})

    def run(self, reporter: Reporter) -> Any:
        """Mark the credits."""
        from cartoonize.detect.credits import CreditColors

        colors, options = self.build(CreditColors), self.build(CreditsOptions)
        names = self.names("episodes")
        done = mark_credits(self.workspace, names, colors=colors, options=options, reporter=reporter)
        return [asdict(summary) for summary in done]


class Split(Step):
    """Splits episodes into sets."""

    options = (SplitOptions,)

    def work(self) -> str:
        """Return the number of episodes."""
        return counted(len(self.workspace.load().episodes), "episode")

    def input_fingerprints(self) -> dict[str, str]:
        """Add the names and films of the episodes."""
        films = sorted((e.name, e.sha256) for e in self.workspace.load().episodes.values())
        return {**super().input_fingerprints(), "the list of episodes": fingerprint_of(films)}

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the split."""
        return fingerprint_of(self.workspace.load().split)

    def run(self, reporter: Reporter) -> Any:
        """Split the episodes."""
        return asdict(split(self.workspace, options=self.build(SplitOptions)))
