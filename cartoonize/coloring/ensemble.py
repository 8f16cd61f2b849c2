"""Which trained methods colour: named, all of them, or the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cartoonize.annotations.guidance import Guidance, load_guides
from cartoonize.errors import CheckpointError, UsageError
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.member import Member, fixed_member, load_member
from cartoonize.methods.registry import VARIANTS, find_variant, variant_of
from cartoonize.methods.variant import Variant
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class Choice:
    """Which trained methods colour."""

    variants: tuple[str, ...] = ()
    checkpoints: tuple[Path, ...] = ()
    ensemble: bool = False
    """All trained networks of the workspace."""
    guidance: Guidance = Guidance()
    """What methods that take it are lent."""


#: Nothing named: the best trained network.
BEST = Choice()

_WHOLE = RenderOptions()


def choose_checkpoints(workspace: Workspace, choice: Choice) -> list[Path]:
    """Return all checkpoints that take part: the members', and the network's that gives hints.

    No member named means the best trained network by validation.

    Raises
    ------
    UnknownNameError, UsageError, CheckpointError
        If a variant is unknown, or not trained, or has no use for what is lent, or no network has histograms
        for hints.
    """
    hints = _hints_checkpoint(workspace, choice, _silent)
    return _member_checkpoints(workspace, choice, _silent) + ([hints] if hints else [])


def _member_checkpoints(workspace: Workspace, choice: Choice, notify: Callable[[str], None]) -> list[Path]:
    paths: list[Path] = list(choice.checkpoints)
    for name in choice.variants:
        variant = find_variant(name)
        if choice.guidance.suffices(variant):
            continue
        if not workspace.checkpoint(name).is_file():
            known = ", ".join(p.parent.name for p in workspace.trained()) or "none"
            raise CheckpointError(
                f"variant {name!r} is not trained in {workspace.root} (trained: {known})",
                f"Run `cartoonize train --variant {name}`{_or_lend(variant)}.",
            )
        paths.append(workspace.checkpoint(name))
    if choice.ensemble:
        paths += [path for path in _trained_networks(workspace) if path not in paths]
    elif not (choice.checkpoints or choice.variants):
        networks = _trained_networks(workspace)
        paths = [_best(networks, "Colouring with", notify)]
    return paths


def _hints_checkpoint(workspace: Workspace, choice: Choice, notify: Callable[[str], None]) -> Path | None:
    """Return the checkpoint of the network that gives hints, if a chosen variant needs them.

    Named or, by default, the best of the workspace by validation, of those that predict histograms.
    """
    variants = [find_variant(name) for name in choice.variants]
    choice.guidance.check(variants)
    name = choice.guidance.hints_from
    if name:
        if find_variant(name).output != "histogram":
            raise UsageError(
                f"{name} predicts no histograms, which hints are taken from",
                f"Known: {', '.join(v.name for v in VARIANTS.values() if v.output == 'histogram')}",
            )
        return _member_checkpoints(workspace, Choice((name,)), notify)[0]
    wanting = [v for v in variants if v.needs_hints and v.instead not in choice.guidance.lent]
    if not wanting:
        return None
    networks = _trained_networks(workspace, output="histogram", besides=_or_lend(wanting[0]))
    return _best(networks, f"{wanting[0].name} takes its hints from", notify)


def _silent(line: str) -> None:
    return None


def _or_lend(variant: Variant) -> str:
    return f", or give --{variant.instead} PATH" if variant.instead else ""


def _best(networks: dict[Path, float], for_what: str, notify: Callable[[str], None]) -> Path:
    best = min(networks, key=lambda path: networks[path])
    notify(f"{for_what} {best.parent.name}, the best by {_measure(best)} of {len(networks)} trained.")
    return best


def _measure(checkpoint: Path) -> str:
    """Say what a checkpoint's validation error was measured on."""
    from cartoonize.methods.checkpoint import read_header

    held_out = read_header(checkpoint).get("data", {}).get("validation")
    return "validation" if held_out else "its error on training frames (no validation episode)"


