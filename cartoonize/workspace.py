"""The workspace folder: its manifest, paths, lock and fingerprints of files.

``manifest.json`` (versioned) lists the episodes, their frames and credits, and the split. It is replaced
atomically, and only by the process that holds the lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from cartoonize.atomic import output_error, write_text
from cartoonize.errors import UnknownNameError, UsageError, WorkspaceError
from cartoonize.film_parts import chapter_of, content_files

FORMAT = "cartoonize-workspace"
VERSION = 2
SETS = ("train", "validation", "test")

Range = tuple[int, int]


@dataclass(frozen=True)
class Credits:
    """Frames that are credits, as half-open ranges of frame indices."""

    detected: tuple[Range, ...] = ()
    marked: tuple[Range, ...] = ()
    """Marked by hand, in addition to the detected ones."""
    unmarked: tuple[Range, ...] = ()
    """Unmarked by hand; these override ``detected`` and ``marked``."""
    confidence: tuple[float, ...] = ()
    """One value per extracted frame, 0..1; at least 0.5 means credits."""

    def covers(self, index: int) -> bool:
        """Return whether the frame with this index is credits."""
        if any(start <= index < stop for start, stop in self.unmarked):
            return False
        return any(start <= index < stop for start, stop in (*self.marked, *self.detected))


@dataclass(frozen=True)
class EpisodeRecord:
    """Entry of one episode in the manifest."""

    name: str
    source: str
    """Absolute path of the source video or folder."""
    sha256: str
    """SHA-256 of the source's content."""
    height: int
    width: int
    frame_rate: str
    """Frames per second as a fraction, ``"24000/1001"``."""
    time_base: str
    """Seconds per unit of pts as a fraction, ``"1/24000"``."""
    n_decoded: int
    """Number of frames of the source."""
    threshold: float
    """Mean squared difference above which a frame was extracted."""
    size: int
    """Side of the extracted pictures, in pixels."""
    frames: tuple[Range, ...] = ()
    """(index, pts) of every extracted frame."""
    credits: Credits = field(default_factory=Credits)
    damage: tuple[str, ...] = ()
    """Damage that was skipped in the source, one line each; since version 2."""

    @property
    def pictures(self) -> list[tuple[int, str]]:
        """(index, file name) of the extracted frames that are not credits."""
        return [(index, picture_name(index)) for index, _ in self.frames if not self.credits.covers(index)]


@dataclass(frozen=True)
class Manifest:
    """Episodes by name and their split into sets."""

    episodes: dict[str, EpisodeRecord] = field(default_factory=dict)
    split: dict[str, list[str]] = field(default_factory=dict)
    """Episode names under ``train``, ``validation`` and ``test``; empty before `cartoonize split`."""

    def episode(self, name: str) -> EpisodeRecord:
        """Return an episode by name, or raise `UnknownNameError`."""
        if name not in self.episodes:
            raise UnknownNameError("episode", name, sorted(self.episodes))
        return self.episodes[name]

    def with_episodes(self, *episodes: EpisodeRecord) -> Manifest:
        """Return a manifest with these episodes added or replaced."""
        return replace(self, episodes={**self.episodes, **{e.name: e for e in episodes}})


