"""Evidence: what is known of films beside what networks predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.flow.album import WorkspaceAlbum
from cartoonize.flow.chain import FlowOptions
from cartoonize.flow.films import Film
from cartoonize.stages.pins import read_pins
from cartoonize.stages.tracks import Find
from cartoonize.variants import Member
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.refine.known import Known
    from cartoonize.refine.memory import Memory


@dataclass(frozen=True)
class Evidence:
    """What users and training episodes say of the films that are going to be coloured."""

    given: Sequence[Mapping[int, Known]] = ()
    """Colours that are known of some frames, by index, one a film: from references, scribbles and pins."""
    memory: Memory | None = None
    """What networks make of these, for the like in other shots and films."""
    album: WorkspaceAlbum | None = None
    """Where what is drawn again is found."""

    def given_of(self, number: int) -> Mapping[int, Known]:
        """Return what is known of a film."""
        return self.given[number] if self.given else {}

    @property
    def find(self) -> Find | None:
        """How to look for a drawing in the album, if there is one with pages."""
        return self.album.find if self.album is not None and len(self.album) else None


NO_EVIDENCE = Evidence()


def gather_evidence(
    workspace: Workspace,
    films: Sequence[Film],
    members: Sequence[Member],
    references: Sequence[Path],
    options: FlowOptions,
    *,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
    announce: Callable[[str], None] = lambda line: None,
    notify: Callable[[str], None] = lambda line: None,
) -> Evidence:
    """Read references and the workspace's pins, find their frames, and prepare the album.

    Parameters
    ----------
    workspace : Workspace
    films : sequence of Film
    members : sequence of Member
        Which colour them.
    references : sequence of Path
        Coloured frames, or folders of them.
    options : FlowOptions
        With tracks.
    progress : callable
        Called with (label, frames looked at, frames expected or 0).
    announce : callable
        Called with lines that say what was found where.
    notify : callable
        Called with lines that the user should read.

    Raises
    ------
    UsageError, SourceError
        If a reference or a pin does not fit.
    """
    from cartoonize.flow.references import add_pins, add_scribbles, known_frames, remember
    from cartoonize.refine.memory import Memory

    painted: list[dict[int, Known]] = [{} for _ in films]
    if references:
        painted = known_frames(films, references, progress=progress, announce=announce, notify=notify)
    given = [dict(known) for known in painted]
    add_scribbles(films, members, given, options=options.colorize)
    add_pins(films, read_pins(workspace.pins), given, clean=options.cleans, announce=announce)
    album = WorkspaceAlbum(workspace, progress=progress) if options.looks_up else None
    memory = Memory()
    if any(given):
        memory = remember(
            films,
            members,
            given,
            options=options.colorize,
            painted=painted,
            album=album,
            clean=options.cleans,
        )
    if album is not None and len(album):
        announce(f"{len(album)} coloured drawings are looked through for what is drawn again")
    return Evidence(given, memory, album)
