"""Suggest references: select the frames that a user should colour, and write them as grey pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import BEST, Choice, choose_members, uses_color
from cartoonize.errors import OutputError, UnknownNameError, UsageError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.track import TrackSources, track_frames
from cartoonize.frames import Frame
from cartoonize.reporting import LOG, Reporter
from cartoonize.tracking.confidence import Suggestion, Suggestions
from cartoonize.workspace import Workspace

_DEFAULTS = PredictOptions()


@dataclass(frozen=True)
class SuggestedReference:
    """A frame that a user should colour."""

    path: str
    """Path of the grey picture to paint on."""
    frame: int
    """Number of the frame in the episode."""
    shot: int
    """Number of the shot."""
    covers: float
    """Share of the picture area of the episode, over all frames, on tracks that no better frame shows."""
    mends: float
    """Share of the expected errors of the episode on these tracks."""


def suggest_references(
    workspace: Workspace,
    episode: Path,
    n: int,
    *,
    choice: Choice = BEST,
    options: PredictOptions = _DEFAULTS,
    output: Path | None = None,
    reporter: Reporter = LOG,
) -> list[SuggestedReference]:
    """Select the frames of an episode that a user should colour, and write them as grey PNG files.

    The episode is coloured once, without an output, to find its tracks and their confidence.

    Parameters
    ----------
    workspace : Workspace
        Workspace with trained variants.
    episode : Path
        Video or folder of stills, or the name of an episode of the workspace.
    n : int
        Largest number of frames.
    choice : Choice
        Methods that will colour the episode.
    options : PredictOptions
        Device and decoding.
    output : Path, optional
        Folder for the pictures; default: ``references/EPISODE`` in the workspace.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of SuggestedReference
        Suggestions in descending order of ``mends``.

    Raises
    ------
    UsageError, OutputError
        If ``n`` is less than 1, or the folder is not empty, because its files may be painted.
    """
    from cartoonize.video import open_source

    if n < 1:
        raise UsageError(f"n must be at least 1, got {n}", "Use -n 1 or more.")
    path = _source(workspace, episode)
    folder = output or workspace.root / "references" / path.stem
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder} exists already, and may have painted frames", "Give another folder with -o."
        )
    members = choose_members(workspace, choice, device=options.device, reporter=reporter)
    album = WorkspaceAlbum(workspace, reporter=reporter)
    suggestions = Suggestions(n)
    with open_source(path) as source:
        total, rgb = source.format.n_frames, source.format.has_color and uses_color(members)

        def counted(label: str) -> Iterator[Frame]:
            for number, frame in enumerate(source.frames(rgb=rgb), 1):
                reporter.progress(label, number, total)
                yield frame

        numbered = number_drawings(counted(f"colouring {path.name}"))
        colored = predict_frames(clean_frames(numbered), members, options=options, layer="histogram")
        sources = TrackSources(find=album.find, record=lambda prediction, tracked: suggestions.add(tracked))
        for _ in track_frames(colored, sources=sources):
            pass
        best = suggestions.best()
        paths = _write(counted(f"writing frames of {path.name}"), best, folder, path.stem)
    return [
        SuggestedReference(str(paths[s.index]), s.index, s.shot, covers=s.covers, mends=s.mends) for s in best
    ]


def _source(workspace: Workspace, episode: Path) -> Path:
    """Return the file of an episode, which is given as a path or by its name."""
    if episode.exists():
        return episode
    episodes = workspace.load().episodes
    if str(episode) not in episodes:
        raise UnknownNameError("file or episode", str(episode), sorted(episodes))
    return Path(episodes[str(episode)].source)


def _write(frames: Iterator[Frame], best: list[Suggestion], folder: Path, name: str) -> dict[int, Path]:
    """Write the grey pictures of the suggested frames; return their paths by frame index."""
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
