"""The training loop, readable from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.bins import N_BINS, decode
from cartoonize.devices import free_memory, is_out_of_memory
from cartoonize.errors import CartoonizeError
from cartoonize.learning.adversary import Opponent
from cartoonize.learning.clock import Clock
from cartoonize.learning.gradient_sync import combine, running_statistics
from cartoonize.learning.interrupt import deferred_interrupt
from cartoonize.learning.losses import Loss, in_cells
from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.samples import Samples
from cartoonize.learning.state import load_state, state_of
from cartoonize.learning.weight_average import N_SETTLING, averaged, settle
from cartoonize.prefetch import prefetch

#: Evenly spaced frames that a validation looks at, at most.
N_VALIDATION = 64
#: Seconds of training between two saved states, at most.
SAVE_EVERY = 120.0
#: Batches that wait for the network, at most.
N_AHEAD = 2
#: A loss beyond this is no longer one that falls again.
MOST_LOSS = 1e6


@dataclass(frozen=True)
class Schedule:
    """How long, in what portions and at what rate to train (defaults: thesis 7.3, 7.4)."""

    epochs: int = 30
    minutes: float | None = None
    """A budget of training time instead of epochs; validation does not count."""
    batch_size: int = 24
    accumulate: int = 2
    """Batches whose gradients are summed up before an update."""
    learning_rate: float = 1e-3
    drop: float = 0.3
    """Factor on the learning rate after half of the schedule (epoch 15 of 30)."""
    optimizer: Literal["adam", "rmsprop"] = "adam"
    momentum: float = 0.9
    """Adam's beta_1."""
    copies: int = 1
    """Times that an epoch shows a frame, in other cuts."""

    def make_optimizer(self, parameters: Any) -> torch.optim.Optimizer:
        """Return an optimizer of the schedule's kind."""
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters, lr=self.learning_rate)
        return torch.optim.Adam(parameters, lr=self.learning_rate, betas=(self.momentum, 0.999))


@dataclass
class Progress:
    """Where a training stands; all that a resumed one needs besides the tensors."""

    update: int = 0
    seconds: float = 0.0
    """Of training, validation left out."""
    losses: list[float] = field(default_factory=list)
    """One per update."""
    opponent: list[float] = field(default_factory=list)
    """The discriminator's loss, where there is one: one per update."""
    validations: list[dict[str, float]] = field(default_factory=list)
    """``update``, ``seconds``, ``loss``, ``ab_error`` of every validation."""
    done: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


class Batch(NamedTuple):
    """What a step learns from."""

    number: int
    inputs: Tensor
    """L x 0.01, (n, 1, 224, 224)."""
    ab: Tensor
    """True colours, (n, 2, 56, 56) or larger."""
    labels: Tensor
    """(n,)."""

    def in_pieces(self, n: int) -> Iterator[Batch]:
        """Yield it in at most ``n`` pieces, as equal as can be."""
        if n == 1:
            yield self
            return
        for some in torch.arange(len(self.ab), device=self.ab.device).chunk(n):
            yield Batch(self.number, self.inputs[some], self.ab[some], self.labels[some])


