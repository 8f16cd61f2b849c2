"""Training of one network: its settings, initial weights, trainer and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.errors import UsageError
from cartoonize.learning.finished_run import differences, finished_run, refusal
from cartoonize.learning.process_group import ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.runs import TrainSummary, write_run
from cartoonize.learning.training_data import TrainingData
from cartoonize.methods.variant import Variant
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    import torch

    from cartoonize.learning.adversary import Adversary
    from cartoonize.learning.schedule import Schedule
    from cartoonize.learning.trainer import Trainer
    from cartoonize.methods.networks.encoder_weights import EncoderWeights
    from cartoonize.tasks.train import TrainOptions


class NetworkTraining:
    """Training of one network: everything that `Trainer` needs, and the files that it leaves."""

    def __init__(
        self,
        workspace: Workspace,
        variant: Variant,
        data: TrainingData,
        options: TrainOptions,
        encoder: EncoderWeights | None,
        group: ProcessGroup,
    ) -> None:
        from cartoonize.devices import pick_device
        from cartoonize.learning.state_file import StateFile
        from cartoonize.learning.trainer import Compute

        self.workspace, self.options, self.group = workspace, options, group
        self.data = data.for_variant(variant, options.print_variation)
        self.encoder = encoder if variant.encoder else None
        self.changes = self._changes(options.settings)
        self.variant = variant.with_options(self.changes)
        device = group.local_device(pick_device(options.device))
        dtype = _dtype(self.variant, options.precision, device)
        self.compute = Compute(device, dtype, group, options.compile)
        self.schedule = _schedule(self.variant, options)
        self.ema = variant.ema if options.ema is None else options.ema
        self.settings = self._settings()
        _check_same_settings({**self.settings, "device": device.type}, group)
        path = workspace.runs / variant.name / "state.safetensors"
        self.state_file = StateFile(path, variant.name, self.settings, self.schedule)
        self.is_up_to_date = False

    def check(self) -> None:
        """Look for a finished network of this run. `run` keeps it if it is up to date.

        Raises
        ------
        UsageError
            If the training would replace a finished network of other settings or another length, without
            ``force``.
        """
        differing, continues = None, False
        if self.group.is_first:
            differing = self._differences()
            continues = self.options.resume == "yes" and self.state_file.path.is_file()
        differing, continues = self.group.broadcast((differing, continues))
        self.is_up_to_date = differing == []
        if differing and not continues:
            raise refusal(self._checkpoint, self.variant.name, differing)

    def _differences(self) -> list[str] | None:
        """Return how a finished network differs from this one; None without one, or with ``force``."""
        header = None if self.options.force else finished_run(self._checkpoint)
        if header is None:
            return None
        length = self.schedule.n_updates(self._updates_per_epoch)
        return differences(header, self.settings, self.schedule, length)

    @property
    def _checkpoint(self) -> Path:
        return self.workspace.checkpoint(self.variant.name)

    @property
    def _updates_per_epoch(self) -> int:
        turns = int(self.variant.training.get("turns", 1)) if self.variant.adversary else 1
        return self.schedule.updates_per_epoch(len(self.data.samples), turns)

    def run(self, reporter: Reporter) -> TrainSummary | None:
        """Train the network and write its run; return a summary in the first process."""
        if self.is_up_to_date:
            return self._kept_run(reporter) if self.group.is_first else None
        trainer = self._trainer(reporter)
        progress = trainer.run(self.variant.name, write_state=self.state_file.write, reporter=reporter)
        if not self.group.is_first:
            return None
        self._report_end(progress, trainer.n_updates, reporter)
        scores = {name: progress.kept_validation[name] for name in ("loss", "ab_error")}
        header = run_header(self.variant, self.data, self.options, self.settings)
        header["schedule"] = asdict(self.schedule)
        header["length"] = trainer.n_updates
        header["weights_after"] = progress.kept_validation["update"]
        header["ended_by"] = progress.ended_by
        header["too_few_updates"] = self._has_too_few(progress)
        header["changes"] = self.changes
        if self.variant.encoder:
            header["encoder"] = (
                {"file": self.encoder.file, "sha256": self.encoder.sha256} if self.encoder else "random"
            )
        return write_run(
            self.workspace, self.variant.name, self.variant, trainer.model, header, progress, scores
        )

    def _kept_run(self, reporter: Reporter) -> TrainSummary:
        """Return the summary of the finished network."""
        header = finished_run(self._checkpoint) or {}
        reporter.info(
            f"{self.variant.name}: up to date, with the same settings and length: {self._checkpoint}"
        )
        return TrainSummary(
            variant=self.variant.name,
            checkpoint=str(self._checkpoint),
            parameters=header.get("parameters", 0),
            n_samples=header.get("n_samples", len(self.data.samples)),
            updates=header.get("updates", 0),
            seconds=round(header.get("seconds", 0.0), 2),
            validation=header.get("validation"),
            ended_by=header.get("ended_by", ""),
            too_few_updates=bool(header.get("too_few_updates")),
            as_before=True,
        )

    def _report_end(self, progress: TrainingProgress, length: int, reporter: Reporter) -> None:
        """Report an early end of the training, and whether its network can be useful."""
        name, n, kept = self.variant.name, progress.update, progress.kept_validation
        if progress.ended_by == "minutes":
            reporter.info(
                f"{name}: the limit of {self.schedule.minutes:g} minutes ended the training after {n:,} of"
                f" {length:,} updates."
            )
        elif progress.ended_by == "patience":
            reporter.info(
                f"{name}: the training ended early, after {n:,} of {length:,} updates, because the validation"
                f" error was not lower in {self.schedule.patience} validations."
            )
        if kept["update"] < n:
            reporter.info(
                f"{name}: the weights after {kept['update']:,} updates are kept, whose validation error is"
                f" lowest (ab error {kept['ab_error']:.2f})."
            )
        if self._has_too_few(progress):
            option = "--minutes" if progress.ended_by == "minutes" else "--updates"
            reporter.warning(
                f"{name}: {n} updates are too few for a useful network: at least {self.variant.min_updates}"
                f" are needed. Train longer, with a larger {option} or without it."
            )

    def _has_too_few(self, progress: TrainingProgress) -> bool:
        return progress.update < self.variant.min_updates

    def _trainer(self, reporter: Reporter) -> Trainer:
        """Return a trainer of an initialised network, or of one that continues from a saved state."""
        import torch

        from cartoonize.learning.initial_weights import set_initial_weights
        from cartoonize.learning.losses import loss_for
        from cartoonize.learning.trainer import Trainer

        torch.manual_seed(self.options.seed)  # of weights that the initialisation below does not set
        model = self.variant.build(self.options.width)
        adversary = _adversary(self.variant, self.options, self.schedule)
        saved = None
        if self.group.is_first and self.options.resume == "no":
            self._warn_of_interrupted(reporter)
        elif self.group.is_first:
            saved = self.state_file.read(strict=self.options.resume == "yes")
        saved = self.group.broadcast(saved)
        if saved is None:
            if self.group.is_first:
                set_initial_weights(model, self.variant, self.data.samples, self.encoder, reporter=reporter)
            model.load_state_dict(self.group.broadcast(model.state_dict()))
        trainer = Trainer(
            model,
            self.data.samples,
            self.data.validation,
            loss=loss_for(self.variant, self.data.samples, reporter=reporter),
            schedule=self.schedule,
            compute=self.compute,
            adversary=adversary,
            ema=self.ema,
        )
        if saved is not None:
            trainer.resume(*saved)
        return trainer

    def _warn_of_interrupted(self, reporter: Reporter) -> None:
        """Say that an interrupted training could be continued."""
        n_updates = self.state_file.n_interrupted()
        if n_updates:
            reporter.warning(
                f"{self.variant.name}: starts anew, in place of an interrupted training of the same settings"
                f" and {n_updates:,} updates. To continue that one, stop now and use --resume."
            )

    def _changes(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of the variant that differ from its defaults, derived ones included."""
        changes = dict(settings)
        if self.data.samples.labels is not None:
            changes["n_classes"] = int(self.data.samples.labels.max()) + 1
        if self.encoder:
            changes["encoder_width"] = 1.0
        return changes

    def _settings(self) -> dict[str, Any]:
        """Return all that the trained weights depend on, except the length of the training."""
        from cartoonize.devices import name_of

        variation, precision = self.options.print_variation, name_of(self.compute.dtype)
        return {
            "variant": self.variant.name,
            "width": self.options.width,
            "luminance": self.options.luminance,
            "seed": self.options.seed,
            "bfloat16": precision == "bfloat16",
            "batch_size": self.schedule.batch_size,
            "accumulate": self.schedule.accumulate,
            "turns": int(self.variant.training.get("turns", 1)),
            "learning_rate": self.schedule.learning_rate,
            "ema": self.ema,
            "frames": self.data.description["frames"],
            "changes": self.changes,
            "encoder": self.encoder.sha256 if self.encoder else None,
            **({} if variation == 1 else {"print_variation": variation}),
            **({"float16": True} if precision == "float16" else {}),
        }


