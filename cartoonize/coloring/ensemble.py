"""Ensemble: which methods colour, and the members that are loaded for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.annotations import NO_ANNOTATIONS, Annotations
from cartoonize.errors import CheckpointError, SourceError, UsageError
from cartoonize.filters.refine import RefineOptions
from cartoonize.methods.member import Member, fixed_member, load_member
from cartoonize.methods.registry import VARIANTS, find_variant, is_variant, variant_of
from cartoonize.methods.variant import AnnotationKind, Variant
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference
    from cartoonize.annotations.scribbles import Scribbles


@dataclass(frozen=True)
class Choice:
    """Which methods colour; by default the best trained network."""

    variants: tuple[str, ...] = ()
    """Names of variants, trained in the workspace or without a need for training."""
    checkpoints: tuple[Path, ...] = ()
    """Checkpoint files."""
    ensemble: bool = False
    """All trained networks of the workspace."""


#: The best trained network.
BEST = Choice()


@dataclass(frozen=True)
class MemberInfo:
    """What is known of a member before it is loaded."""

    name: str
    variant: Variant
    luminance: str
    """``"grey"``, or ``"cielab"`` for CIE L of the coloured picture."""


@dataclass(frozen=True)
class EnsembleSpec:
    """Everything that must be known to load the members of an ensemble, on any machine."""

    untrained: tuple[str, ...]
    """Variants that need no training, or none with these annotations."""
    checkpoints: tuple[Path, ...]
    hints: Path | None
    """Checkpoint of the network whose confident pixels are scribbles."""
    annotations: Annotations
    """What the methods accept: references, swatches, scribbles."""

    def absolute(self) -> EnsembleSpec:
        """Return the same files by paths that hold in any working folder."""
        return replace(
            self,
            checkpoints=tuple(path.absolute() for path in self.checkpoints),
            hints=self.hints and self.hints.absolute(),
            annotations=self.annotations.absolute(),
        )

    @property
    def files(self) -> list[Path]:
        """All checkpoints that are read."""
        return [*self.checkpoints, *filter(None, [self.hints])]

    def members(self) -> list[MemberInfo]:
        """Return what the headers of the checkpoints say about the members.

        Raises
        ------
        CheckpointError
            If a checkpoint cannot be read, or its variant is unknown.
        """
        hints = _info(self.hints) if self.hints else None
        return [
            *(_fixed_info(find_variant(name), hints) for name in self.untrained),
            *map(_info, self.checkpoints),
        ]

    def load(
        self,
        *,
        device: str = "auto",
        precision: str = "auto",
        compiled: bool = False,
        scribbles: Scribbles | None = None,
        reporter: Reporter = LOG,
    ) -> list[Member]:
        """Load the members.

        Parameters
        ----------
        device, precision : str
            Where and how networks run.
        compiled : bool
            True to compile the networks first.
        scribbles : Scribbles, optional
            The scribbles that the annotations name, read.
        reporter : Reporter
            Receives warnings.
        """
        from cartoonize.devices import pick_device, uses_bfloat16

        on = pick_device(device)
        load = partial(load_member, device=on, bfloat16=uses_bfloat16(precision, on), compiled=compiled)
        hints = load(self.hints) if self.hints else None
        accepted: dict[AnnotationKind, Any] = {"swatches": self.annotations.swatches}
        if self.annotations.references:
            accepted["references"] = _whole_references(self.annotations, reporter)
        if scribbles is not None:
            accepted["scribbles"] = scribbles
        return [
            *(fixed_member(name, accepted, hints) for name in self.untrained),
            *(load(path) for path in self.checkpoints),
        ]


def uses_color(members: Sequence[MemberInfo] | Sequence[Member]) -> bool:
    """Return whether a member uses CIE L of the coloured picture."""
    return any(member.luminance == "cielab" for member in members)


def _info(checkpoint: Path) -> MemberInfo:
    from cartoonize.methods.checkpoint import read_header

    header = read_header(checkpoint)
    variant = variant_of(header, checkpoint)
    return MemberInfo(header.get("name", variant.name), variant, header.get("luminance", "grey"))


def _fixed_info(variant: Variant, hints: MemberInfo | None) -> MemberInfo:
    luminance = hints.luminance if variant.needs_hints and hints is not None else "grey"
    return MemberInfo(variant.name, variant, luminance)


def _whole_references(annotations: Annotations, reporter: Reporter) -> list[Reference]:
    """Read references for methods that take colours from whole pictures."""
    from cartoonize.annotations.references import read_references
    from cartoonize.annotations.scribbles import VISIBLE_CHROMA

    references = read_references(annotations.references)
    if annotations.swatches and len(references) > 1:
        raise UsageError(
            f"{len(references)} references are given, and swatches belong to one",
            "Name only the reference that the swatches are parts of.",
        )
    for reference in references:
        if not reference.is_opaque:
            raise SourceError(
                f"{reference.path} is transparent in part, and methods without a network need whole pictures",
                "Paint all of it, or colour with networks: then painted parts follow the tracks.",
            )
        if not reference.has_color(VISIBLE_CHROMA):
            reporter.warning(f"{reference.path} has no colour: everything that takes its colours stays grey.")
    return references


def choose_ensemble(
    workspace: Workspace,
    choice: Choice,
    annotations: Annotations = NO_ANNOTATIONS,
    *,
    reporter: Reporter = LOG,
) -> EnsembleSpec:
    """Return the members that a choice names.

    Parameters
    ----------
    workspace : Workspace
        Where the trained variants are.
    choice : Choice
        Variants and checkpoints. If it names none, the best network by validation colours.
    annotations : Annotations
        The part of them that the chosen variants accept; see `accepted_by`.
    reporter : Reporter
        Receives a message that says which network was picked.

    Raises
    ------
    UnknownNameError, UsageError, CheckpointError
        If a variant is unknown or not trained, or accepts no annotation of a given kind, or no network has
        histograms for scribbles.
    """
    hints = _hints_checkpoint(workspace, choice, annotations, reporter)
    paths = _member_checkpoints(workspace, choice, annotations, reporter)
    variants = [find_variant(name) for name in choice.variants]
    untrained = tuple(variant.name for variant in variants if suffices(annotations, variant))
    return EnsembleSpec(untrained, tuple(paths), hints, annotations)


def choose_checkpoints(
    workspace: Workspace, choice: Choice, annotations: Annotations = NO_ANNOTATIONS
) -> list[Path]:
    """Return all checkpoints that take part; see `choose_ensemble`."""
    return choose_ensemble(workspace, choice, annotations, reporter=_SILENT).files


def choose_members(
    workspace: Workspace,
    choice: Choice,
    annotations: Annotations = NO_ANNOTATIONS,
    *,
    device: str = "auto",
    reporter: Reporter = LOG,
) -> list[Member]:
    """Load the members that a choice names; see `choose_ensemble` and `EnsembleSpec.load`."""
    spec = choose_ensemble(workspace, choice, annotations, reporter=reporter)
    return spec.load(device=device, reporter=reporter)


class _Silent(Reporter):
    def info(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        pass


_SILENT = _Silent()


def accepts(variant: Variant, name: str) -> bool:
    """Return whether a variant accepts annotations of a kind, named as in `Annotations`."""
    return variant.needs_hints if name == "hints_from" else name in variant.accepts


def accepted_by(annotations: Annotations, variants: Sequence[Variant]) -> Annotations:
    """Return the annotations without those that no variant accepts; references may follow tracks instead.

    Raises
    ------
    UsageError
        If something other than references is given that none of the variants accepts.
    """
    for name in annotations.given:
        if name == "references" and not annotations.swatches:
            continue
        if not any(accepts(variant, name) for variant in variants):
            takers = [v.name for v in VARIANTS.values() if accepts(v, name)]
            option = {"swatches": "swatch", "references": "reference"}.get(name, name.replace("_", "-"))
            raise UsageError(
                f"--{option} is given, and no chosen variant accepts it",
                f"Add --variant {' or '.join(takers)}.",
            )
    if any(accepts(variant, "references") for variant in variants):
        return annotations
    return replace(annotations, references=())


def default_refinement(annotations: Annotations, variants: Sequence[str]) -> str:
    """Return the refinement for these annotations and names of variants, if the user asks for none.

    It is ``tracks`` if single frames of the film are painted, whose colours follow the tracks.
    """
    known = [find_variant(name) for name in variants if is_variant(name)]
    followed = annotations.references and not any(accepts(v, "references") for v in known)
    scribbled = annotations.scribbles is not None and annotations.scribbles.is_dir()
    return "tracks" if followed or scribbled else RefineOptions().refine


def suffices(annotations: Annotations, variant: Variant) -> bool:
    """Return whether a variant needs no training of its own with these annotations."""
    return variant.kind == "fixed" or _replaces_training(annotations, variant)


def _replaces_training(annotations: Annotations, variant: Variant) -> bool:
    given: Mapping[str | None, bool] = {
        "reference": bool(annotations.references),
        "scribbles": annotations.scribbles is not None,
    }
    return given.get(variant.instead, False)


def _member_checkpoints(
    workspace: Workspace, choice: Choice, annotations: Annotations, reporter: Reporter
) -> list[Path]:
    paths: list[Path] = list(choice.checkpoints)
    for name in choice.variants:
        variant = find_variant(name)
        if suffices(annotations, variant):
            continue
        if not workspace.checkpoint(name).is_file():
            known = ", ".join(p.parent.name for p in workspace.trained()) or "none"
            raise CheckpointError(
                f"variant {name!r} is not trained in {workspace.root} (trained: {known})",
                f"Run `cartoonize train --variant {name}`{_or_give(variant)}.",
            )
        paths.append(workspace.checkpoint(name))
    if choice.ensemble:
        paths += [path for path in _trained_networks(workspace) if path not in paths]
    elif not (choice.checkpoints or choice.variants):
        paths = [_best(_trained_networks(workspace), "Colouring with", reporter)]
    return paths


def _hints_checkpoint(
    workspace: Workspace, choice: Choice, annotations: Annotations, reporter: Reporter
) -> Path | None:
    """Return the checkpoint of the network that gives scribbles, if a chosen variant needs them.

    It is named or, by default, the best one by validation of those that predict histograms.
    """
    name = annotations.hints_from
    if name:
        if find_variant(name).output != "histogram":
            raise UsageError(
                f"{name} predicts no histograms, and scribbles are taken from histograms",
                f"Known: {', '.join(v.name for v in VARIANTS.values() if v.output == 'histogram')}",
            )
        return _member_checkpoints(workspace, Choice((name,)), annotations, reporter)[0]
    variants = [find_variant(name) for name in choice.variants]
    wanting = [v for v in variants if v.needs_hints and not _replaces_training(annotations, v)]
    if not wanting:
        return None
    networks = _trained_networks(workspace, output="histogram", besides=_or_give(wanting[0]))
    return _best(networks, f"{wanting[0].name} takes its scribbles from", reporter)


def _or_give(variant: Variant) -> str:
    return f", or give --{variant.instead} PATH" if variant.instead else ""


def _best(networks: dict[Path, float], for_what: str, reporter: Reporter) -> Path:
    best = min(networks, key=lambda path: networks[path])
    reporter.warning(
        f"{for_what} {best.parent.name}, the best by {_measure(best)} of {len(networks)} trained."
    )
    return best


def _measure(checkpoint: Path) -> str:
    """Return what the validation error of a checkpoint was measured on."""
    from cartoonize.methods.checkpoint import read_header

    held_out = read_header(checkpoint).get("data", {}).get("validation")
    return "validation" if held_out else "its error on training frames (no validation episode)"


def _trained_networks(
    workspace: Workspace, output: str | None = None, besides: str = ""
) -> dict[Path, float]:
    """Return the checkpoints of trained networks (with this output) with their validation error.

    A network that was adapted to references replaces the one that it comes from.
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
                f"{path}: the header does not say which variant it is and how it was validated",
                "Train it again, or remove its folder.",
            ) from error
    if not networks:
        raise CheckpointError(
            f"{workspace.root}: no trained variant" + (f" that predicts a {output}" if output else ""),
            f"Run `cartoonize train`{besides or ', or give --checkpoint FILE'}.",
        )
    return networks
