"""What fitted methods have in common: a checkpoint says how much they have learned, and may be anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class Learned(nn.Module):
    """A module whose buffers and parameters are as long as those of the checkpoint that it is loaded from."""

    def check(self) -> None:
        """Raise `ValueError` if what was loaded cannot be used: numbers that point nowhere, and the like."""

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
    """Raise `ValueError` if one of some numbers is not in ``least..most``."""
    if len(values) and not least <= int(values.min()) <= int(values.max()) <= most:
        raise ValueError(f"numbers beyond {least}..{most}")


def check_same_length(module: nn.Module) -> None:
    """Raise `ValueError` if a module's own buffers are not of one length."""
    if len({len(buffer) for buffer in module.buffers(recurse=False)}) > 1:
        raise ValueError("buffers of different lengths")