def _dtype(variant: Variant, precision: str, device: torch.device) -> torch.dtype:
    """Return the type in which a network of the variant is trained.

    The discriminator's losses are not scaled, and would vanish in float16.
    """
    import torch

    from cartoonize.devices import pick_dtype

    dtype = pick_dtype(precision, device)
    if variant.adversary is None or dtype != torch.float16:
        return dtype
    if precision == "float16":
        raise UsageError(
            f"{variant.name} has a discriminator and cannot be trained in float16", "Use --precision float32."
        )
    return torch.float32


def _schedule(variant: Variant, options: TrainOptions) -> Schedule:
    from cartoonize.learning.schedule import Schedule

    return Schedule(
        epochs=options.epochs or variant.epochs,
        updates=None if options.epochs else options.updates or variant.updates,
        minutes=options.minutes,
        patience=variant.patience if options.patience is None else options.patience,
        batch_size=options.batch_size or variant.batch_size,
        accumulate=options.accumulate or variant.accumulate,
        learning_rate=options.learning_rate or variant.learning_rate,
        optimizer=variant.optimizer,
        momentum=variant.momentum,
        copies=variant.copies,
    )


def _adversary(variant: Variant, options: TrainOptions, schedule: Schedule) -> Adversary | None:
    if variant.adversary is None:
        return None
    from cartoonize.learning.adversary import make_adversary

    return make_adversary(
        variant.adversary,
        variant.training,
        width=options.width,
        make_optimizer=schedule.make_optimizer,
        seed=options.seed,
    )


def _check_same_settings(settings: dict[str, Any], group: ProcessGroup) -> None:
    """Raise `UsageError` if this process has other options, frames or kinds of device than the first."""
    first = group.broadcast(settings)
    if differing := [name for name, value in settings.items() if first[name] != value]:
        raise UsageError(
            f"process {group.rank} has another {' and '.join(differing)} than the first process",
            "Start all processes with the same options, and with workspaces that have the same frames.",
        )


def run_header(
    variant: Variant, data: TrainingData, options: TrainOptions, settings: dict[str, Any]
) -> dict[str, Any]:
    """Return values of a checkpoint's header."""
    return {
        "width": options.width if variant.kind == "network" else 1.0,
        "luminance": options.luminance,
        "n_samples": len(data.samples),
        "settings": settings,
        "data": data.description,
    }
