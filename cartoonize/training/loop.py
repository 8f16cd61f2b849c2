"""The training loop, readable from top to bottom."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cartoonize.color.bins import N_BINS, decode
from cartoonize.errors import CartoonizeError
from cartoonize.training.interrupt import deferred_interrupt
from cartoonize.training.losses import Loss
from cartoonize.training.samples import Samples

#: Evenly spaced frames that a validation looks at, at most.
N_VALIDATION = 64
#: Seconds of training between two saved states, at most.
SAVE_EVERY = 120.0


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


@dataclass
class Progress:
    """Where a training stands; all that a resumed one needs besides the tensors."""

    update: int = 0
    seconds: float = 0.0
    """Of training, validation left out."""
    losses: list[float] = field(default_factory=list)
    """One per update."""
    validations: list[dict[str, float]] = field(default_factory=list)
    """``update``, ``seconds``, ``loss``, ``ab_error`` of every validation."""
    done: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def fit(
    model: nn.Module,
    samples: Samples,
    validation: Samples | None,
    *,
    loss: Loss,
    schedule: Schedule,
    device: torch.device,
    bfloat16: bool,
    state: dict[str, Tensor] | None = None,
    progress: Progress | None = None,
    on_update: Callable[[Progress, float], None] = lambda progress, share: None,
    save: Callable[[dict[str, Tensor], Progress], None] = lambda tensors, progress: None,
) -> Progress:
    """Train a model in place with Adam.

    Parameters
    ----------
    model : nn.Module
        Maps L x 0.01 (n, 1, 224, 224) to logits or ab at 56x56; already initialised or loaded.
    samples, validation : Samples
        What to learn from and what to measure on; with no validation the training samples are measured.
    loss : callable
        Takes the model's output and true ab.
    schedule : Schedule
    device : torch.device
    bfloat16 : bool
        Run the network in bfloat16 where autocast sees fit.
    state, progress
        As given to ``save`` earlier: goes on exactly from there.
    on_update : callable
        Called after every update with the progress and the share of the schedule that is done.
    save : callable
        Called with all tensors needed to go on, at every validation, at least every two minutes of training,
        and when the training is interrupted.

    Returns
    -------
    Progress

    Raises
    ------
    CartoonizeError
        If the loss is no longer a number.
    """
    progress = progress or Progress()
    model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.parameters(), lr=schedule.learning_rate, betas=(0.9, 0.999))
    if state is not None:
        load_state(model, optimizer, state)
    n_per_update = schedule.batch_size * schedule.accumulate
    n_per_epoch = -(-len(samples) // n_per_update)
    n_updates = schedule.epochs * n_per_epoch
    last_save = progress.seconds
    validated_share = progress.validations[-1]["share"] if progress.validations else 0.0
    clock = Clock(progress.seconds)

    def share_done() -> float:
        if schedule.minutes is not None:
            return progress.seconds / (60 * schedule.minutes)
        return progress.update / n_updates

    def measure() -> None:
        clock.stop()
        scores = validate(model, validation or samples, loss, device, bfloat16)
        progress.validations.append(
            {"update": progress.update, "seconds": progress.seconds, "share": share_done(), **scores}
        )
        model.train()
        clock.start()

    model.train()
    clock.start()
    with deferred_interrupt() as interrupted:
        while share_done() < 1:
            rate = schedule.learning_rate * (1 if share_done() < 0.5 else schedule.drop)
            for group in optimizer.param_groups:
                group["lr"] = rate
            total = 0.0
            for part in range(schedule.accumulate):
                number = progress.update * schedule.accumulate + part
                torch.manual_seed(samples.seed * 1_000_003 + number)  # dropout
                inputs, ab = samples.batch(number, schedule.batch_size, device)
                inputs = inputs.contiguous(memory_format=torch.channels_last)
                with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                    predicted = model(inputs)
                batch_loss = loss(predicted, ab) / schedule.accumulate
                batch_loss.backward()  # type: ignore[no-untyped-call]
                total += float(batch_loss.detach())
            if not math.isfinite(total):
                raise CartoonizeError(
                    f"training diverged: the loss is not a number after {progress.update} updates",
                    "Try a smaller learning rate.",
                )
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            progress.update += 1
            progress.seconds = clock.seconds
            progress.losses.append(total)
            on_update(progress, min(1.0, share_done()))

            by_epoch = schedule.minutes is None and progress.update % n_per_epoch == 0
            by_time = schedule.minutes is not None and share_done() - validated_share >= 0.2
            if (by_epoch or by_time) and share_done() < 1:
                measure()
                validated_share = share_done()
                last_save = -math.inf
            if interrupted() or progress.seconds - last_save >= SAVE_EVERY:
                save(state_of(model, optimizer), progress)
                last_save = progress.seconds
            if interrupted():
                raise KeyboardInterrupt
        if not progress.done:
            measure()
            progress.done = True
            save(state_of(model, optimizer), progress)
        if interrupted():
            raise KeyboardInterrupt
    return progress


@torch.no_grad()
def validate(
    model: nn.Module, samples: Samples, loss: Loss, device: torch.device, bfloat16: bool
) -> dict[str, float]:
    """Measure the mean loss and the mean ab distance on at most 64 evenly spaced, unaugmented frames.

    ``ab_error`` is the mean Euclidean distance between the decoded (expectation) and the true a and b at
    56x56: it is comparable between variants, which their losses are not.
    """
    model.eval()
    rows = sorted({k * len(samples) // N_VALIDATION for k in range(N_VALIDATION)})
    losses, errors = [], []
    for start in range(0, len(rows), 8):
        inputs, ab = samples.rows(rows[start : start + 8], device)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            predicted = model(inputs)
        losses.append(float(loss(predicted, ab)) * len(ab))
        if predicted.shape[1] == N_BINS:
            predicted = decode(torch.softmax(predicted.float(), 1))
        errors.append(float((predicted.float() - ab).square().sum(1).sqrt().mean()) * len(ab))
    return {"loss": sum(losses) / len(rows), "ab_error": sum(errors) / len(rows)}


def state_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the tensors from which training goes on: weights, buffers, Adam's moments and step counts."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for number, parameter in enumerate(model.parameters()):
        for name, tensor in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{number}.{name}"] = tensor
    return tensors


def load_state(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Undo `state_of`."""
    model.load_state_dict({n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")})
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, number, key = name.split(".", 2)
            moments.setdefault(int(number), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})


class Clock:
    """Seconds of training, with pauses."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._since: float | None = None

    def start(self) -> None:
        """Go on counting."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Pause."""
        self._before, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """Counted so far."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._before + running
