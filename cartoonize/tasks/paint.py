"""Paint suggested frames from a coloured original, to try a flow without a person."""

from __future__ import annotations

from pathlib import Path

from cartoonize.annotations.suggestions import read_suggestions
from cartoonize.errors import SourceError
from cartoonize.reporting import LOG, Reporter


def paint_suggestions(
    suggestions: Path, original: Path, output: Path, *, reporter: Reporter = LOG
) -> list[Path]:
    """Write the suggested frames of a film in the colours of its original.

    Parameters
    ----------
    suggestions : Path
        Folder that `suggest_references` wrote.
    original : Path
        The film in colour.
    output : Path
        Folder for the coloured pictures. They have the names of the suggested ones. Other pictures of
        earlier suggestions are removed from it.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of Path
        The coloured pictures, the best suggestion first.

    Raises
    ------
    SourceError
        If the folder has no list of suggestions, or the original is shorter than the film.
    """
    from cartoonize.report.contact_sheet import write_png
    from cartoonize.video.excerpts import frames_near

    listed = read_suggestions(suggestions)
    if listed is None:
        raise SourceError(
            f"{suggestions}: has no list of suggestions", "Run `cartoonize references suggest`."
        )
    pictures = sorted(listed.pictures, key=lambda picture: picture.seconds)
    for stale in output.glob("*.png"):
        if stale.name not in {picture.file for picture in pictures}:
            stale.unlink()
    frames = frames_near(original, [picture.seconds for picture in pictures])
    for number, (picture, frame) in enumerate(zip(pictures, frames, strict=True), 1):
        if frame is None or frame.rgb is None:
            raise SourceError(
                f"{original} has no frame at {picture.seconds:.2f} s", "Use the original of the whole film."
            )
        write_png(output / picture.file, frame.rgb)
        reporter.progress("painting", number, len(pictures))
    return [output / picture.file for picture in listed.pictures]