@dataclass(frozen=True)
class Workspace:
    """Paths and manifest of one workspace folder."""

    root: Path

    @property
    def manifest_path(self) -> Path:
        """Path of ``manifest.json``."""
        return self.root / "manifest.json"

    @property
    def runs(self) -> Path:
        """Folder of trainings, with one folder per variant."""
        return self.root / "runs"

    @property
    def out(self) -> Path:
        """Folder of coloured videos."""
        return self.root / "out"

    @property
    def reports(self) -> Path:
        """Folder of scores and report pages."""
        return self.root / "reports"

    @property
    def pins(self) -> Path:
        """Path of ``pins.json``, the user's colour decisions (see `cartoonize.annotations.pins`)."""
        return self.root / "pins.json"

    @property
    def tracks(self) -> Path:
        """Path of ``tracks.json``, the user's corrections of tracks (see `annotations.track_edits`)."""
        return self.root / "tracks.json"

    @property
    def paints(self) -> Path:
        """Path of ``paints.json``, the user's paints (see `cartoonize.annotations.paint_rules`)."""
        return self.root / "paints.json"

    @property
    def cuts(self) -> Path:
        """Path of ``cuts.json``, the user's corrections of cuts (see `cartoonize.annotations.cuts`)."""
        return self.root / "cuts.json"

    @property
    def cache(self) -> Path:
        """Folder of files that can be computed again at any time."""
        return self.root / "cache"

    def frames(self, episode: str) -> Path:
        """Return the folder of an episode's extracted pictures."""
        return self.root / "frames" / episode

    def checkpoint(self, run: str) -> Path:
        """Return the path of a run's trained weights."""
        return self.runs / run / "model.safetensors"

    def trained(self) -> list[Path]:
        """Return the checkpoints of all finished runs, by name."""
        return sorted(self.runs.glob("*/model.safetensors"))

    def load(self) -> Manifest:
        """Read the manifest. A new workspace has an empty one.

        Raises
        ------
        WorkspaceError
            If the manifest is damaged or of a newer version, or a link leads out of the workspace.
        """
        path = self.manifest_path
        self._check_links()
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Manifest()
        except (OSError, UnicodeDecodeError) as error:
            raise WorkspaceError(f"{path}: cannot be read ({error})", _RESTORE) from error
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise WorkspaceError(f"{path}: damaged, not valid JSON ({error})", _RESTORE) from error
        return _manifest_from(path, data)

    def save(self, manifest: Manifest) -> None:
        """Replace the manifest. Call it only inside `locked`."""
        data = {
            "format": FORMAT,
            "version": VERSION,
            "episodes": {name: asdict(episode) for name, episode in manifest.episodes.items()},
            "split": manifest.split,
        }
        write_text(self.manifest_path, json.dumps(data, indent=1) + "\n")

    @contextmanager
    def locked(self, *, new: bool = False) -> Iterator[None]:
        """Lock the workspace for writing. The lock ends with the process that holds it.

        Parameters
        ----------
        new : bool
            Create the workspace if it does not exist.

        Raises
        ------
        WorkspaceError
            If another process holds the lock, or the workspace has no episodes and ``new`` is false.
        """
        path = self.root / ".lock"
        if not new and not self.manifest_path.exists():
            raise WorkspaceError(f"{self.root}: no episodes yet", "Run `cartoonize extract` first.")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file = path.open("w")
        except OSError as error:
            raise output_error(self.root, error) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise WorkspaceError(
                    f"{self.root}: another cartoonize process is using this workspace",
                    "Wait until it ends, or use another workspace with -w.",
                ) from error
            yield

    def _check_links(self) -> None:
        """Refuse links that lead out of the workspace, since it may come from somebody else."""
        for pattern in ("*", "frames/*", "runs/*"):
            for path in self.root.glob(pattern):
                if path.is_symlink() and not path.resolve().is_relative_to(self.root.resolve()):
                    raise WorkspaceError(
                        f"{path}: leads out of the workspace, to {path.resolve()}",
                        "Replace the link by the file or folder itself, or use another workspace with -w.",
                    )

    def set_of(self, manifest: Manifest, name: str) -> list[EpisodeRecord]:
        """Return the episodes of ``train``, ``validation`` or ``test``."""
        return [manifest.episode(episode) for episode in manifest.split.get(name, [])]

    def training_episodes(self, manifest: Manifest) -> list[EpisodeRecord]:
        """Return the training set; all episodes if there is no split."""
        return self.set_of(manifest, "train") if manifest.split else list(manifest.episodes.values())

    def picture_paths(self, episodes: Sequence[EpisodeRecord]) -> list[Path]:
        """Return the paths of the extracted pictures of episodes, without credits."""
        return [self.frames(e.name) / file for e in episodes for _, file in e.pictures]

    def some_pictures(self, episodes: Sequence[EpisodeRecord], n: int) -> list[Path]:
        """Return at most so many of the paths of `picture_paths`, evenly spread."""
        import numpy as np

        paths = self.picture_paths(episodes)
        chosen = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), n)).round().astype(int))
        return [paths[k] for k in chosen.tolist()]


def picture_name(index: int) -> str:
    """Return the file name of an extracted frame."""
    return f"{index:06d}.png"


