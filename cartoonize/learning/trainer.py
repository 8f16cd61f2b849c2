"""Trainer of networks. Read `Trainer.run` first, then the methods in their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cartoonize.devices import autocast, free_memory, is_out_of_memory
from cartoonize.errors import CartoonizeError
from cartoonize.learning.adversary import Adversary
from cartoonize.learning.batches import Batch, loss_of, training_batches
from cartoonize.learning.clock import Clock
from cartoonize.learning.estimate import Estimate
from cartoonize.learning.gradient_sync import running_statistics, synchronize
from cartoonize.learning.interrupt import deferred_interrupt
from cartoonize.learning.losses import Loss
from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.state import load_state_tensors, state_tensors
from cartoonize.learning.validation import validate
from cartoonize.learning.weight_average import N_STATISTICS_BATCHES, averaged, measure_statistics
from cartoonize.methods.networks.inference import compile_in_place
from cartoonize.prefetch import prefetch
from cartoonize.reporting import LOG, Reporter

#: Longest time between two saved states, in seconds of training.
SAVE_EVERY = 120.0
#: Number of validations of a schedule whose length is in updates or limited in minutes.
N_VALIDATIONS = 5
#: Largest number of batches that wait for the network.
N_AHEAD = 2
#: A training whose loss exceeds this limit has diverged.
MAX_LOSS = 1e6

#: Writes the tensors and the progress of a training.
WriteState = Callable[[dict[str, Tensor], TrainingProgress], None]


@dataclass(frozen=True)
class Compute:
    """Device, precision and processes of a training."""

    device: torch.device
    dtype: torch.dtype = torch.float32
    """Type in which the network computes where autocast allows it."""
    group: ProcessGroup = ALONE
    """Processes that train together."""
    compile: bool = False
    """Compile the network with ``torch.compile`` first."""


class Trainer:
    """Trains a network in place.

    Batches are made ahead, in a thread. In a process group each process takes its share of the batches of an
    update, in their order. Together the processes compute what a single process would, up to rounding.
    Gradients are exchanged once for each update: with several batches to an update, there is little to gain
    from an exchange during the last backward pass. If memory is too small for a batch, the batch goes through
    the network in pieces. The gradients are the same except for batch norms and dropout.

    Parameters
    ----------
    model : nn.Module
        Maps L x 0.01 (n, 1, 224, 224) to logits or ab at 56x56; initialised or loaded.
    samples : Samples
        Training frames.
    validation : Samples or None
        Validation frames. Without them, training frames are measured.
    loss : callable or None
        Takes the model's output and true ab. If None, the model's own method ``loss`` is minimised, which
        takes L x 0.01, true ab and labels.
    schedule : Schedule
        In a process group, ``accumulate`` has to be a multiple of the number of processes.
    compute : Compute
    adversary : Adversary, optional
        A discriminator, whose adversarial loss is added to ``loss``. Not supported in process groups.
    ema : float
        Decay of a running average of the weights. If it is not 0, the average is validated, and the model
        holds it in the end, with batch-norm statistics of its own.
    """

    def __init__(
        self,
        model: nn.Module,
        samples: Samples,
        validation: Samples | None = None,
        *,
        loss: Loss | None,
        schedule: Schedule,
        compute: Compute,
        adversary: Adversary | None = None,
        ema: float = 0.0,
    ) -> None:
        if adversary is not None and loss is None:
            raise ValueError("an adversary requires a loss")
        self.model, self.samples, self.validation = model, samples, validation
        self.loss, self.schedule, self.adversary = loss, schedule, adversary
        self.device, self.dtype, self.group = compute.device, compute.dtype, compute.group
        self.model.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = schedule.make_optimizer(model.parameters())
        # Small gradients vanish in float16 unless losses are multiplied by a large number.
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)
        self.average = averaged(model, ema) if ema else None
        if compute.compile:
            compile_in_place(self.model)
        if self.device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # once, since all batches have one size
        if adversary is not None:
            adversary.network.to(self.device)
        self.progress = TrainingProgress()
        self._clock = Clock()
        self._turns = 1 if adversary is None else adversary.turns
        self._n_own = schedule.accumulate // self.group.size * self._turns
        self._updates_per_epoch = schedule.updates_per_epoch(len(samples), self._turns)
        self._keeps_best = bool(schedule.patience) and validation is not None
        self._best: dict[str, Tensor] = {}
        self._n_without_gain = 0
        self._n_pieces = 1
        self._last_save = 0.0
        self._validated_share = 0.0
        self._write_state: WriteState | None = None

    # ---- the training ----------------------------------------------------------------------------------

    def resume(self, tensors: dict[str, Tensor], progress: TrainingProgress) -> None:
        """Continue exactly where a state was saved.

        Parameters
        ----------
        tensors : dict of str to Tensor
            Tensors that `run` passed to ``write_state``.
        progress : TrainingProgress
            Progress that `run` passed with them. It is updated in place.
        """
        best = load_state_tensors(
            self.model, self.optimizer, self._scaler, self.average, tensors, self.adversary
        )
        self.progress = progress
        if self._keeps_best:
            self._best, self._n_without_gain = best, progress.n_without_gain
            if self._n_without_gain >= self.schedule.patience:  # it had ended, and becomes longer
                self._n_without_gain = 0
        else:
            progress.best = None
        self._clock = Clock(progress.seconds)
        self._last_save = progress.seconds
        self._validated_share = progress.validations[-1]["share"] if progress.validations else 0.0

    def run(
        self,
        name: str = "training",
        *,
        write_state: WriteState | None = None,
        reporter: Reporter = LOG,
    ) -> TrainingProgress:
        """Train to the end of the schedule.

        Parameters
        ----------
        name : str
            Name of the network, for progress and messages.
        write_state : callable, optional
            Called with all tensors that a resumed training needs and with the progress: after every
            validation, at least every two minutes of training, and after an interrupt. In a process group,
            the first process alone calls it.
        reporter : Reporter
            Receives progress and messages.

        Returns
        -------
        TrainingProgress

        Raises
        ------
        CartoonizeError
            If a loss is not a number or exceeds `MAX_LOSS`; if memory is too small for one picture.
        KeyboardInterrupt
            After Ctrl-C or SIGTERM, when the update is done and the state is saved.
        """
        self._write_state = write_state
        self.model.train()
        self._clock.start()
        with deferred_interrupt() as interrupted, closing(self.batches()) as batches:
            stop = False
            self._report(name, reporter)
            estimate = self._estimate(name)
            while not (self.progress.done or self.share_done >= 1 or stop):
                self.step(batches)
                self._report(name, reporter)
                if self.group.is_first:
                    estimate.after_update(self.progress.update, self.progress.seconds, reporter)
                stop = any(self.group.sum(interrupted()))
                if self._validation_is_due():
                    self.validate()
                    self._last_save = -math.inf
                if stop or self.progress.seconds - self._last_save >= SAVE_EVERY:
                    self.save()
            if self.share_done >= 1 and not self.progress.done:
                self.validate()
                complete = self.progress.update >= self.n_updates
                self.progress.done, self.progress.ended_by = True, "length" if complete else "minutes"
                self.save()
            if any(self.group.sum(interrupted())):  # the first process has saved by now
                raise KeyboardInterrupt
        if self.average is not None:
            self.model.load_state_dict(self.average.module.state_dict())
        if self._best:
            self.model.load_state_dict(self._best)
        return self.progress

    @property
    def share_done(self) -> float:
        """Share of the schedule that is done: 0 at the beginning, 1 or more at the end."""
        progress = self.progress
        return self.schedule.share_done(progress.update, progress.seconds, self._updates_per_epoch)

    @property
    def n_updates(self) -> int:
        """Length of the training in updates; a limit of minutes may end it earlier."""
        return self.schedule.n_updates(self._updates_per_epoch)

    def _estimate(self, name: str) -> Estimate:
        progress = self.progress
        return Estimate(name, self.n_updates, progress.update, progress.seconds, self.schedule.minutes)

    def _report(self, name: str, reporter: Reporter) -> None:
        """Report progress in updates, of those that fit into the limit of minutes at the present speed."""
        done, share = self.progress.update, min(1.0, self.share_done)
        total = min(self.n_updates, max(done, round(done / share))) if share else self.n_updates
        reporter.progress(f"training {name}", done, total, self.progress.note, "updates")

    def batches(self) -> Generator[Batch]:
        """Yield the batches of this process from the present update on, made ahead in a thread. Close it."""
        made = training_batches(
            self.samples,
            self.schedule.batch_size,
            first_update=self.progress.update,
            n_own=self._n_own,
            device=self.device,
            group=self.group,
        )
        return prefetch(made, size=N_AHEAD)

    # ---- one update ------------------------------------------------------------------------------------

    def step(self, batches: Iterator[Batch]) -> None:
        """Make one update of the weights.

        Parameters
        ----------
        batches : iterator of Batch
            Provides this process's batches.
        """
        self._set_learning_rate()
        before = running_statistics(self.model) if self.group.size > 1 else []
        own_loss, discriminator_losses = self._accumulate_gradients(batches)
        loss, seconds = self.group.sum(float(own_loss), self._clock.seconds * self.group.is_first)
        self._check_losses(loss, discriminator_losses)
        if self.group.size > 1:
            synchronize(self.model, before, self._n_own, self.group)
        self._scaler.step(self.optimizer)
        self._scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            self.average.update_parameters(self.model)
        self.progress.update += 1
        self.progress.seconds = seconds
        self.progress.losses.append(loss)
        if discriminator_losses:
            self.progress.discriminator_losses.append(sum(discriminator_losses) / len(discriminator_losses))

    def _set_learning_rate(self) -> None:
        rate = self.schedule.learning_rate_at(self.share_done)
        optimizers = [self.optimizer] + ([self.adversary.optimizer] if self.adversary else [])
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate

    def _accumulate_gradients(self, batches: Iterator[Batch]) -> tuple[Tensor, list[float]]:
        """Sum the gradients of an update; return the loss and the losses of the discriminator.

        If memory is too small, the update starts again with the same batches in smaller pieces.
        """
        used: list[Batch] = []
        while True:
            try:
                return self._backward(_replay(used, batches, self._n_own))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._use_smaller_pieces(error)
            self.optimizer.zero_grad(set_to_none=True)  # drops the gradients of the failed attempt
            free_memory()

    def _backward(self, batches: Iterator[Batch]) -> tuple[Tensor, list[float]]:
        """Run the forward and backward passes of an update."""
        total = torch.zeros((), device=self.device)
        discriminator_losses: list[float] = []
        for turn, batch in enumerate(batches, 1):
            torch.manual_seed(self.samples.seed * 1_000_003 + batch.number)  # of dropout and other draws
            generator_learns = turn % self._turns == 0
            for piece in batch.split(self._n_pieces):
                with autocast(self.device, self.dtype):
                    if self.adversary is None:
                        loss = loss_of(self.model, piece, self.loss)
                    else:
                        predicted = self._discriminator_step(piece, generator_learns, discriminator_losses)
                        if not generator_learns:
                            continue
                        loss = self.loss(predicted, piece.ab)  # type: ignore[misc]
                        loss = loss + self.adversary.generator_loss(piece.inputs, predicted)
                    loss = loss * (len(piece.ab) / len(batch.ab) / self.schedule.accumulate)
                self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
                total += loss.detach()
        return total, discriminator_losses

    def _discriminator_step(self, piece: Batch, generator_learns: bool, losses: list[float]) -> Tensor:
        """Predict colours, update the discriminator and append its loss; return the predictions."""
        assert self.adversary is not None
        with torch.set_grad_enabled(generator_learns):
            predicted: Tensor = self.model(piece.inputs)
        losses.append(self.adversary.step(piece.inputs, piece.ab, predicted))
        return predicted

    def _use_smaller_pieces(self, error: Exception) -> None:
        """Halve the pieces that batches go through the network in, or raise if that is not possible."""
        if self.adversary is not None:  # the discriminator has learned from a part of the update
            raise CartoonizeError("memory is too small for a batch", "Use a smaller --batch-size.") from error
        if self._n_pieces >= self.schedule.batch_size:
            raise CartoonizeError(
                "memory is too small to train on one picture at a time",
                "Use --device cpu, or a smaller --width.",
            ) from error
        self._n_pieces *= 2

    def _check_losses(self, loss: float, discriminator_losses: list[float]) -> None:
        """Raise an error if a loss is not a number or exceeds `MAX_LOSS`."""
        own = "the generator's loss" if discriminator_losses else "the loss"
        losses = [(own, loss), *(("the discriminator's loss", value) for value in discriminator_losses)]
        for name, value in losses:
            if not abs(value) < MAX_LOSS:  # also true for nan
                found = "not a number" if math.isnan(value) else f"{value:.3g}"
                lambdas = " or lambda1, or a larger lambda2" if discriminator_losses else ""
                raise CartoonizeError(
                    f"training diverged: {name} is {found} after {self.progress.update} updates",
                    f"Try a smaller learning rate{lambdas}.",
                )

    # ---- validation and state --------------------------------------------------------------------------

    def _validation_is_due(self) -> bool:
        """Return whether to validate before the end: after an epoch, or after a fifth of the schedule."""
        if self.share_done >= 1:
            return False
        if self.schedule.validates_after_epochs:
            return self.progress.update % self._updates_per_epoch == 0
        return _n_due(self.share_done) > _n_due(self._validated_share)

    def validate(self) -> None:
        """Validate the network, or the average of its weights, and append the scores to the progress.

        With patience, keep the weights if they are the best so far, or end the training if none were better
        for a while.
        """
        self._clock.stop()
        if self.average is not None:
            first = self.progress.update * self.schedule.accumulate * self._turns
            numbers = range(first, first + N_STATISTICS_BATCHES)
            size = self.schedule.batch_size
            inputs = (self.samples.batch(number, size, self.device)[0] for number in numbers)
            measure_statistics(self.average.module, inputs, self.dtype)
        network = self.model if self.average is None else self.average.module
        if self.group.is_first:
            scores = self.measure(network)
            where = {"update": self.progress.update, "seconds": self.progress.seconds}
            self.progress.validations.append({**where, "share": self.share_done, **scores})
        self._validated_share = self.share_done
        if self._keeps_best:
            self._keep_if_best(network)
        self.model.train()
        self._clock.start()

    def measure(self, network: nn.Module | None = None) -> dict[str, float]:
        """Return the loss and the ab error on validation frames, else on training frames.

        Parameters
        ----------
        network : nn.Module, optional
            Default: the model. It is set to evaluation mode.
        """
        samples = self.validation or self.samples
        return validate(network or self.model, samples, self.loss, self.device, self.dtype)

    def _keep_if_best(self, network: nn.Module) -> None:
        progress = self.progress
        if self.group.broadcast(self.group.is_first and progress.keep_last_if_best()):
            self._best = {name: tensor.clone() for name, tensor in network.state_dict().items()}
            self._n_without_gain = 0
            return
        self._n_without_gain += 1
        if self._n_without_gain >= self.schedule.patience:
            progress.done, progress.ended_by = True, "patience"

    def save(self) -> None:
        """Write the state of the training, in the first process."""
        if self.group.is_first and self._write_state is not None:
            tensors = state_tensors(
                self.model, self.optimizer, self._scaler, self.average, self.adversary, self._best
            )
            self._write_state(tensors, self.progress)
        self._last_save = self.progress.seconds


def _n_due(share: float) -> int:
    """Return the number of validations that are due after a share of the schedule."""
    return int(share * N_VALIDATIONS + 1e-9)  # 0.6 is a bit less than three fifths in floating point


def _replay(used: list[Batch], batches: Iterator[Batch], n: int) -> Iterator[Batch]:
    """Yield ``n`` batches: first those in ``used``, then new ones, which are appended to ``used``."""
    yield from used[:n]
    while len(used) < n:
        used.append(next(batches).received())
        yield used[-1]
