"""Suggest references: select the frames that a user should colour, and write them as grey pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.annotations.suggestions import (
    SuggestedPicture,
    SuggestionList,
    fingerprint_of_picture,
    is_painted,
    read_suggestions,
    write_suggestions,
)
from cartoonize.coloring.ensemble import BEST, Choice
from cartoonize.errors import OutputError, SourceError, UnknownNameError, UsageError
from cartoonize.filters.predict import PredictOptions
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.tracking.confidence import Suggestion
    from cartoonize.tracking.confidence_file import FilmConfidence

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
    seconds: float = 0.0
    """Time of the frame in seconds from the start of the episode."""
    is_new: bool = True
    """True if this call wrote the picture; False if it was there already."""
    is_painted: bool = False
    """True if the picture was there already and has been painted."""


def suggest_references(
    workspace: Workspace,
    episode: Path,
    n: int,
    *,
    choice: Choice = BEST,
    options: PredictOptions = _DEFAULTS,
    output: Path | None = None,
    keep_existing: bool = False,
    reporter: Reporter = LOG,
) -> list[SuggestedReference]:
    """Select the frames of an episode that a user should colour, and write them as grey PNG files.

    The selection is what the latest colouring of the episode has stored. If the episode was not coloured
    yet, or not by the methods that ``choice`` names, it is coloured without an output, and its shots are
    cached for `colorize`. A picture that exists is never written again.

    Parameters
    ----------
    workspace : Workspace
        Workspace with trained variants.
    episode : Path
        Video or folder of stills, or the name of an episode of the workspace.
    n : int
        Largest number of frames.
    choice : Choice
        Methods that colour the episode; default: any.
    options : PredictOptions
        Device and decoding, if the episode has to be coloured.
    output : Path, optional
        Folder for the pictures; default: ``references/EPISODE`` in the workspace.
    keep_existing : bool
        True to return the suggestions that the folder has for this episode, if it has any, even if a later
        colouring suggests others.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of SuggestedReference
        Suggestions in descending order of ``mends``.

    Raises
    ------
    UsageError, OutputError
        If ``n`` is less than 1, or ``output`` has files other than suggestions for this episode.
    """
    if n < 1:
        raise UsageError(f"n must be at least 1, got {n}", "Use -n 1 or more.")
    path = _source(workspace, episode)
    default = suggestions_folder(workspace, path)
    folder, name = output or default, default.name
    content = fingerprint(path)
    earlier = read_suggestions(folder)
    if keep_existing and _has_files(folder) and (earlier is None or earlier.fingerprint == content):
        pictures = earlier.pictures if earlier else ()  # without a list, they are the user's own
        return [_described(folder, picture, is_new=False) for picture in pictures]
    if output is not None:
        _check_folder(output, earlier, content)
    confidence = _stored(workspace, path, content, choice, reporter)
    if confidence is None:
        confidence = _colored(workspace, path, content, choice, options, reporter)
    return _add_pictures(path, confidence.suggestions[:n], folder, name, earlier, content, reporter)


def suggestions_folder(workspace: Workspace, film: Path) -> Path:
    """Return the folder for the suggested pictures of a film: ``references/NAME`` in the workspace."""
    return workspace.root / "references" / (film.resolve().name if film.is_dir() else film.stem)


def _source(workspace: Workspace, episode: Path) -> Path:
    """Return the file of an episode, which is given as a path or by its name."""
    if episode.exists():
        return episode
    episodes = workspace.load().episodes
    if str(episode) not in episodes:
        raise UnknownNameError("file or episode", str(episode), sorted(episodes))
    path = Path(episodes[str(episode)].source)
    if not path.exists():
        raise SourceError(f"{path} does not exist", f"Give the path of the film of {episode}.")
    return path


def _has_files(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _check_folder(folder: Path, earlier: SuggestionList | None, content: str) -> None:
    """Raise `OutputError` if a folder that the user chose has files other than suggestions for the film."""
    if _has_files(folder) and (earlier is None or earlier.fingerprint != content):
        what = "has suggestions for another film" if earlier else "exists already, and has other files"
        raise OutputError(f"{folder} {what}", "Give another folder with -o.")


def _add_pictures(
    path: Path,
    best: Sequence[Suggestion],
    folder: Path,
    name: str,
    earlier: SuggestionList | None,
    content: str,
    reporter: Reporter,
) -> list[SuggestedReference]:
    """Write the pictures of suggestions that the folder does not have, and the list of all of them."""
    known = {picture.frame: picture for picture in (earlier.pictures if earlier else ())}
    missing = [s for s in best if s.frame not in known or not (folder / known[s.frame].file).exists()]
    written: dict[int, SuggestedPicture] = {}
    if missing:
        # The list comes first, so that the folder is known if this is interrupted.
        listed = SuggestionList(str(path.resolve()), content, tuple(known.values()))
        write_suggestions(folder, listed)
        written = _write(path, sorted(missing, key=lambda s: s.seconds), folder, name, reporter)
    known |= written
    pictures = [known[s.frame] for s in best]
    if missing:
        others = [picture for picture in known.values() if picture not in pictures]
        write_suggestions(folder, replace(listed, pictures=(*pictures, *others)))
    return [_described(folder, p, is_new=p.frame in written and p.fingerprint != "") for p in pictures]


def _described(folder: Path, picture: SuggestedPicture, *, is_new: bool) -> SuggestedReference:
    path = folder / picture.file
    return SuggestedReference(
        path=str(path),
        frame=picture.frame,
        shot=picture.shot,
        covers=picture.covers,
        mends=picture.mends,
        seconds=picture.seconds,
        is_new=is_new,
        is_painted=not is_new and is_painted(path, picture),
    )


def _stored(
    workspace: Workspace, path: Path, content: str, choice: Choice, reporter: Reporter
) -> FilmConfidence | None:
    """Return what the latest colouring of the film by the chosen methods has stored, or None."""
    from cartoonize.coloring.ensemble import choose_ensemble
    from cartoonize.methods.checkpoint import read_header
    from cartoonize.tasks.colored_films import latest_confidence

    if choice == BEST:
        return latest_confidence(workspace, content)
    spec = choose_ensemble(workspace, choice, reporter=reporter)
    members = tuple(member.name for member in spec.members())
    weights = tuple(str(read_header(file)["sha256"]) for file in spec.files)
    return latest_confidence(workspace, content, members=members, weights=weights)


def _colored(
    workspace: Workspace,
    path: Path,
    content: str,
    choice: Choice,
    options: PredictOptions,
    reporter: Reporter,
) -> FilmConfidence:
    """Colour a film without an output, and store its confidence. Its shots are cached as by `colorize`."""
    from cartoonize.annotations.annotations import NO_ANNOTATIONS
    from cartoonize.coloring.film_colors import color_films
    from cartoonize.coloring.film_confidence import begun_confidence, finished_confidence
    from cartoonize.coloring.options import ColorizeOptions, RunOptions
    from cartoonize.coloring.plan import plan_colorize
    from cartoonize.filters.refine import RefineOptions
    from cartoonize.tasks.colored_films import confidence_folder
    from cartoonize.tracking.confidence_file import SUFFIX, write_confidence
    from cartoonize.video import open_source
    from cartoonize.video.decoding import seconds

    reporter.info(
        f"{path.name} has not been coloured {'yet' if choice == BEST else 'by these methods yet'}. Its shots"
        " are coloured and cached now, so that `cartoonize colorize` need not colour them again."
    )
    stored = confidence_folder(workspace) / f"{fingerprint_of([content, choice])[:16]}{SUFFIX}"
    with open_source(path) as source:
        names = {"video": "film.mkv", "image": "film.png", "stills": "film"}
        never_written = stored.parent / names[source.kind]
    with (
        plan_colorize(
            workspace, [path], choice=choice, annotations=NO_ANNOTATIONS,
            options=ColorizeOptions(predict=options, refine=RefineOptions("tracks")), output=never_written,
            run=RunOptions(), reporter=reporter,
        ) as plan,
        closing(color_films(plan)) as films,
    ):  # fmt: skip
        (work,) = plan.films
        begun = begun_confidence(plan, work)
        plan.begin()
        with closing(next(films)) as frames:
            for number, frame in enumerate(frames, 1):
                work.doubts.add_frame(seconds(frame.pts, work.film.source.format))
                reporter.progress(f"colouring {path.name}", number, work.film.n_expected, unit="frames")
        confidence = finished_confidence(begun, work)
    write_confidence(stored, confidence)
    return confidence


def _write(
    path: Path, suggestions: Sequence[Suggestion], folder: Path, name: str, reporter: Reporter
) -> dict[int, SuggestedPicture]:
    """Write the grey pictures of suggested frames, in the order of the film; return them by frame."""
    from cartoonize.video.excerpts import frames_near
    from cartoonize.video.images import write_grey

    written: dict[int, SuggestedPicture] = {}
    frames = frames_near(path, [suggestion.seconds for suggestion in suggestions])
    for number, (suggestion, frame) in enumerate(zip(suggestions, frames, strict=True), 1):
        if frame is None:
            raise SourceError(
                f"{path} has no frame at {suggestion.seconds:.2f} s, where it had one when it was coloured",
                "Colour it again with `cartoonize colorize --again`.",
            )
        file = folder / f"{name}-{suggestion.frame:06d}.png"
        is_there = file.exists()  # a file of the user's, or from an interrupted call
        if not is_there:
            write_grey(file, frame.grey)
        written[suggestion.frame] = SuggestedPicture(
            file=file.name,
            frame=suggestion.frame,
            seconds=suggestion.seconds,
            shot=suggestion.shot,
            covers=suggestion.covers,
            mends=suggestion.mends,
            fingerprint="" if is_there else fingerprint_of_picture(file),
        )
        reporter.progress(f"writing frames of {path.name}", number, len(suggestions), unit="frames")
    return written
