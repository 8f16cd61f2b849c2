"""Session: everything that one server of the review page keeps, for one workspace."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from cartoonize.annotations.cuts import Cut
from cartoonize.errors import CartoonizeError, UnknownNameError, UsageError
from cartoonize.review.again import SERIES, again_arguments
from cartoonize.review.bundle import bundle, changes_of, summary
from cartoonize.review.canvas import grey_frame, png
from cartoonize.review.chooser import Chooser
from cartoonize.review.corrections import Corrections, is_accepted
from cartoonize.review.events import Events
from cartoonize.review.export import check_export
from cartoonize.review.films import ColoredFilm, find_films
from cartoonize.review.job import Jobs
from cartoonize.review.journal import Journal
from cartoonize.review.located import Located
from cartoonize.review.locks import Locks
from cartoonize.review.outlines import described
from cartoonize.review.paintings import Paintings
from cartoonize.review.paints import Paints
from cartoonize.review.pictures import Pictures
from cartoonize.review.preview import Preview
from cartoonize.review.settings import Settings
from cartoonize.review.similar_things import SimilarThings
from cartoonize.review.state import ReviewState
from cartoonize.review.thumbnails import Thumbnails
from cartoonize.tasks.colored_films import confidence_files, confidence_folder
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.workspace import Workspace

#: Smallest time between two events about the progress of a job, in seconds.
_SPACING = 0.25
#: Largest length of a training, in updates.
_MAX_UPDATES = 1_000_000


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
        self.corrections = Corrections(workspace, self.journal, self._shot_changed)
        self.preview = Preview(
            self.journal, self.corrections, lambda: self.films, lambda: self.events.publish("changes", {})
        )
        self.paintings = Paintings(workspace)
        self.paints = Paints(workspace)
        self.similar = SimilarThings(workspace, lambda: self.events.publish("similar", {}))
        self.located = Located(workspace, lambda: self.events.publish("located", {}))
        self.settings = Settings(workspace.root / "review" / "settings.json")
        self._locks = Locks(workspace)
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
            if state == self._files:
                return
            self._films, self._files = None, state
        self.reconcile()

    def reconcile(self) -> None:
        """Make the files of the workspace follow the journal, as after a kill between the two."""
        try:
            state = self.journal.state()
            if state.known_pins or state.known_marks or state.paint_rules:
                self.corrections.files.write(state)
            self.paintings.reconcile(state, self.films)
            for key, accepted in state.accepted.items():
                if key in self.films:
                    self._locks.follow(self.films[key], accepted)
        except CartoonizeError as error:  # the page must be there to say so
            logging.getLogger("cartoonize").warning("%s", error)

    def shot(self, film: str, start: int) -> tuple[ColoredFilm, ShotDoubt]:
        """Return a film and its shot that begins with a frame, or raise `UnknownNameError`."""
        found = self.film(film)
        return found, found.shot_at(start)

    def act(self, version: int, kind: str, arguments: Mapping[str, Any]) -> ReviewState:
        """Add an action to the journal and tell all pages; see `Journal.add`."""
        film = arguments.get("film")
        if film is not None and str(film) not in self.films:
            raise UnknownNameError("film", str(film), self.films)
        before = self.journal.state()
        change = _change_of(before, kind)
        if change in ("pin", "unpin", "pins", "unpins", "mark"):
            self._check_idle()
            if kind == change:
                found = self.films[str(film)], self._shot_with(str(film), arguments.get("frame"))
                complete = (
                    self.corrections.marked if kind == "mark" else partial(self.corrections.completed, kind)
                )
                arguments = complete(*found, arguments, before)
        elif change == "rule":
            self._check_idle()
            if kind == change:
                arguments = self.corrections.rule(arguments)
        elif kind == "paint":
            arguments = self.paintings.completed(self.films[str(film)], arguments)
        elif change in ("accept", "reopen"):
            self.corrections.wait_for()  # the colours that are kept must be those of all pins
        after = self.journal.add(version, kind, arguments)
        try:
            self._follow(before, after)
        finally:
            self.events.publish("state", {"version": after.version})
        return after

    def _check_idle(self) -> None:
        """Raise `UsageError` if a job is running."""
        if self.jobs.is_working:
            raise UsageError("the films are being coloured", "Wait until the work ends, or stop it.")

    def _follow(self, before: ReviewState, after: ReviewState) -> None:
        """Do in the workspace what the state says."""
        self.paintings.follow(before, after, self.films)
        for key, film in self.films.items():
            accepted = after.accepted.get(key, frozenset())
            if accepted != before.accepted.get(key, frozenset()):
                self._locks.follow(film, accepted)
        of_paints = after.paint_rules != before.paint_rules
        if after.pins == before.pins and after.marks == before.marks and not of_paints:
            return
        self.corrections.files.write(after)
        shots = [self.shot(*key) for key in self.corrections.open_shots.names()] if of_paints else []
        shots = [one for one in shots if not is_accepted(after, *one)]
        for key, film in self.films.items():
            changed = [
                *set(after.pins.get(key, ())) ^ set(before.pins.get(key, ())),
                *set(after.marks.get(key, ())) ^ set(before.marks.get(key, ())),
            ]
            # Shots follow their cuts when the film is coloured again, since networks must look at them.
            here = [one for one in changed if not isinstance(one, Cut)]
            starts = {self._shot_with(key, one.frame).start for one in here}
            shots += [(film, film.shot_at(start)) for start in sorted(starts)]
        self.corrections.recolor(shots)

    def _shot_with(self, film: str, frame: Any) -> ShotDoubt:
        """Return the shot of a film with a frame, or raise `UsageError`."""
        shots = self.films[film].shots
        found = None
        if type(frame) is int:
            found = next((shot for shot in shots if shot.start <= frame < shot.stop), None)
        if found is None:
            raise UsageError(f"{frame!r} is not a frame of the film", "Load the page again.")
        return found

    def saved_corrections(self) -> bytes:
        """Return all corrections and painted frames as a ZIP archive; see `bundle`."""
        return bundle(self.workspace, self.films, self.paintings)

    def add_corrections(self, content: bytes) -> dict[str, Any]:
        """Add the corrections of an archive from `bundle` as actions; return how many were added or not.

        Raises
        ------
        UsageError
            If it is not such an archive, a job is running, or an accepted shot would change.
        """
        self._check_idle()
        before = self.journal.state()
        changes, n_left = changes_of(content, self.films, self.corrections.files, self.paintings)
        for change in changes:
            for one in change.arguments.get("pins", change.arguments.get("new", [])):
                film = str(change.arguments["film"])
                shot = self._shot_with(film, one["frame"])
                if is_accepted(before, self.films[film], shot):
                    raise UsageError(
                        f"shot {shot.shot + 1} of {self.films[film].name} is accepted, and would change",
                        "Reopen it first.",
                    )
        after = before
        try:
            for change in changes:
                after = self.journal.add(after.version, change.kind, change.arguments)
            self._follow(before, after)
        finally:
            self.events.publish("state", {"version": after.version})
        return summary(changes, n_left)

    def again(self) -> None:
        """Start to colour all films again with the present pins; see `Jobs.start`.

        Raises
        ------
        UsageError
            If a job is running, or it is not known how a film was coloured.
        """
        self.corrections.wait_for()
        self.jobs.start("again", again_arguments(self.films, self.jobs.as_json(), self.device))

    def export(self, codec: str, crf: int | None) -> None:
        """Start to write the films in a format, with all corrections; see `Jobs.start`.

        Raises
        ------
        UsageError
            If there is no such format, a job is running, or it is not known how a film was coloured.
        """
        check_export(codec, crf)
        self.corrections.wait_for()
        arguments = again_arguments(self.films, self.jobs.as_json(), self.device)
        self.jobs.start("export", {**arguments, "export": {"codec": codec, "crf": crf}})

    def suggest(self) -> None:
        """Start to choose the frames of all films that are worth painting; see `Jobs.start`.

        Raises
        ------
        UsageError
            If a job is running, or there is no film.
        """
        if not self.films:
            raise UsageError("no film is coloured yet", "Choose films and colour them.")
        series = {n: v for n, v in self.jobs.as_json()["arguments"].items() if n in SERIES}
        sources = [str(film.source) for film in self.films.values()]
        self.jobs.start("suggest", {**series, "device": self.device, "suggest": sources})

    def painted(self) -> dict[str, Any]:
        """Return the suggested and the painted frames of all films, for the page."""
        listed = {key: self.paintings.listing(film) for key, film in self.films.items()}
        unknown = {
            row["content"]: suggestions_folder(self.workspace, self.films[key].source) / row["name"]
            for key, rows in listed.items()
            for row in rows
            if "frame" not in row
        }
        self.located.look_for(unknown, self.films)
        for content in unknown:
            place = self._place(content)
            for row in (row for rows in listed.values() for row in rows if row["content"] == content):
                row["place"] = place
        films = [{"key": key, "name": self.films[key].name, "pictures": rows} for key, rows in listed.items()]
        return {"films": films, "waiting": self.paintings.n_waiting(self.films)}

    def _place(self, content: str) -> dict[str, Any] | None:
        """Return which frame a picture shows, for the page; None if that is not known yet."""
        found = self.located.place(content, self.films)
        return {"film": found[0], "frame": found[1].frame, "seconds": found[1].seconds} if found else None

    def film(self, key: str) -> ColoredFilm:
        """Return a film, or raise `UnknownNameError`."""
        if key not in self.films:
            raise UnknownNameError("film", key, self.films)
        return self.films[key]

    def painting(self, film: str, name: str) -> Path:
        """Return the file of a suggested or painted frame, or raise `UnknownNameError`."""
        return self.paintings.path(self.film(film), name)

    def canvas(self, film: str, index: int) -> bytes:
        """Return the grey picture of a frame as PNG; see `cartoonize.review.canvas.grey_frame` for errors."""
        return png(grey_frame(self.film(film), index))

    def keep_painting(self, content: bytes, film: str | None = None, frame: str | None = None) -> str:
        """Keep a picture that a page sends; return its SHA-256.

        Parameters
        ----------
        content : bytes
            The picture.
        film, frame : str, optional
            Key of the film and index of the frame, if it was painted in the page.

        Raises
        ------
        UnknownNameError, UsageError
            As for `Paintings.keep` and `Paintings.keep_painted`, or if ``frame`` is not a number.
        """
        if film is None and frame is None:
            return self.paintings.keep(content)
        if frame is None or not re.fullmatch(r"[0-9]{1,9}", frame):
            raise UsageError("the picture has no number of a frame", "Load the page again.")
        of, index = self.film(film or ""), int(frame)
        kept = self.paintings.keep_painted(content, of, index)
        self.located.note(kept, of, index, self.films)
        return kept

    def learn(self, colored: Sequence[Any], grey: Sequence[Any], updates: int | None = None) -> None:
        """Start to learn from films and to colour others; see `Jobs.start`.

        Parameters
        ----------
        colored, grey : sequence of str
            Absolute paths from a request.
        updates : int, optional
            Length of the training; default: the network's own.

        Raises
        ------
        UsageError
            If a path may not be chosen, there is nothing to colour, the length is wrong, or a job is running.
        """
        if updates is not None and not 0 < updates <= _MAX_UPDATES:
            raise UsageError(f"the length of the training is {updates} updates", "Choose another length.")
        known, to_color = (
            [str(self.chooser.allowed(str(path))) for path in some] for some in (colored, grey)
        )
        if not to_color:
            raise UsageError("no films to colour are chosen", "Choose the black-and-white films.")
        length = {} if updates is None else {"updates": updates}
        self.jobs.start("learn", {"colored": known, "grey": to_color, **length, "device": self.device})

    def close(self) -> None:
        """End all connections, and let the job end at its next safe point."""
        self.events.close()
        self.pictures.close()
        self.corrections.close()
        self.thumbnails.close()
        self.located.close()
        self.similar.close()
        self.jobs.close()

    def _shot_changed(self, film: ColoredFilm, shot: ShotDoubt, error: str) -> None:
        """Tell the pages that a shot is open, or has new colours, or why not."""
        data = {"film": film.key, "start": shot.start, **self.shot_state(film, shot), "error": error}
        self.events.publish("shot", data)

    def open_shot(self, film: ColoredFilm, shot: ShotDoubt) -> dict[str, Any]:
        """Begin to open a shot for corrections, and return whether it is ready."""
        opening = self.corrections.open_shots.open(film, shot)
        error = opening.exception() if opening.done() else None
        is_ready = opening.done() and error is None
        return {**self.shot_state(film, shot), "is_ready": is_ready, "error": str(error or "")}

    def thing(
        self, film: ColoredFilm, shot: ShotDoubt, index: int, places: Sequence[Sequence[float]]
    ) -> dict[str, Any]:
        """Return the thing at some places of a frame of an open shot.

        Raises
        ------
        UnknownNameError
            If the frame is not in the shot.
        UsageError
            If the shot is not open.
        """
        if not shot.start <= index < shot.stop:
            raise UnknownNameError("frame", str(index), [f"{shot.start} to {shot.stop - 1}"])
        return {"thing": described(self.corrections.opened(film, shot), index, places)}

    def similar_to(
        self, film: ColoredFilm, shot: ShotDoubt, index: int, place: tuple[float, float]
    ) -> dict[str, Any]:
        """Return what looks like the thing at a place of a frame, in coloured pictures.

        Raises
        ------
        UsageError
            If the shot is not open.
        """
        found = None
        if shot.start <= index < shot.stop:
            found = self.corrections.opened(film, shot).part_at(index, place)
        return {"similar": self.similar.find(*found) if found is not None else []}

    def timeline(self, film: ColoredFilm, shot: ShotDoubt) -> dict[str, Any]:
        """Return where the pins of an open shot count, where things are divided, and transitions.

        Raises
        ------
        UsageError
            If the shot is not open.
        """
        return self.corrections.opened(film, shot).timeline(self.corrections.files.pins_on(film))

    def shot_state(self, film: ColoredFilm, shot: ShotDoubt) -> dict[str, Any]:
        """Return how far a shot is with its corrections, and the tag of its colours."""
        is_busy = self.corrections.is_recoloring(film, shot)
        return {"tag": film.tag(shot), "is_changed": film.has_changed(shot), "is_recoloring": is_busy}

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
            self.reconcile()
            self.similar.forget()
            self.events.publish("films", {})
        self._told = now, state
        self.events.publish("job", job)


def _change_of(state: ReviewState, kind: str) -> str:
    """Return the kind of the change that an action makes; of undo and redo, that of the action they move."""
    actions = {"undo": state.done, "redo": state.undone}.get(kind)
    return kind if actions is None else actions[-1].change.kind if actions else ""
