"""A stage as a recipe sees it: its options by name, what it looks at, what it leaves behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from cartoonize.atomic import make_folder
from cartoonize.errors import UsageError
from cartoonize.recipes.option_types import fits, frozen, in_words
from cartoonize.workspace import Workspace, fingerprint_of

Progress = Callable[..., None]
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Step(ABC):
    """One stage of a recipe, ready to run in a workspace."""

    workspace: Workspace
    table: dict[str, Any]
    """Its options, by name."""
    device: str

    options: ClassVar[tuple[type, ...]] = ()
    """Option classes whose fields the table may set."""
    own_keys: ClassVar[tuple[str, ...]] = ()
    """What else it may set."""
    required: ClassVar[tuple[str, ...]] = ()
    """What it must set."""

    @classmethod
    def keys(cls) -> list[str]:
        """Return all that a table of this stage may set."""
        unsettable = {"device", "force", "resume", "dry_run"}
        own = {f.name for kind in cls.options for f in fields(kind)} - unsettable
        return [*cls.own_keys, *sorted(own)]

    @property
    def title(self) -> str:
        """What the user reads."""
        return type(self).__name__.lower()

    def check(self) -> None:
        """Raise `UsageError` if an option is wrong: before the first stage of a recipe runs."""
        for kind in self.options:
            self.chosen(kind)
        for key in {"folder", "output"} & set(self.table):
            self._inside(key)

    def seen(self) -> dict[str, str]:
        """Return fingerprints of all that the result depends on, by name."""
        return {f"option {key}": fingerprint_of(value) for key, value in self.table.items()}

    @abstractmethod
    def left_behind(self) -> str:
        """Return a fingerprint of the result as it stands; it changes if somebody changes the result."""

    @abstractmethod
    def run(self, report: Progress, notify: Notify) -> Any:
        """Do it; return a summary that JSON can hold."""

    def chosen(self, kind: type, **more: Any) -> Any:
        """Return an option object of this class with what the table sets."""
        hints = get_type_hints(kind)
        values = {key: frozen(value) for key, value in self.table.items() if key in hints}
        for key, value in values.items():
            if not fits(value, hints[key]):
                raise UsageError(
                    f"stage {self.title!r}: {key} = {self.table[key]!r}", f"Give {in_words(hints[key])}."
                )
        return kind(**values, **more)

    def names(self, key: str) -> list[str]:
        """Return a value as a list of strings."""
        value = self.table.get(key, [])
        names = [str(v) for v in value] if isinstance(value, list) else [str(value)]
        if any("\0" in name for name in names):
            kind = type(self).__name__.lower()  # a title may hold the name
            raise UsageError(f"stage {kind!r}: {key} holds a NUL", "No file is called so.")
        return names

    def inputs(self, key: str) -> list[Path]:
        """Return files or folders: of the workspace if they are there, else of the current folder.

        Names of episodes stand for their sources; ``*`` is allowed.
        """
        return [path for text in self.names(key) for path in self._found(text)]

    def _found(self, text: str) -> list[Path]:
        episodes = self.workspace.load().episodes
        if text in episodes:
            return [Path(episodes[text].source)]
        if "*" in text:
            base, pattern = Path(text).parent, Path(text).name
            for folder in (self.workspace.root / base, base):
                try:
                    found = sorted(folder.glob(pattern))
                except ValueError as error:
                    raise UsageError(f"{text}: no pattern ({error})", "Give one like *.mkv.") from error
                if found:
                    return found
            raise UsageError(f"{text}: matches no file", "Set it with --set.")
        inside = self.workspace.root / text
        return [inside if inside.exists() else Path(text)]

    def result(self, key: str) -> Path:
        """Return the path of a result, which has to be inside the workspace."""
        path = self._inside(key)
        make_folder(path.parent)
        return path

    def _inside(self, key: str) -> Path:
        if not isinstance(self.table[key], str):
            raise UsageError(f"stage {self.title!r}: {key} = {self.table[key]!r}", "Give a path.")
        path = (self.workspace.root / self.names(key)[0]).resolve()
        if not path.is_relative_to(self.workspace.root.resolve()):
            raise UsageError(
                f"{self.table[key]!r} is outside the workspace", "A recipe writes only inside of it."
            )
        return path


def weights_of(checkpoints: Sequence[Path]) -> list[str]:
    """Return the hashes of checkpoints; of missing ones nothing."""
    from cartoonize.methods.checkpoint import read_header

    return [read_header(path)["sha256"] for path in checkpoints if path.is_file()]


def state_of(paths: Sequence[Path]) -> str:
    """Return a fingerprint of files or folders by size and time of change."""
    state = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        state += [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in inside if f.exists()]
    return fingerprint_of(state)
