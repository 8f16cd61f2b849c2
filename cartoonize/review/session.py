"""Session: everything that one server of the review page keeps, for one workspace."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.chooser import Chooser
from cartoonize.review.events import Events
from cartoonize.review.films import ColoredFilm, find_films
from cartoonize.review.job import Jobs
from cartoonize.review.journal import Journal
from cartoonize.review.pictures import Pictures
from cartoonize.review.state import ReviewState
from cartoonize.review.thumbnails import Thumbnails
from cartoonize.tasks.colored_films import confidence_files, confidence_folder
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.workspace import Workspace

#: Smallest time between two events about the progress of a job, in seconds.
_SPACING = 0.25


class ReviewSession:
    """The films, the journal, the job and the pages of one workspace.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    device : str
        Device that runs networks: ``auto``, ``cpu`` or ``cuda``.
    home : Path, optional
        Folder below which films may be chosen; default: the home folder.
    """

    def __init__(self, workspace: Workspace, *, device: str = "auto", home: Path | None = None) -> None:
        self.workspace, self.device = workspace, device
        self.events = Events()
        self.journal = Journal(workspace.root / "review" / "journal.jsonl")
        self.jobs = Jobs(workspace, self._job_changed)
        self.chooser = Chooser({"Home": home or Path.home(), "Workspace": workspace.root})
        self.pictures, self.thumbnails = Pictures(), Thumbnails(workspace)
        self._films: dict[str, ColoredFilm] | None = None
        self._files: dict[Path, int] = {}
        """Confidence files from which the films were found, and their times."""
        self._lock = Lock()
        self._told: tuple[float, Any] = (0.0, None)
        """Time of the latest event about the job, and the state that it told."""

    @property
    def films(self) -> Mapping[str, ColoredFilm]:
        """The coloured films, by key."""
        with self._lock:
            if self._films is None:
                self._films = {film.key: film for film in find_films(self.workspace)}
            return self._films

    def refresh(self) -> None:
        """Find the films again if another command has coloured some since."""
        files = (*confidence_files(self.workspace), *confidence_folder(self.workspace).glob("*"))
        state = {path: path.stat().st_mtime_ns for path in files if path.exists()}
        with self._lock:
            if state != self._files:
                self._films, self._files = None, state

    def shot(self, film: str, start: int) -> tuple[ColoredFilm, ShotDoubt]:
        """Return a film and its shot that begins with a frame, or raise `UnknownNameError`."""
        if film not in self.films:
            raise UnknownNameError("film", film, self.films)
        return self.films[film], self.films[film].shot_at(start)

    def act(self, version: int, kind: str, arguments: Mapping[str, Any]) -> ReviewState:
        """Add an action to the journal and tell all pages; see `Journal.add`."""
        film = arguments.get("film")
        if film is not None and str(film) not in self.films:
            raise UnknownNameError("film", str(film), self.films)
        after = self.journal.add(version, kind, arguments)
        self.events.publish("state", {"version": after.version})
        return after

    def learn(self, colored: Sequence[Any], grey: Sequence[Any]) -> None:
        """Start to learn from films and to colour others; see `Jobs.start`.

        Parameters
        ----------
        colored, grey : sequence of str
            Absolute paths from a request.

        Raises
        ------
        UsageError
            If a path may not be chosen, there is nothing to colour, or a job is running.
        """
        known, to_color = (
            [str(self.chooser.allowed(str(path))) for path in some] for some in (colored, grey)
        )
        if not to_color:
            raise UsageError("no films to colour are chosen", "Choose the black-and-white films.")
        self.jobs.start("learn", {"colored": known, "grey": to_color, "device": self.device})

    def close(self) -> None:
        """End all connections, and let the job end at its next safe point."""
        self.events.close()
        self.pictures.close()
        self.thumbnails.close()
        self.jobs.close()

    def _job_changed(self) -> None:
        """Tell the pages about the job, and forget the films if it has ended."""
        job = self.jobs.as_json()
        state = (job["state"], job["stage"], len(job["messages"]))
        now = time.monotonic()
        if state == self._told[1] and now - self._told[0] < _SPACING:
            return
        if job["state"] not in ("running", "stopping") and self._told[1] and state[0] != self._told[1][0]:
            with self._lock:
                self._films = None
            self.events.publish("films", {})
        self._told = now, state
        self.events.publish("job", job)
