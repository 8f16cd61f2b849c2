"""State of a training as named tensors: weights, buffers, optimizer moments, scale and running average."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from cartoonize.learning.adversary import Adversary

#: Prefix of the discriminator's tensors.
_DISCRIMINATOR = "opponent."
#: Prefix of the tensors of the best network.
_BEST = "best."
#: Prefix of the numbers that the losses of a training in float16 are scaled by.
_SCALER = "scaler."


def state_tensors(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    average: AveragedModel | None,
    adversary: Adversary | None = None,
    best: Mapping[str, Tensor] | None = None,
) -> dict[str, Tensor]:
    """Return all tensors that a resumed training needs, by name.

    ``best`` are the tensors of the best network so far.
    """
    tensors = _network_tensors("", model, optimizer)
    if adversary is not None:
        tensors |= _network_tensors(_DISCRIMINATOR, adversary.network, adversary.optimizer)
    if average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    tensors |= {f"{_SCALER}{name}": torch.tensor(value) for name, value in scaler.state_dict().items()}
    tensors |= {f"{_BEST}{name}": tensor for name, tensor in (best or {}).items()}
    return tensors


def load_state_tensors(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    average: AveragedModel | None,
    tensors: dict[str, Tensor],
    adversary: Adversary | None = None,
) -> dict[str, Tensor]:
    """Load the tensors that `state_tensors` returned; return those of the best network."""
    _load_network(model, optimizer, tensors)
    if adversary is not None:
        _load_network(adversary.network, adversary.optimizer, _with_prefix(_DISCRIMINATOR, tensors))
    scaler.load_state_dict({name: number.item() for name, number in _with_prefix(_SCALER, tensors).items()})
    if average is not None:
        average.load_state_dict(_with_prefix("average.", tensors))
    return _with_prefix(_BEST, tensors)


def _network_tensors(prefix: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {f"{prefix}model.{name}": tensor for name, tensor in model.state_dict().items()}
    for number, parameter in enumerate(model.parameters()):
        for name, tensor in optimizer.state.get(parameter, {}).items():
            tensors[f"{prefix}optimizer.{number}.{name}"] = tensor
    return tensors


def _load_network(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    model.load_state_dict(_with_prefix("model.", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _with_prefix("optimizer.", tensors).items():
        number, key = name.split(".", 1)
        moments.setdefault(int(number), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with the prefix, under their names without it."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
