"""Chooser: the folders and films of this machine that the page shows, below a few folders only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.tasks.series_films import VIDEO_SUFFIXES

#: Largest number of entries of a folder that are shown.
_MAX_ENTRIES = 2000


@dataclass(frozen=True)
class Chooser:
    """Folders below which paths may be chosen.

    Parameters
    ----------
    roots : mapping of str to Path
        The folders by name, the one with which the page begins first.
    """

    roots: Mapping[str, Path]

    def allowed(self, text: str) -> Path:
        """Return the path that a request names, with links resolved.

        Raises
        ------
        UsageError
            If it does not exist, or is not below one of the roots.
        """
        if not text or "\0" in text or not Path(text).is_absolute():
            raise UsageError(f"{text!r} is not an absolute path", "Choose a folder from the list.")
        try:
            path = Path(text).resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"{text!r} does not exist", "Choose a folder from the list.") from error
        if not any(path.is_relative_to(root) for root in self._resolved().values()):
            raise UsageError(
                f"{path} is not below the home folder or the workspace",
                "Choose a folder from the list, or move the films there.",
            )
        return path

    def listing(self, text: str) -> dict[str, Any]:
        """Return the content of a folder: its folders and films by name, without hidden ones.

        Parameters
        ----------
        text : str
            Absolute path of a folder; "" for the first root.

        Raises
        ------
        UsageError
            If the folder may not be shown or cannot be read.
        """
        named = self._resolved()
        roots = list(named.values())
        path = self.allowed(text or str(roots[0]))
        if not path.is_dir():
            raise UsageError(f"{path} is not a folder", "Choose a folder from the list.")
        try:
            entries = sorted(path.iterdir(), key=lambda entry: entry.name.casefold())
        except OSError as error:
            reason = f"{path}: cannot be read ({error.strerror})"
            raise UsageError(reason, "Choose another folder.") from error
        shown = [e for e in entries if not e.name.startswith(".") and self._is_shown(e, roots)]
        parent = path.parent if any(path.parent.is_relative_to(root) for root in roots) else None
        return {
            "path": str(path),
            "parent": str(parent) if parent else None,
            "roots": [{"name": name, "path": str(root)} for name, root in named.items()],
            "folders": [e.name for e in shown if e.is_dir()][:_MAX_ENTRIES],
            "films": [e.name for e in shown if _is_film(e)][:_MAX_ENTRIES],
        }

    def _resolved(self) -> dict[str, Path]:
        """Return the roots that exist, with links resolved."""
        found: dict[str, Path] = {}
        for name, root in self.roots.items():
            path = root.resolve()
            if path.is_dir() and path not in found.values():
                found[name] = path
        return found

    @staticmethod
    def _is_shown(entry: Path, roots: Sequence[Path]) -> bool:
        """Return whether an entry can be encoded as text, and does not lead out of the roots."""
        try:
            str(entry).encode()
            target = entry.resolve(strict=True)
        except (OSError, RuntimeError, UnicodeEncodeError):
            return False
        return any(target.is_relative_to(root) for root in roots)


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()
