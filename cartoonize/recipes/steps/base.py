"""Step: one stage of a recipe, with its options, its inputs and its result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from cartoonize.atomic import make_folder
from cartoonize.errors import UsageError
from cartoonize.recipes.option_types import as_tuples, describe_type, is_of_type
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

#: Fields of option classes that a recipe may not set.
_NOT_SETTABLE = {"device", "force", "resume", "dry_run"}


@dataclass(frozen=True)
class Step(ABC):
    """One stage of a recipe, ready to run in a workspace. The stage is named after the class."""

    workspace: Workspace
    table: dict[str, Any]
    """Options by name, as in the recipe."""
    device: str

    options: ClassVar[tuple[type, ...]] = ()
    """Option classes whose fields the table may set."""
    own_keys: ClassVar[tuple[str, ...]] = ()
    """Other keys that the table may set."""
    required: ClassVar[tuple[str, ...]] = ()
    """Keys that the table must set."""
    input_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that name input files. Their content counts, not their paths."""
    always_runs: ClassVar[bool] = False
    """True for a stage that takes seconds and looks itself at what is there already."""

    @classmethod
    def keys(cls) -> list[str]:
        """Return all keys that a table of this stage may set."""
        settable = {f.name for kind in cls.options for f in fields(kind)} - _NOT_SETTABLE
        return [*cls.own_keys, *sorted(settable)]

    @property
    def title(self) -> str:
        """Name shown to the user."""
        return type(self).__name__.lower()

    @abstractmethod
    def work(self) -> str:
        """Return what the step works on in a few words, such as "5 episodes"."""

    def check(self) -> None:
        """Check the options. All stages are checked before the first one runs.

        Raises
        ------
        UsageError
            If an option is wrong.
        """
        for kind in self.options:
            self.build(kind)
        for key in {"folder", "output"} & set(self.table):
            self._inside(key)

    def input_fingerprints(self) -> dict[str, str]:
        """Return fingerprints of everything that the result depends on, by name.

        Input files count by their content, so that files and workspaces can be moved and renamed. The names
        of the entries are part of the ledger's format: a changed name makes the stage run again.
        """
        options = {key: value for key, value in self.table.items() if key not in self.input_keys}
        return {f"option {key}": fingerprint_of(value) for key, value in options.items()}

    @abstractmethod
    def result_fingerprint(self) -> str:
        """Return a fingerprint of the current result, which changes if the result is changed or removed."""

    @abstractmethod
    def run(self, reporter: Reporter) -> Any:
        """Run the step; return a summary that JSON can hold."""

    def build(self, kind: type, **more: Any) -> Any:
        """Return an object of an option class with the values of the table.

        Raises
        ------
        UsageError
            If a value has the wrong type or is out of range.
        """
        hints = get_type_hints(kind)
        values = {key: as_tuples(value) for key, value in self.table.items() if key in hints}
        for key, value in values.items():
            if not is_of_type(value, hints[key]):
                raise self._wrong_value(key, f"Use {describe_type(hints[key])}.")
        return kind(**values, **more)

    def _wrong_value(self, key: str, hint: str) -> UsageError:
        return UsageError(f"stage {self.title!r}: {key} = {self.table[key]!r} is not allowed", hint)

    def check_flag(self, key: str) -> None:
        """Raise `UsageError` if a value is neither true nor false."""
        if not isinstance(self.table.get(key, True), bool):
            raise self._wrong_value(key, "Use true or false.")

    def names(self, key: str) -> list[str]:
        """Return a value as a list of strings; empty if the table does not set it."""
        value = self.table.get(key, [])
        names = [str(v) for v in value] if isinstance(value, list) else [str(value)]
        if any("\0" in name for name in names):
            kind = type(self).__name__.lower()  # a title may contain the name
            raise UsageError(f"stage {kind!r}: {key} contains a NUL character", "No file has such a name.")
        return names

    def inputs(self, key: str) -> list[Path]:
        """Return the files or folders that a value names.

        A path is relative to the workspace if it exists there, else to the current folder. The name of an
        episode stands for its source. ``*`` matches any characters.
        """
        return [path for text in self.names(key) for path in self._found(text)]

    def _found(self, text: str) -> list[Path]:
        episodes = self.workspace.load().episodes
        if text in episodes:
            return [Path(episodes[text].source)]
        if "*" in text:
            return self._matching(text)
        inside = self.workspace.root / text
        return [inside if inside.exists() else Path(text)]

    def _matching(self, text: str) -> list[Path]:
        base, pattern = Path(text).parent, Path(text).name
        for folder in (self.workspace.root / base, base):
            try:
                found = sorted(folder.glob(pattern))
            except ValueError as error:
                raise UsageError(f"{text}: not a valid pattern ({error})", "Use one like *.mkv.") from error
            if found:
                return found
        raise UsageError(f"{text}: matches no file", "Correct it in the recipe, or with --set.")

    def result(self, key: str) -> Path:
        """Return the path of a result inside the workspace, and create its folder."""
        path = self._inside(key)
        make_folder(path.parent)
        return path

    def _inside(self, key: str) -> Path:
        if not isinstance(self.table[key], str):
            raise self._wrong_value(key, "Use a path.")
        path = (self.workspace.root / self.names(key)[0]).resolve()
        if not path.is_relative_to(self.workspace.root.resolve()):
            raise UsageError(
                f"{self.table[key]!r} is outside the workspace", "Use a path inside of it, such as out/x.mkv."
            )
        return path


def content_of(what: str, paths: Sequence[Path]) -> dict[str, str]:
    """Return a fingerprint of the content of existing files and folders, in their order.

    Parameters
    ----------
    what : str
        Name of the entry, such as "the sources".
    paths : sequence of Path
    """
    contents = [fingerprint(path) for path in paths if path.exists()]
    return {what: fingerprint_of(contents)} if contents else {}


def weights_of(checkpoints: Sequence[Path]) -> list[str]:
    """Return the hashes of the existing checkpoints."""
    from cartoonize.methods.checkpoint import read_header

    return [read_header(path)["sha256"] for path in checkpoints if path.is_file()]


def state_of(paths: Sequence[Path]) -> str:
    """Return a fingerprint of files, and of the files in folders, by size and time of change."""
    state = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        state += [[f.name, f.stat().st_size, f.stat().st_mtime_ns] for f in inside if f.exists()]
    return fingerprint_of(state)
