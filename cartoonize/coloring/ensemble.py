"""Ensemble: choice of the methods that colour, and loading of their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.annotations import NO_ANNOTATIONS, Annotations
from cartoonize.coloring.messages import SilentReporter
from cartoonize.errors import CheckpointError, SourceError, UsageError
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
    """Choice of the methods that colour; by default the best trained network."""

    variants: tuple[str, ...] = ()
    """Names of variants that are trained in the workspace or need no training."""
    checkpoints: tuple[Path, ...] = ()
    """Checkpoint files."""
    ensemble: bool = False
    """True for all trained networks of the workspace."""


#: The best trained network.
BEST = Choice()


@dataclass(frozen=True)
class MemberInfo:
    """Properties of a member that are known without loading it."""

    name: str
    """Name in messages and results."""
    variant: Variant
    """Row of the table of methods."""
    luminance: str
    """``"grey"``, or ``"cielab"`` for CIE L of the coloured picture."""


@dataclass(frozen=True)
class EnsembleSpec:
    """Specification of an ensemble, from which its members can be loaded on any machine."""

    untrained: tuple[str, ...]
    """Names of variants that need no training of their own with these annotations."""
    checkpoints: tuple[Path, ...]
    """Checkpoints of the other members."""
    hints: Path | None
    """Checkpoint of the network whose confident pixels are used as scribbles, or None."""
    annotations: Annotations
    """Annotations that the methods accept: references, swatches, scribbles."""

    def absolute(self) -> EnsembleSpec:
        """Return a copy with absolute paths, which are valid in any working folder."""
        return replace(
            self,
            checkpoints=tuple(path.absolute() for path in self.checkpoints),
            hints=self.hints and self.hints.absolute(),
            annotations=self.annotations.absolute(),
        )

    @property
    def files(self) -> list[Path]:
        """All checkpoints to read."""
        return [*self.checkpoints, *filter(None, [self.hints])]

    def members(self) -> list[MemberInfo]:
        """Return the properties of the members, from the headers of the checkpoints.

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
            Device and precision of networks, as in `PredictOptions`.
        compiled : bool
            True to compile the networks with ``torch.compile``.
        scribbles : Scribbles, optional
            Scribbles that were read from the path in the annotations.
        reporter : Reporter
            Receives warnings about references.

        Raises
        ------
        CartoonizeError
            If a checkpoint or a reference cannot be read or used.
        """
        from cartoonize.devices import pick_device, pick_dtype

        on = pick_device(device)
        load = partial(load_member, device=on, dtype=pick_dtype(precision, on), compiled=compiled)
        hints = load(self.hints) if self.hints else None
        accepted: dict[AnnotationKind, Any] = {"swatches": self.annotations.swatches}
        if self.annotations.references:
            accepted["references"] = _whole_references(self.annotations, reporter)
        if scribbles is not None:
            accepted["scribbles"] = scribbles
        return [
            *(fixed_member(name, accepted, hints, on) for name in self.untrained),
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
    from cartoonize.annotations.references import read_references, reference_files
    from cartoonize.annotations.scribbles import VISIBLE_CHROMA

    n_files = len(reference_files(annotations.references))
    if annotations.swatches and n_files > 1:
        raise UsageError(
            f"{n_files} references are given, and swatches belong to one",
            "Give only the reference to which the swatches belong.",
        )
    references = read_references(annotations.references, reporter=reporter)
    for reference in references:
        if not reference.is_opaque:
            raise SourceError(
                f"{reference.path} is transparent in part, and methods without a network need whole pictures",
                "Paint all of it, or colour with networks, where painted parts follow the tracks.",
            )
        if not reference.has_color(VISIBLE_CHROMA):
            reporter.warning(f"{reference.path} has no colour. Everything that gets its colours stays grey.")
    return references


def choose_ensemble(
    workspace: Workspace,
    choice: Choice,
    annotations: Annotations = NO_ANNOTATIONS,
    *,
    reporter: Reporter = LOG,
) -> EnsembleSpec:
    """Return the specification of the chosen members.

    Parameters
    ----------
    workspace : Workspace
        Workspace with trained variants.
    choice : Choice
        Variants and checkpoints. If it has none, the network with the best validation score is used.
    annotations : Annotations
        Annotations that the chosen variants accept; see `accepted_by`.
    reporter : Reporter
        Receives a message that names the network if it was selected by its score.

    Raises
    ------
    UnknownNameError, UsageError, CheckpointError
        If a variant is unknown or not trained, or scribbles of a network are needed and no network predicts
        histograms.
    """
    hints = _hints_checkpoint(workspace, choice, annotations, reporter)
    paths = _member_checkpoints(workspace, choice, annotations, reporter)
    variants = [find_variant(name) for name in choice.variants]
    untrained = tuple(variant.name for variant in variants if needs_no_training(annotations, variant))
    return EnsembleSpec(untrained, tuple(paths), hints, annotations)


def choose_checkpoints(
    workspace: Workspace, choice: Choice, annotations: Annotations = NO_ANNOTATIONS
) -> list[Path]:
    """Return all checkpoints of the chosen members; see `choose_ensemble`."""
    return choose_ensemble(workspace, choice, annotations, reporter=SilentReporter()).files


def choose_members(
    workspace: Workspace,
    choice: Choice,
    annotations: Annotations = NO_ANNOTATIONS,
    *,
    device: str = "auto",
    reporter: Reporter = LOG,
) -> list[Member]:
    """Load the chosen members; see `choose_ensemble` and `EnsembleSpec.load`."""
    spec = choose_ensemble(workspace, choice, annotations, reporter=reporter)
    return spec.load(device=device, reporter=reporter)


def accepts(variant: Variant, name: str) -> bool:
    """Return whether a variant accepts a kind of annotations, named like the field of `Annotations`."""
    return variant.needs_hints if name == "hints_from" else name in variant.accepts


def accepted_by(annotations: Annotations, variants: Sequence[Variant]) -> Annotations:
    """Return the annotations that the variants accept: all, or all but references.

    References that no variant accepts follow the tracks instead.

    Raises
    ------
    UsageError
        If annotations of another kind are given and no variant accepts them.
    """
    for name in annotations.given:
        if name == "references" and not annotations.swatches:
            continue
        if not any(accepts(variant, name) for variant in variants):
            accepting = [v.name for v in VARIANTS.values() if accepts(v, name)]
            option = {"swatches": "swatch", "references": "reference"}.get(name, name.replace("_", "-"))
            raise UsageError(
                f"--{option} is given, but no chosen variant accepts it",
                f"Add --variant {' or '.join(accepting)}.",
            )
    if any(accepts(variant, "references") for variant in variants):
        return annotations
    return replace(annotations, references=())


def default_refinement(choice: Choice, annotations: Annotations) -> str:
    """Return the refinement to use if the user does not choose one.

    It is ``tracks`` if a network colours, because its predictions flicker without them, and if frames of the
    film are painted, because their colours follow the tracks. It is ``none`` for methods without a network.

    Parameters
    ----------
    choice : Choice
        Which methods colour.
    annotations : Annotations
        Annotations of the user.
    """
    known = [find_variant(name) for name in choice.variants if is_variant(name)]
    followed = annotations.references and not any(accepts(v, "references") for v in known)
    scribbled = annotations.scribbles is not None and annotations.scribbles.is_dir()
    trained = choice.ensemble or choice.checkpoints or not choice.variants
    has_network = trained or any(variant.kind == "network" for variant in known)
    return "tracks" if followed or scribbled or has_network else "none"


def needs_no_training(annotations: Annotations, variant: Variant) -> bool:
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
        if needs_no_training(annotations, variant):
            continue
        if not workspace.checkpoint(name).is_file():
            trained = ", ".join(p.parent.name for p in workspace.trained()) or "none"
            raise CheckpointError(
                f"variant {name!r} is not trained in {workspace.root} (trained: {trained})",
                f"Run `cartoonize train --variant {name}`{_or_give(variant)}.",
            )
        paths.append(workspace.checkpoint(name))
    if choice.ensemble:
        networks = [path for path in _trained_networks(workspace) if path not in paths]
        joining = _joining(workspace, networks)
        paths += [*networks, *(path for path in joining if path not in paths)]
    elif not (choice.checkpoints or choice.variants):
        best = _best(_trained_networks(workspace), "Colouring with", reporter)
        paths = [best, *_joining(workspace, [best])]
        if len(paths) > 1:
            names = ", ".join(path.parent.name for path in paths[1:])
            reporter.info(f"Its votes are counted together with those of {names}.")
    return paths


def _joining(workspace: Workspace, networks: Sequence[Path]) -> list[Path]:
    """Return the checkpoints of methods that join networks, if they have learned the same frames."""
    from cartoonize.methods.checkpoint import read_header

    headers = {path: read_header(path) for path in workspace.trained()}
    chosen = [headers[path] for path in networks]
    adapted = [header["adapted"].get("from") for header in chosen if header.get("adapted")]
    learned = [*chosen, *(header for header in headers.values() if header["sha256"] in adapted)]
    frames = {header.get("data", {}).get("frames") for header in learned} - {None}
    joining = {name for name, variant in VARIANTS.items() if variant.joins}
    return [
        path
        for path, header in headers.items()
        if header["variant"] in joining and header.get("data", {}).get("frames") in frames
    ]


def _hints_checkpoint(
    workspace: Workspace, choice: Choice, annotations: Annotations, reporter: Reporter
) -> Path | None:
    """Return the checkpoint of the network whose confident pixels are used as scribbles.

    It is the named network, or by default the one with the best validation score of those that predict
    histograms. Return None if no chosen variant needs it.
    """
    name = annotations.hints_from
    if name:
        if find_variant(name).output != "histogram":
            raise UsageError(
                f"--hints-from {name}: {name} does not predict histograms, from which scribbles are taken",
                f"Known: {', '.join(v.name for v in VARIANTS.values() if v.output == 'histogram')}",
            )
        return _member_checkpoints(workspace, Choice((name,)), annotations, reporter)[0]
    variants = [find_variant(name) for name in choice.variants]
    needing = [v for v in variants if v.needs_hints and not _replaces_training(annotations, v)]
    if not needing:
        return None
    networks = _trained_networks(workspace, output="histogram", alternative=_or_give(needing[0]))
    return _best(networks, f"{needing[0].name} takes its scribbles from", reporter)


def _or_give(variant: Variant) -> str:
    return f", or give --{variant.instead} PATH" if variant.instead else ""


def _best(networks: dict[Path, float], for_what: str, reporter: Reporter) -> Path:
    best = min(networks, key=lambda path: networks[path])
    selected = f", the best of {len(networks)} networks by {_measure(best)}" if len(networks) > 1 else ""
    reporter.info(f"{for_what} {best.parent.name}{selected}.")
    return best


def _measure(checkpoint: Path) -> str:
    """Return a description of the score of a checkpoint."""
    from cartoonize.methods.checkpoint import read_header

    held_out = read_header(checkpoint).get("data", {}).get("validation")
    return "validation" if held_out else "their errors on training frames, without a validation episode"


def _trained_networks(
    workspace: Workspace, output: str | None = None, alternative: str = ""
) -> dict[Path, float]:
    """Return the checkpoints of trained networks with their validation errors.

    A network that was adapted to references replaces the one from which it was adapted.

    Parameters
    ----------
    workspace : Workspace
        Workspace with trained variants.
    output : str, optional
        Only networks with this output, ``"histogram"`` or ``"ab"``.
    alternative : str
        End of the hint if there is none.
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
                f"{path}: the header has no valid variant or validation error",
                "Train it again, or remove its folder.",
            ) from error
    if not networks:
        raise CheckpointError(
            f"{workspace.root}: no trained variant" + (f" that predicts a {output}" if output else ""),
            f"Run `cartoonize train`{alternative or ', or give --checkpoint FILE'}.",
        )
    return networks
