"""Steps that train networks: train and adapt."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.learning.training_data import describe_data
from cartoonize.methods.registry import find_variant
from cartoonize.recipes.steps.base import Step, content_of, weights_of
from cartoonize.reporting import Reporter, counted
from cartoonize.tasks.adapt import SUFFIX as ADAPTED
from cartoonize.tasks.adapt import AdaptOptions, adapt_to_references
from cartoonize.tasks.train import (
    TrainOptions,
    default_network,
    default_variants,
    report_missing_weights,
    train,
)
from cartoonize.workspace import fingerprint_of

#: Name that stands for what is trained by default.
DEFAULT = "default"


def _without_zeros(step: Step, *keys: str) -> Step:
    """Return a step without the given keys where they are 0 or empty, which stands for their default."""
    return replace(step, table={k: v for k, v in step.table.items() if v not in (0, "") or k not in keys})


class Train(Step):
    """Trains variants."""

    options = (TrainOptions,)
    own_keys = ("variants",)
    required = ("variants",)
    input_keys = ("encoder_weights",)

    @property
    def title(self) -> str:
        """Name with the variants, since a recipe may train several times."""
        return f"train {', '.join(self._variants())}"

    def _variants(self) -> list[str]:
        """Return the names of the variants. ``default`` stands for those that `train` trains by default."""
        names = self.names("variants")
        return [v for name in names for v in (default_variants() if name == DEFAULT else (name,))]

    def work(self) -> str:
        """Return the length of the training."""
        options = self._options()
        if options.updates is not None:
            length = counted(options.updates, "update")
        else:
            length = "default length" if options.epochs is None else counted(options.epochs, "epoch")
        return length if options.minutes is None else f"{length}, at most {options.minutes:g} min each"

    def check(self) -> None:
        """Check the options and the variants, and their own options."""
        options = self._options()
        for name in self._variants():
            find_variant(name).with_options(options.settings)
        if (weights := options.encoder_weights) and not weights.is_file():
            raise UsageError(f"{weights}: does not exist", "Correct encoder_weights, or leave it out.")

    def _options(self) -> TrainOptions:
        defaults = (
            "epochs", "updates", "minutes", "batch_size", "accumulate", "learning_rate", "encoder_weights",
        )  # fmt: skip
        own = _without_zeros(self, *defaults)
        options: TrainOptions = own.build(TrainOptions, device=self.device, resume="if-same", force=True)
        weights = own.inputs("encoder_weights")
        return replace(options, encoder_weights=weights[0] if weights else None)

    def input_fingerprints(self) -> dict[str, str]:
        """Add the training frames and the encoder's initial weights."""
        learn_credits = bool(self.table.get("learn_credits", False))
        data = describe_data(self.workspace, self.workspace.load(), learn_credits=learn_credits)
        weights = self._options().encoder_weights
        content = content_of("the encoder's weights", [weights] if weights else [])
        found = {**super().input_fingerprints(), **content, "the training frames": fingerprint_of(data)}
        if DEFAULT in self.names("variants"):
            found["the variants that can be trained"] = fingerprint_of(self._variants())
        return found

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the checkpoints' hashes."""
        return fingerprint_of(weights_of([self.workspace.checkpoint(v) for v in self._variants()]))

    def run(self, reporter: Reporter) -> Any:
        """Train the variants; continue an interrupted training."""
        if DEFAULT in self.names("variants"):
            report_missing_weights(reporter)
        done = train(self.workspace, self._variants(), options=self._options(), reporter=reporter)
        return [asdict(summary) for summary in done]


class Adapt(Step):
    """Adapts trained networks to references, if there are any."""

    options = (AdaptOptions,)
    own_keys = ("variants", "references", "enabled")
    required = ("variants", "references")
    input_keys = ("references",)

    def _networks(self) -> list[str]:
        return [default_network() if name == DEFAULT else name for name in self.names("variants")]

    def work(self) -> str:
        """Return the number of networks and the references."""
        references = self._references()
        if not references:
            return "nothing to do"
        return f"{counted(len(self.names('variants')), 'network')} to {', '.join(map(str, references))}"

    def check(self) -> None:
        """Check the options and the variants."""
        self._options()
        self.check_flag("enabled")
        for name in self._networks():
            find_variant(name)

    def _references(self) -> list[Path]:
        return self.inputs("references") if self.table.get("enabled", True) else []

    def _options(self) -> AdaptOptions:
        own = _without_zeros(self, "updates", "minutes", "batch_size")
        options: AdaptOptions = own.build(AdaptOptions, device=self.device)
        return options

    def input_fingerprints(self) -> dict[str, str]:
        """Add the networks and the content of the references."""
        networks = [self.workspace.checkpoint(name) for name in self._networks()]
        return {
            **super().input_fingerprints(),
            **content_of("the references", self._references()),
            "the networks": fingerprint_of(weights_of(networks)),
        }

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the hashes of the adapted checkpoints."""
        names = [name + ADAPTED for name in self._networks()]
        return fingerprint_of(weights_of([self.workspace.checkpoint(name) for name in names]))

    def run(self, reporter: Reporter) -> Any:
        """Adapt the networks; do nothing without references."""
        references = self._references()
        if not references:
            return []
        done = adapt_to_references(
            self.workspace,
            [self.workspace.checkpoint(name) for name in self._networks()],
            references,
            options=self._options(),
            optional=True,
            reporter=reporter,
        )
        return [asdict(summary) for summary in done]
