"""Which frames of an episode to colour by hand: those that would help most, written as grey pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import BEST, Choice, choose_members
from cartoonize.coloring.films import looks_at_color
from cartoonize.errors import OutputError, UnknownNameError, UsageError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.track import track_frames
from cartoonize.frames import Frame
from cartoonize.tracking.confidence import Suggestion, Suggestions
from cartoonize.workspace import Workspace

_DEFAULTS = PredictOptions()


@dataclass(frozen=True)
class SuggestedReference:
    """A frame to colour."""

    path: str
    """The grey picture to paint on."""
    frame: int
    shot: int
    covers: float
    """Share of the episode, picture area times frames, whose tracks it shows and no better one does."""
    mends: float
    """Share of what is likely wrong in the episode, on those tracks."""


def suggest_references(
    workspace: Workspace,
    episode: Path,
    n: int,
    *,
    choice: Choice = BEST,
    options: PredictOptions = _DEFAULTS,
    output: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[SuggestedReference]:
    """Pick the frames of an episode whose colouring would help most, and write them as grey PNGs.

    The episode is coloured once, without writing it, to know its tracks and how sure their colours are.

    Parameters
    ----------
    workspace : Workspace
        Where trained variants are.
    episode : Path
        A video or folder of stills, or the name of an episode of the workspace.
    n : int
        How many frames at most.
    choice : Choice
        What is going to colour it.
    options : PredictOptions
    output : Path, optional
        Folder for the pictures; default: ``references/EPISODE`` in the workspace.
    progress : callable
        Called with (label, frames done, frames expected or 0).
    notify : callable
        Called with lines that the user should read.

    Returns
    -------
    list of SuggestedReference
        The best first.

    Raises
    ------
    UsageError, OutputError
        If ``n`` is no number of frames, or the folder holds pictures already, which may be painted.
    """
    from cartoonize.video import open_source

    if n < 1:
        raise UsageError(f"{n} frames are none", "Give -n 1 or more.")
    path = _source(workspace, episode)
    folder = output or workspace.root / "references" / path.stem
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is there already, and may hold painted frames", "Name another with -o.")
    members = choose_members(workspace, choice, device=options.device, notify=notify)
    album = WorkspaceAlbum(workspace, progress=progress)
    suggestions = Suggestions(n)
    with open_source(path) as source:
        total, rgb = source.format.n_frames, source.format.has_color and looks_at_color(members)

        def counted(label: str) -> Iterator[Frame]:
            for number, frame in enumerate(source.frames(rgb=rgb), 1):
                progress(label, number, total)
                yield frame

        numbered = number_drawings(counted(f"colouring {path.name}"))
        colored = predict_frames(clean_frames(numbered), members, options=options, layer="histogram")
        for _ in track_frames(colored, find=album.find, tell=suggestions.add):
            pass
        best = suggestions.best()
        paths = _write(counted(f"writing frames of {path.name}"), best, folder, path.stem)
    return [
        SuggestedReference(str(paths[s.index]), s.index, s.shot, covers=s.covers, mends=s.mends) for s in best
    ]


def _source(workspace: Workspace, episode: Path) -> Path:
    """Return the file of an episode, given by that or by its name."""
    if episode.exists():
        return episode
    episodes = workspace.load().episodes
    if str(episode) not in episodes:
        raise UnknownNameError("file or episode", str(episode), sorted(episodes))
    return Path(episodes[str(episode)].source)


def _write(frames: Iterator[Frame], best: list[Suggestion], folder: Path, name: str) -> dict[int, Path]:
    """Write the grey pictures of frames; return their paths by frame."""
    from cartoonize.video.images import write_grey

    wanted = {suggestion.index for suggestion in best}
    paths: dict[int, Path] = {}
    for frame in frames:
        if len(paths) == len(wanted):
            break
        if frame.index in wanted:
            paths[frame.index] = folder / f"{name}-{frame.index:06d}.png"
            write_grey(paths[frame.index], frame.grey)
    return paths
