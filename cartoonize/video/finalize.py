"""Output files and folders that get their final name only when they are complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import av
from av.container import OutputContainer

from cartoonize.atomic import FinishedHook, do_nothing, locked_output, output_error
from cartoonize.errors import OutputError


@contextmanager
def finalized_output(
    final: Path,
    *,
    folder: bool = False,
    suffixes: Sequence[str] = (".png",),
    force: bool = False,
    on_finished: FinishedHook = do_nothing,
) -> Iterator[Path]:
    """Yield a temporary path; rename it to ``final`` at the end, or remove it after an exception.

    Parameters
    ----------
    final : Path
        Final path of the file or folder.
    folder : bool
        Whether the output is a folder. If so, the temporary folder exists and is empty.
    suffixes : sequence of str
        Suffixes of the files in the folder. An existing folder that contains others is never replaced.
    force : bool
        Replace existing output.
    on_finished : callable
        Called when the output is complete, before it is renamed.

    Raises
    ------
    OutputError
        If the output exists (without ``force``) or cannot be written, the disk is full, or another process is
        writing it.
    """
    with ExitStack() as stack:
        with output_errors(final):
            _check_free(final, folder, suffixes, force)
            part = stack.enter_context(locked_output(final, folder=folder, on_finished=on_finished))
        yield part
        with output_errors(final):
            stack.pop_all().close()


def _check_free(final: Path, folder: bool, suffixes: Sequence[str], force: bool) -> None:
    if not final.parent.is_dir():
        raise OutputError(
            f"{final} cannot be written: there is no folder {final.parent}", "Create the folder first."
        )
    if not final.exists():
        return
    if final.is_dir() != folder:
        raise OutputError(
            f"{final} is a {'file' if folder else 'folder'}", "Use another name for the output."
        )
    if folder and any(_is_foreign(entry, suffixes) for entry in final.iterdir()):
        kinds = " or ".join(suffix[1:].upper() for suffix in suffixes)
        raise OutputError(f"{final} holds more than {kinds} files", "Use another name for the output.")
    if not force:
        raise OutputError(f"{final} exists already", "Use --force to replace it.")


def _is_foreign(entry: Path, suffixes: Sequence[str]) -> bool:
    """Return whether something in a folder is not of an output of this program."""
    if entry.is_dir() and not entry.is_symlink():  # the pictures of a shot
        return any(_is_foreign(inside, suffixes) for inside in entry.iterdir())
    return entry.suffix not in suffixes


@contextmanager
def finalized_container(
    final: Path,
    container: str,
    *,
    force: bool = False,
    on_finished: FinishedHook = do_nothing,
    amend: Callable[[Path], None] | None = None,
) -> Iterator[OutputContainer]:
    """Yield a container that is open for writing; it gets its final name only when it is complete.

    Parameters
    ----------
    final : Path
        Final path of the file.
    container : str
        FFmpeg name of the format.
    force : bool
        Replace existing output.
    on_finished : callable
        Called when the output is complete, before it is renamed.
    amend : callable, optional
        Called with the temporary path when the container is closed; it may change the file.
    """
    # Matroska may start slightly before 0, since sound can have a pre-roll. Without the option, all streams
    # would be shifted. TrueHD and similar codecs count as experimental in MP4.
    options = {"fflags": "+bitexact", "strict": "experimental"}
    if container == "matroska":
        options["avoid_negative_ts"] = "disabled"
    if container in ("mp4", "mov"):  # the unit of start times; the default rounds to milliseconds
        options["movie_timescale"] = "90000"
    with finalized_output(final, force=force, on_finished=on_finished) as part:
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
            if amend is not None:
                amend(part)


@contextmanager
def output_errors(final: Path) -> Iterator[None]:
    """Convert errors of the system or FFmpeg in writing ``final`` to `OutputError`."""
    try:
        yield
    except (OSError, av.FFmpegError) as error:
        raise output_error(final, error) from error
