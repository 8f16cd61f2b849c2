"""All tensors of a training: what it takes to go on with it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from cartoonize.learning.adversary import Opponent


def state_of(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel | None,
    opponent: Opponent | None = None,
) -> dict[str, Tensor]:
    """Return the tensors from which training goes on: weights, buffers, moments, averages, counts."""
    tensors = _player("", model, optimizer)
    if opponent is not None:
        tensors |= _player("opponent.", opponent.network, opponent.optimizer)
    if average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    return tensors


def _player(prefix: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {f"{prefix}model.{name}": tensor for name, tensor in model.state_dict().items()}
    for number, parameter in enumerate(model.parameters()):
        for name, tensor in optimizer.state.get(parameter, {}).items():
            tensors[f"{prefix}optimizer.{number}.{name}"] = tensor
    return tensors


def load_state(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedModel | None,
    tensors: dict[str, Tensor],
    opponent: Opponent | None = None,
) -> None:
    """Undo `state_of`."""
    _load_player(model, optimizer, tensors)
    if opponent is not None:
        _load_player(opponent.network, opponent.optimizer, _under("opponent.", tensors))
    if average is not None:
        average.load_state_dict(_under("average.", tensors))


def _load_player(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    model.load_state_dict(_under("model.", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under("optimizer.", tensors).items():
        number, key = name.split(".", 1)
        moments.setdefault(int(number), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
