"""Base of fitted methods: checkpoints of any length, which may come from anybody and are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class FittedModule(nn.Module):
    """A module whose buffers and parameters take their lengths from the checkpoint that is loaded.

    Only the first axis may differ from that of the module.
    """

    def check(self) -> None:
        """Raise `ValueError` if loaded values cannot be used, such as indices out of range."""

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *arguments: Any, **more: Any
    ) -> None:
        for name, tensor in [*self.named_parameters(), *self.named_buffers()]:
            stored = state_dict.get(prefix + name)
            if stored is not None and stored.shape[1:] == tensor.shape[1:]:
                tensor.data = torch.empty_like(stored, device=tensor.device)
        super()._load_from_state_dict(state_dict, prefix, *arguments, **more)
        self.check()


def check_range(values: torch.Tensor, least: int, most: int) -> None:
    """Raise `ValueError` if any of the values is outside ``least..most``."""
    if len(values) and not least <= int(values.min()) <= int(values.max()) <= most:
        raise ValueError(f"values must be {least} to {most}, got {int(values.min())} to {int(values.max())}")


def check_same_length(module: nn.Module) -> None:
    """Raise `ValueError` if the module's own buffers differ in length."""
    if len({len(buffer) for buffer in module.buffers(recurse=False)}) > 1:
        raise ValueError("buffers have different lengths")
