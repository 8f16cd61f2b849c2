"""Which trained methods colour: named, all of them, or the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cartoonize.errors import CheckpointError
from cartoonize.variants import VARIANTS, Member, find_variant, fixed_member, load_member
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class Choice:
    """Which trained methods colour."""

    variants: tuple[str, ...] = ()
    checkpoints: tuple[Path, ...] = ()
    ensemble: bool = False
    """All trained networks of the workspace."""


#: Nothing named: the best trained network.
BEST = Choice()


def choose_checkpoints(
    workspace: Workspace, choice: Choice, *, notify: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Return the checkpoints that a choice names; none named means the best trained network by validation.

    Raises
    ------
    UnknownNameError, CheckpointError
        If a variant is unknown, or has not been trained.
    """
    paths: list[Path] = list(choice.checkpoints)
    for name in choice.variants:
        if find_variant(name).kind == "fixed":
            continue
        if not workspace.checkpoint(name).is_file():
            known = ", ".join(p.parent.name for p in workspace.trained()) or "none"
            raise CheckpointError(
                f"variant {name!r} is not trained in {workspace.root} (trained: {known})",
                f"Run `cartoonize train --variant {name}`.",
            )
        paths.append(workspace.checkpoint(name))
    if choice.ensemble:
        paths += [path for path in _trained_networks(workspace) if path not in paths]
    elif not (choice.checkpoints or choice.variants):
        networks = _trained_networks(workspace)
        paths = [min(networks, key=lambda path: networks[path])]
        best = paths[0]
        notify(f"Colouring with {best.parent.name}, the best by {_measure(best)} of {len(networks)} trained.")
    return paths


def _measure(checkpoint: Path) -> str:
    """Say what a checkpoint's validation error was measured on."""
    from cartoonize.models.checkpoint import read_header

    held_out = read_header(checkpoint)["data"]["validation"]
    return "validation" if held_out else "its error on training frames (no validation episode)"


def choose_members(
    workspace: Workspace,
    choice: Choice,
    *,
    device: str = "auto",
    notify: Callable[[str], None] = lambda line: None,
) -> list[Member]:
    """Load the members that a choice names, as `choose_checkpoints` says, and those that need no training."""
    from cartoonize.devices import pick_device

    on = pick_device(device)
    fixed = [fixed_member(name) for name in choice.variants if find_variant(name).kind == "fixed"]
    return fixed + [load_member(path, on) for path in choose_checkpoints(workspace, choice, notify=notify)]


def _trained_networks(workspace: Workspace) -> dict[Path, float]:
    """Return the checkpoints of trained networks with their validation error."""
    from cartoonize.models.checkpoint import read_header

    networks = {}
    for path in workspace.trained():
        header = read_header(path)
        try:
            if VARIANTS[header["variant"]].kind == "network":
                networks[path] = float(header["validation"]["ab_error"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: its header does not say which variant it is and how it was validated",
                "Train it again, or take its folder away.",
            ) from error
    if not networks:
        raise CheckpointError(
            f"{workspace.root}: no trained variant", "Run `cartoonize train`, or give --checkpoint FILE."
        )
    return networks
