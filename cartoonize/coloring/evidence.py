"""Evidence: what is known of films beside what networks predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.annotations.pins import read_pins
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.films import Film
from cartoonize.coloring.pipeline import ColorizeOptions
from cartoonize.filters.track import Find
from cartoonize.methods.member import Member
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.tracking.carry import ColorHints
    from cartoonize.tracking.memory import Memory


@dataclass(frozen=True)
class Evidence:
    """What users and training episodes say of the films that are going to be coloured."""

    given: Sequence[Mapping[int, ColorHints]] = ()
    """Colours that are known of some frames, by index, one a film: from references, scribbles and pins."""
    memory: Memory | None = None
    """What networks make of these, for the like in other shots and films."""
    album: WorkspaceAlbum | None = None
    """Where what is drawn again is found."""

    def given_of(self, number: int) -> Mapping[int, ColorHints]:
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
    options: ColorizeOptions,
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
    options : ColorizeOptions
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
    from cartoonize.coloring.known_frames import add_pins, add_scribbles, hints_of_references, remember
    from cartoonize.tracking.memory import Memory

    painted: list[dict[int, ColorHints]] = [{} for _ in films]
    if references:
        painted = hints_of_references(films, references, progress=progress, announce=announce, notify=notify)
    given = [dict(known) for known in painted]
    add_scribbles(films, members, given, options=options.colorize)
    add_pins(films, read_pins(workspace.pins), given, clean=options.denoises, announce=announce)
    album = WorkspaceAlbum(workspace, progress=progress) if options.uses_album else None
    memory = Memory()
    if any(given):
        memory = remember(
            films,
            members,
            given,
            options=options.colorize,
            painted=painted,
            album=album,
            clean=options.denoises,
        )
    if album is not None and len(album):
        announce(f"{len(album)} coloured drawings are looked through for what is drawn again")
    return Evidence(given, memory, album)