def episode_name(source: Path, taken: dict[str, EpisodeRecord]) -> str:
    """Return a unique name for an episode, from the name of its file.

    A source that is in ``taken`` already keeps its name. A new source whose file name is taken gets the name
    of its folder in front.
    """
    resolved = str(source.resolve())
    stem = source.resolve().name if source.is_dir() else source.stem
    candidates = [_plain(stem), _plain(f"{source.resolve().parent.name}-{stem}")]
    candidates += [f"{candidates[1]}-{number}" for number in range(2, 1000)]
    for name in candidates:
        if name not in taken or taken[name].source == resolved:
            return name
    raise UsageError(f"{source}: a thousand episodes have this name already", "Rename the file.")


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's content, or of the names and contents of the files of a folder or disc.

    Raises
    ------
    UsageError
        If it is a device or a pipe, whose content may not end.
    """
    digest = hashlib.sha256()
    if (chapter := chapter_of(path)) is not None:
        return fingerprint_of([fingerprint(chapter[0]), chapter[1]])
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UsageError(f"{path} is a device or a pipe, not a file", "Name a file or a folder.")
    if path.is_dir():
        for file in content_files(path):
            digest.update(f"{file.name}\n{fingerprint(file)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fingerprint_of(value: Any) -> str:
    """Return the SHA-256 of a value that JSON can represent."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


_RESTORE = "Restore it from a backup, or move it away and run `cartoonize extract` again."
_NAME = re.compile(r"[\w][\w .+\-]*")
_FRACTION = re.compile(r"0*[1-9]\d{0,11}(/\d{1,12})?")
_KINDS: dict[str, Any] = {"str": str, "int": int, "float": (int, float)}


def _plain(name: str) -> str:
    """Replace characters that are unsafe in file names, and shorten to 200 bytes."""
    short = re.sub(r"[^\w .+\-]", "_", name).lstrip(" .+-").encode()[:200].decode(errors="ignore")
    return short.rstrip(" .-") or "episode"


def _manifest_from(path: Path, data: Any) -> Manifest:
    def broken(what: str) -> WorkspaceError:
        return WorkspaceError(f"{path}: damaged ({what})", _RESTORE)

    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise broken("not a manifest of cartoonize")
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise broken(f"version {version!r}")
    if version > VERSION:
        raise WorkspaceError(
            f"{path}: made by a newer cartoonize (version {version}, this one reads {VERSION})",
            "Update cartoonize, or use another workspace with -w.",
        )
    try:
        if version < 2:
            data["episodes"] = {name: {"damage": [], **record} for name, record in data["episodes"].items()}
        episodes = {name: _episode_from(name, record) for name, record in data["episodes"].items()}
        split = {part: [str(name) for name in names] for part, names in data["split"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise broken(f"{type(error).__name__}: {error}") from error
    assigned = [name for names in split.values() for name in names]
    if not set(split) <= set(SETS) or not set(assigned) <= set(episodes):
        raise broken("the split names unknown sets or episodes")
    if len(set(assigned)) < len(assigned):
        raise broken("an episode is in two sets of the split")
    return Manifest(episodes, split)


def _episode_from(name: str, record: dict[str, Any]) -> EpisodeRecord:
    if not _NAME.fullmatch(name) or record["name"] != name:
        raise ValueError(f"episode name {name!r}")
    for known in fields(EpisodeRecord):
        if not isinstance(record[known.name], _KINDS.get(str(known.type), object)):
            raise TypeError(f"{known.name} of {name} is {record[known.name]!r}")
    for fraction in ("frame_rate", "time_base"):
        if not _FRACTION.fullmatch(record[fraction]):
            raise ValueError(f"{fraction} of {name} is {record[fraction]!r}")
        Fraction(record[fraction])  # a denominator of 0 is an error, too
    if "\0" in record["source"]:
        raise ValueError(f"source of {name} holds a NUL")
    credits = record["credits"]
    ranges = {key: _ranges(credits[key]) for key in ("detected", "marked", "unmarked")}
    confidence = tuple(float(c) for c in credits["confidence"])
    return EpisodeRecord(
        **{
            **record,
            "frames": _ranges(record["frames"]),
            "credits": Credits(**ranges, confidence=confidence),
            "damage": tuple(str(line) for line in record["damage"]),
        }
    )


def _ranges(pairs: Any) -> tuple[Range, ...]:
    ranges = tuple((first, second) for first, second in pairs)
    if not all(isinstance(first, int) and isinstance(second, int) and first >= 0 for first, second in ranges):
        raise TypeError("ranges and frames must be pairs of integers, the first at least 0")
    return ranges
