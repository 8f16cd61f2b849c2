"""Check that an HTML page can be written, before the work that it shows begins."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cartoonize.errors import OutputError, UsageError


def check_page(page: Path, inputs: Iterable[Path] = (), *, fast: bool = False, force: bool = False) -> None:
    """Raise an error if a page could not be written.

    Parameters
    ----------
    page : Path
        HTML file to write.
    inputs : iterable of Path
        Files that it must not replace.
    fast : bool
        True if CIEDE2000 is not computed. The page of `cartoonize evaluate` needs it to compare frames.
    force : bool
        Replace an existing page.

    Raises
    ------
    UsageError
        If the name does not end in .html, or ``fast`` is set.
    OutputError
        If the page is a folder, is one of the inputs, exists (without ``force``), or its folder is missing.
    """
    if fast:
        raise UsageError("--html needs CIEDE2000, which --fast skips", "Leave out --fast.")
    if page.is_dir():
        raise OutputError(f"{page}: is a folder", "Name a file in it, such as page.html.")
    if page.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{page}: not the name of an HTML page", "Choose a name that ends in .html.")
    if any(page.resolve() == path.resolve() for path in inputs):
        raise OutputError(f"{page}: is one of the inputs", "Choose another name.")
    if page.exists() and not force:
        raise OutputError(f"{page}: exists already", "Choose another name, or use --force to replace it.")
    if not page.resolve().parent.is_dir():
        raise OutputError(
            f"{page}: there is no folder {page.resolve().parent}", "Create it, or choose another folder."
        )
