"""Results appear under their final name when they are whole, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import av
from av.container import OutputContainer

from cartoonize.atomic import WhenWhole, appearing, nothing, output_error
from cartoonize.errors import OutputError


@contextmanager
def appearing_whole(
    final: Path, *, folder: bool = False, force: bool = False, when_whole: WhenWhole = nothing
) -> Iterator[Path]:
    """Yield a temporary name beside ``final``; rename it at the end, or remove it after an exception.

    Parameters
    ----------
    final : Path
        The file or folder that shall appear.
    folder : bool
        Whether it is a folder of PNG pictures, which is there, empty; an existing folder with anything else
        is never replaced.
    force : bool
        Replace an existing one.
    when_whole : callable
        Called before it gets its final name.

    Raises
    ------
    OutputError
        If it exists (without ``force``), cannot be written, the disk is full, or another process writes it.
    """
    with ExitStack() as stack:
        with output_errors(final):
            _check_free(final, folder, force)
            part = stack.enter_context(appearing(final, folder=folder, when_whole=when_whole))
        yield part
        with output_errors(final):
            stack.pop_all().close()


def _check_free(final: Path, folder: bool, force: bool) -> None:
    if not final.parent.is_dir():
        raise OutputError(f"{final} cannot be written: there is no folder {final.parent}", "Make it first")
    if not final.exists():
        return
    if final.is_dir() != folder:
        raise OutputError(f"{final} is a {'file' if folder else 'folder'}", "Give the output another name")
    if folder and any(entry.suffix != ".png" for entry in final.iterdir()):
        raise OutputError(f"{final} holds more than PNG pictures", "Give the output another name")
    if not force:
        raise OutputError(f"{final} exists already", "Use --force to replace it")


@contextmanager
def container_appearing(
    final: Path, container: str, *, force: bool = False, when_whole: WhenWhole = nothing
) -> Iterator[OutputContainer]:
    """Yield a container open for writing; it appears as ``final``, complete, or not at all.

    Parameters
    ----------
    final : Path
        The file that shall appear.
    container : str
        FFmpeg's name of the format.
    force : bool
        Replace an existing one.
    when_whole : callable
        Called before it gets its final name.
    """
    # Matroska may start a little before 0, where sound has its run-up; else all of it would be moved.
    # TrueHD and the like count as experimental in MP4.
    options = {"fflags": "+bitexact", "strict": "experimental"}
    if container == "matroska":
        options["avoid_negative_ts"] = "disabled"
    if container in ("mp4", "mov"):  # in whose units starts are told; else they are rounded to milliseconds
        options["movie_timescale"] = "90000"
    with appearing_whole(final, force=force, when_whole=when_whole) as part:
        with output_errors(final):
            out = av.open(f"file:{part}", "w", format=container, container_options=options)
        try:
            yield out
        except BaseException:
            with suppress(av.FFmpegError, OSError):
                out.close()
            raise
        with output_errors(final):
            out.close()


@contextmanager
def output_errors(final: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg says about writing ``final`` into an OutputError."""
    try:
        yield
    except (OSError, av.FFmpegError) as error:
        raise output_error(final, error) from error