@dataclass(frozen=True)
class EnsembleSpec:
    """Which members are loaded from which files: all that has to be known to load them anywhere."""

    untrained: tuple[str, ...]
    """Variants that need no training, or none with what is lent."""
    checkpoints: tuple[Path, ...]
    hints: Path | None
    """Checkpoint of the network that gives hints."""
    guidance: Guidance
    sources: tuple[Path, ...] = ()
    """What they are going to colour, from where ``render`` says; scribbles are checked against it."""
    render: RenderOptions = _WHOLE

    def absolute(self) -> EnsembleSpec:
        """Return the same files by paths that hold in any working folder."""
        lent = {name: path.absolute() for name, path in self.guidance.paths.items()}
        return replace(
            self,
            checkpoints=tuple(path.absolute() for path in self.checkpoints),
            hints=self.hints and self.hints.absolute(),
            guidance=replace(self.guidance, **lent),  # type: ignore[arg-type]
            sources=tuple(path.absolute() for path in self.sources),
        )

    def load(
        self,
        *,
        device: str = "auto",
        precision: str = "auto",
        compiled: bool = False,
        notify: Callable[[str], None] = lambda line: None,
    ) -> list[Member]:
        """Load the members.

        Parameters
        ----------
        device, precision : str
            Where and how networks run.
        compiled : bool
            Whether they are compiled first.
        notify : callable
            Called with lines that the user should read.
        """
        from cartoonize.devices import pick_device, uses_bfloat16

        on = pick_device(device)
        bfloat16 = uses_bfloat16(precision, on)
        load = partial(load_member, device=on, bfloat16=bfloat16, compiled=compiled)
        hints = load(self.hints) if self.hints else None
        guides = load_guides(
            self.guidance,
            sources=self.sources,
            render=self.render,
            luminance=hints.luminance if hints else "grey",
            notify=notify,
        )
        return [
            *(fixed_member(name, guides, hints) for name in self.untrained),
            *(load(path) for path in self.checkpoints),
        ]


def choose_ensemble(
    workspace: Workspace,
    choice: Choice,
    *,
    sources: Sequence[Path] = (),
    render: RenderOptions = _WHOLE,
    notify: Callable[[str], None] = lambda line: None,
) -> EnsembleSpec:
    """Return the members that a choice names, as `choose_checkpoints` says, and those that need no training.

    Parameters
    ----------
    workspace : Workspace
    choice : Choice
    sources : sequence of Path
        What they are going to colour, from where `render` says.
    render : RenderOptions
    notify : callable
        Called with lines that the user should read.
    """
    hints = _hints_checkpoint(workspace, choice, notify)
    paths = _member_checkpoints(workspace, choice, notify)
    untrained = tuple(name for name in choice.variants if choice.guidance.suffices(find_variant(name)))
    return EnsembleSpec(untrained, tuple(paths), hints, choice.guidance, tuple(sources), render)


def choose_members(
    workspace: Workspace,
    choice: Choice,
    *,
    device: str = "auto",
    notify: Callable[[str], None] = lambda line: None,
) -> list[Member]:
    """Load the members that a choice names; see `choose_ensemble` and `EnsembleSpec.load`."""
    return choose_ensemble(workspace, choice, notify=notify).load(device=device, notify=notify)


def _trained_networks(
    workspace: Workspace, output: str | None = None, besides: str = ""
) -> dict[Path, float]:
    """Return the checkpoints of trained networks (with this output) with their validation error.

    A network that was adapted to references takes the place of the one that it comes from.
    """
    from cartoonize.methods.checkpoint import read_header

    networks = {}
    headers = {path: read_header(path) for path in workspace.trained()}
    replaced = [header["adapted"].get("from") for header in headers.values() if header.get("adapted")]
    for path, header in headers.items():
        if header.get("sha256") in replaced:
            continue
        try:
            variant = variant_of(header, path)
            if variant.kind == "network" and output in (None, variant.output):
                networks[path] = float(header["validation"]["ab_error"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: its header does not say which variant it is and how it was validated",
                "Train it again, or take its folder away.",
            ) from error
    if not networks:
        raise CheckpointError(
            f"{workspace.root}: no trained variant" + (f" that predicts a {output}" if output else ""),
            f"Run `cartoonize train`{besides or ', or give --checkpoint FILE'}.",
        )
    return networks