def fit(
    model: nn.Module,
    samples: Samples,
    validation: Samples | None,
    *,
    loss: Loss | None,
    schedule: Schedule,
    device: torch.device,
    bfloat16: bool,
    ema: float = 0.0,
    opponent: Opponent | None = None,
    crew: ProcessGroup = ALONE,
    state: dict[str, Tensor] | None = None,
    progress: Progress | None = None,
    on_update: Callable[[Progress, float], None] = lambda progress, share: None,
    save: Callable[[dict[str, Tensor], Progress], None] = lambda tensors, progress: None,
) -> Progress:
    """Train a model in place.

    Batches are made ahead, in a thread. In a crew every process takes its share of an update's batches, in
    their order, and all together do what one would do alone, up to rounding. Gradients are exchanged once an
    update: after several batches there is little left to gain from doing so during the last backward pass.
    Where memory is too small for a batch, it goes through the network in pieces, with the same gradients but
    for batch norms and dropout.

    Parameters
    ----------
    model : nn.Module
        Maps L x 0.01 (n, 1, 224, 224) to logits or ab at 56x56; already initialised or loaded.
    samples, validation : Samples
        What to learn from and what to measure on; with no validation the training samples are measured.
    loss : callable or None
        Takes the model's output and true ab; without one, the model's own method ``loss`` is minimised, which
        takes L x 0.01, true ab and labels.
    schedule : Schedule
    device : torch.device
    bfloat16 : bool
        Run the network in bfloat16 where autocast sees fit.
    ema : float
        Decay of a running average of the weights. If it is not 0, the average is what is validated, and what
        the model holds in the end, with batch norms that were settled on it.
    opponent : Opponent, optional
        A discriminator that learns, too, and whose judgement is added to the loss. It has no crew.
    crew : ProcessGroup
        The processes that train together, all with the same arguments. ``schedule.accumulate`` is a multiple
        of their number.
    state, progress
        As given to ``save`` earlier: goes on exactly from there.
    on_update : callable
        Called after every update with the progress and the share of the schedule that is done.
    save : callable
        Called with all tensors needed to go on, at every validation, at least every two minutes of training,
        and when the training is interrupted; in a crew by the first process only.

    Returns
    -------
    Progress

    Raises
    ------
    CartoonizeError
        If the loss of a player is no longer a number, or beyond all bounds; if memory is too small for one
        picture.
    """
    progress = progress or Progress()
    model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = schedule.make_optimizer(model.parameters())
    average = averaged(model, ema) if ema else None
    if opponent is not None:
        opponent.network.to(device)
    if state is not None:
        load_state(model, optimizer, average, state, opponent)
    turns = 1 if opponent is None else opponent.turns
    n_per_update = schedule.batch_size * schedule.accumulate * turns
    n_per_epoch = -(-len(samples) * schedule.copies // n_per_update)
    n_updates = schedule.epochs * n_per_epoch
    n_own = schedule.accumulate // crew.size * turns
    last_save = progress.seconds
    validated_share = progress.validations[-1]["share"] if progress.validations else 0.0
    clock = Clock(progress.seconds)

    def share_done() -> float:
        if schedule.minutes is not None:
            return progress.seconds / (60 * schedule.minutes)
        return progress.update / n_updates

    def measure() -> None:
        clock.stop()
        if average is not None:
            first = progress.update * schedule.accumulate * turns
            numbers = range(first, first + N_SETTLING)
            seen = (samples.batch(number, schedule.batch_size, device)[0] for number in numbers)
            settle(average.module, seen, bfloat16)
        if crew.first:
            measured = model if average is None else average.module
            scores = validate(measured, validation or samples, loss, device, bfloat16)
            progress.validations.append(
                {"update": progress.update, "seconds": progress.seconds, "share": share_done(), **scores}
            )
        model.train()
        clock.start()

    def keep_state() -> None:
        if crew.first:
            save(state_of(model, optimizer, average, opponent), progress)

    def learn(drawn: list[Batch], ready: Iterator[Batch]) -> tuple[Tensor, list[float]]:
        """Add up the gradients of an update; what is drawn stays there for another attempt."""
        total = torch.zeros((), device=device)
        opposed = []
        for turn in range(1, n_own + 1):
            if turn > len(drawn):
                drawn.append(next(ready))
            batch = drawn[turn - 1]
            torch.manual_seed(samples.seed * 1_000_003 + batch.number)  # dropout, and what is drawn else
            for piece in batch.in_pieces(n_pieces):
                with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                    if opponent is None or loss is None:
                        piece_loss = loss_of(model, piece, loss)
                    else:
                        is_last = turn % turns == 0  # the other turns are the opponent's alone
                        with torch.set_grad_enabled(is_last):
                            predicted = model(piece.inputs)
                        opposed.append(opponent.learn(piece.inputs, piece.ab, predicted))
                        if not is_last:
                            continue
                        piece_loss = loss(predicted, piece.ab) + opponent.judge(piece.inputs, predicted)
                    piece_loss = piece_loss * (len(piece.ab) / len(batch.ab) / schedule.accumulate)
                piece_loss.backward()  # type: ignore[no-untyped-call]
                total += piece_loss.detach()
        return total, opposed

    n_pieces = 1
    model.train()
    clock.start()
    made = batches(samples, schedule.batch_size, progress.update, n_own, device, crew)
    with deferred_interrupt() as interrupted, closing(prefetch(made, size=N_AHEAD)) as ready:
        stop = False
        while share_done() < 1 and not stop:
            rate = schedule.learning_rate * (1 if share_done() < 0.5 else schedule.drop)
            for group in optimizer.param_groups + (opponent.optimizer.param_groups if opponent else []):
                group["lr"] = rate
            before = running_statistics(model) if crew.size > 1 else []
            drawn: list[Batch] = []
            while True:
                try:
                    total, opposed = learn(drawn, ready)
                    break
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    n_pieces = _more_pieces(n_pieces, schedule.batch_size, opponent, error)
                optimizer.zero_grad(set_to_none=True)  # a part of the update may have been learned from
                free_memory()
            total_loss, seconds = crew.total(float(total), clock.seconds * crew.first)
            _require_sense(progress, total_loss, opposed)
            if crew.size > 1:
                combine(model, before, n_own, crew)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if average is not None:
                average.update_parameters(model)
            progress.update += 1
            progress.seconds = seconds
            progress.losses.append(total_loss)
            progress.opponent += [sum(opposed) / len(opposed)] if opposed else []
            on_update(progress, min(1.0, share_done()))

            stop = any(crew.total(interrupted()))
            by_epoch = schedule.minutes is None and progress.update % n_per_epoch == 0
            by_time = schedule.minutes is not None and share_done() - validated_share >= 0.2
            if (by_epoch or by_time) and share_done() < 1:
                measure()
                validated_share = share_done()
                last_save = -math.inf
            if stop or progress.seconds - last_save >= SAVE_EVERY:
                keep_state()
                last_save = progress.seconds
        if share_done() >= 1 and not progress.done:
            measure()
            progress.done = True
            keep_state()
        if any(crew.total(interrupted())):  # by now the first process has saved
            raise KeyboardInterrupt
    if average is not None:
        model.load_state_dict(average.module.state_dict())
    return progress


def loss_of(model: nn.Module, batch: Batch, loss: Loss | None) -> Tensor:
    """Return what a model has to minimise on a batch."""
    if loss is None:
        own: Tensor = model.loss(batch.inputs, batch.ab, batch.labels)  # type: ignore[operator]
        return own
    return loss(model(batch.inputs), batch.ab)


def _more_pieces(n: int, batch_size: int, opponent: Opponent | None, error: Exception) -> int:
    """Return in how many pieces batches go through the network after memory was too small for ``n``."""
    if opponent is not None:  # it has learned from a part of the update already
        raise CartoonizeError("memory is too small for a batch", "Give a smaller --batch-size.") from error
    if n >= batch_size:
        raise CartoonizeError(
            "memory is too small to learn from one picture at a time",
            "Use --device cpu, or a smaller --width.",
        ) from error
    return 2 * n


def _require_sense(progress: Progress, loss: float, opposed: list[float]) -> None:
    """Stop a training that has left all bounds."""
    of_generator = "the generator's loss" if opposed else "the loss"
    for player, value in [(of_generator, loss), *(("the discriminator's loss", o) for o in opposed)]:
        if not abs(value) < MOST_LOSS:  # true of what is no number, too
            what = "not a number" if math.isnan(value) else f"{value:.3g}"
            remedy = "a smaller learning rate" + (" or lambda1, or a larger lambda2" if opposed else "")
            raise CartoonizeError(
                f"training diverged: {player} is {what} after {progress.update} updates", f"Try {remedy}."
            )


def batches(
    samples: Samples, size: int, first_update: int, n_own: int, device: torch.device, crew: ProcessGroup
) -> Iterator[Batch]:
    """Yield this process's ``n_own`` batches of every update, from one on and without end."""
    for update in count(first_update):
        start = (update * crew.size + crew.rank) * n_own
        for number in range(start, start + n_own):
            inputs, ab = samples.batch(number, size, device)
            labels = samples.labels_of(number, size).to(device)
            yield Batch(number, inputs.contiguous(memory_format=torch.channels_last), ab, labels)


@torch.no_grad()
def validate(
    model: nn.Module, samples: Samples, loss: Loss | None, device: torch.device, bfloat16: bool
) -> dict[str, float]:
    """Measure the mean loss and the mean ab distance on at most 64 evenly spaced, unaugmented frames.

    ``ab_error`` is the mean Euclidean distance between the decoded (expectation) and the true a and b in
    cells of 4x4 pixels: it is comparable between variants, which their losses are not.
    """
    model.eval()
    rows = sorted({k * len(samples) // N_VALIDATION for k in range(N_VALIDATION)})
    losses, errors = [], []
    for start in range(0, len(rows), 8):
        inputs, ab = samples.rows(rows[start : start + 8], device)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            predicted = model(inputs)
            if loss is None:
                torch.manual_seed(start)
                value = loss_of(model, Batch(0, inputs, ab, torch.full((len(ab),), -1, device=device)), None)
            else:
                value = loss(predicted, ab)
        losses.append(float(value) * len(ab))
        if predicted.shape[1] == N_BINS:
            predicted = decode(torch.softmax(predicted.float(), 1))
        cells = functional.avg_pool2d(ab, 4 // samples.cell)
        errors.append(float((in_cells(predicted.float(), cells) - cells).norm(dim=1).mean()) * len(ab))
    return {"loss": sum(losses) / len(rows), "ab_error": sum(errors) / len(rows)}
