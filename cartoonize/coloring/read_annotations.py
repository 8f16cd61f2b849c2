"""Read annotations: the references, pins and scribbles of one call of `colorize`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cartoonize.annotations.cuts import Cut, read_cuts
from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules
from cartoonize.annotations.pins import Pin, read_pins
from cartoonize.annotations.track_edits import Join, Split, read_track_edits
from cartoonize.coloring.ensemble import MemberInfo, accepts
from cartoonize.coloring.films import Film, with_cuts, with_scribbles
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.reporting import Reporter, counted
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference
    from cartoonize.annotations.scribbles import Scribbles
    from cartoonize.coloring.evidence import Evidence
    from cartoonize.coloring.plan import Ensemble


T = TypeVar("T", Pin, Cut, Split | Join)


@dataclass(frozen=True)
class AnnotationFiles:
    """Annotations of a call that follow the tracks, before any frame of the films is read."""

    references: tuple[Path, ...]
    """Pictures, and folders of pictures."""
    grey_is_known: bool
    """True if the grey areas of references are known to be grey."""
    pins: tuple[Pin, ...] = ()
    """Pins on the films of the call."""
    track_edits: tuple[Split | Join, ...] = ()
    """Tracks of the films that are divided and joined."""
    paint_rules: tuple[PaintRule, ...] = ()
    """What is known of the paints of the series."""


def with_workspace_files(
    workspace: Workspace, films: Sequence[Film], files: AnnotationFiles, reporter: Reporter
) -> AnnotationFiles:
    """Return the annotations with those that are files of the workspace: pins, edits of tracks, paints.

    Those on episodes that nobody knows are named in a warning.
    """
    pins, edits = read_pins(workspace.pins), read_track_edits(workspace.tracks)
    return replace(
        files,
        pins=tuple(_of_films(workspace, workspace.pins, pins, "pin", films, reporter)),
        track_edits=tuple(_of_films(workspace, workspace.tracks, edits, "edit", films, reporter)),
        paint_rules=tuple(read_paint_rules(workspace.paints)),
    )


def films_with_cuts(workspace: Workspace, films: Sequence[Film], reporter: Reporter) -> list[Film]:
    """Return films with the user's corrections of their cuts.

    Corrections for episodes that nobody knows are named in a warning.
    """
    cuts = _of_films(workspace, workspace.cuts, read_cuts(workspace.cuts), "cut", films, reporter)
    return [with_cuts(film, cuts) for film in films] if cuts else list(films)


def _of_films(
    workspace: Workspace, path: Path, all: Sequence[T], name: str, films: Sequence[Film], reporter: Reporter
) -> list[T]:
    """Return the entries of a file that are on films; warn of those on episodes that nobody knows."""
    names = {film.path.stem for film in films}
    others = Counter(one.episode for one in all if one.episode not in names)
    known = _known_episodes(workspace) if others else set()
    for episode, n in others.items():
        if episode not in known:
            reporter.warning(
                f"{path.name} has {counted(n, name)} for {episode!r}, which is not a source"
                f" of this call or an episode of the workspace. The sources are {', '.join(sorted(names))}."
            )
    return [one for one in all if one.episode in names]


def _known_episodes(workspace: Workspace) -> set[str]:
    """Return the names of the episodes of a workspace, and of the outputs in it."""
    coloured = {path.stem for path in workspace.out.iterdir()} if workspace.out.is_dir() else set()
    return coloured | set(workspace.load().episodes)


def films_with_scribbles(
    films: Sequence[Film], ensemble: Ensemble, reporter: Reporter
) -> tuple[list[Film], Scribbles | None]:
    """Read the scribbles of a call, if it has any. Return the films with new drawings where they apply."""
    path = ensemble.spec.annotations.scribbles
    if path is None:
        return list(films), None
    from cartoonize.annotations.scribbles import read_scribbles

    (film,) = films
    scribbles = read_scribbles(path, film.source, first=film.first, reporter=reporter)
    return [with_scribbles(film, scribbles)], scribbles


def read_evidence(
    workspace: Workspace,
    films: Sequence[Film],
    files: AnnotationFiles,
    scribbles: Scribbles | None,
    members: Sequence[MemberInfo],
    ensemble: Ensemble,
    options: ColorizeOptions,
    reporter: Reporter,
) -> Evidence:
    """Read the annotations, find their frames, and gather the evidence.

    Scribbles get the frames that they were painted on, and are handed to the ensemble.
    """
    from cartoonize.coloring.album import WorkspaceAlbum
    from cartoonize.coloring.annotated_films import TrackAnnotations, locate_annotations
    from cartoonize.coloring.evidence import Evidence, gather_evidence
    from cartoonize.coloring.grey_shares import grey_shares
    from cartoonize.coloring.scribbled_frames import scribbles_on

    references = _visible_references(files.references, reporter)
    shares = grey_shares(workspace) if references and not files.grey_is_known else None
    annotations = TrackAnnotations(references, files.pins, scribbles, shares)
    annotated = locate_annotations(films, annotations, reporter)
    if scribbles is not None:
        luminance = next(m.luminance for m in members if accepts(m.variant, "scribbles"))
        ensemble.scribbles = scribbles_on(scribbles, annotated[0].frames, luminance)
    if not options.uses_tracks:
        return Evidence()
    album = WorkspaceAlbum(workspace, reporter=reporter) if options.uses_album else None
    evidence = gather_evidence(annotated, annotations, ensemble.load, options, album=album, reporter=reporter)
    if files.references and not evidence.has_references:
        reporter.warning("None of the references is used. Colouring goes on without references.")
    return evidence


def _visible_references(paths: Sequence[Path], reporter: Reporter) -> list[Reference]:
    """Read references; leave out those of which too little is visible to find their frames."""
    from cartoonize.annotations.references import read_references

    visible = []
    for reference in read_references(paths, reporter=reporter):
        if not len(reference.hints):
            reporter.warning(f"not painted yet: {reference.path.name}")
        elif reference.is_transparent:
            reporter.warning(
                f"Not used: {reference.path} is transparent nearly everywhere. Keep more of the frame opaque."
            )
        else:
            visible.append(reference)
    return visible
