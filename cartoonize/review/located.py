"""Located: which frames of which films the pictures of a person show, found in a thread and kept."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cartoonize.annotations import locate as locate_module
from cartoonize.annotations import references as references_module
from cartoonize.annotations.locate import Sighting, locate
from cartoonize.annotations.references import Reference, read_reference
from cartoonize.atomic import write_text
from cartoonize.errors import CartoonizeError
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.frames import Frame
    from cartoonize.review.films import ColoredFilm

#: Kept places count only if they were found in the same way.
_VERSIONS = [locate_module.VERSION, references_module.VERSION]


@dataclass(frozen=True)
class Place:
    """The frame of one film that is most like a picture."""

    frame: int = -1
    """Index of the frame; -1 if no frame of the film looks like the picture."""
    seconds: float = 0.0
    """Time of the frame from the start of the film."""
    likeness: float = -1.0
    """Correlation of details, -1..1; see `cartoonize.annotations.locate.Sighting`."""


class Located:
    """The places of pictures, by their content, in ``cache/review/located.json``.

    Parameters
    ----------
    workspace : Workspace
        Workspace with the cache.
    found : callable
        Called from a thread after each film in which pictures were looked for.
    """

    def __init__(self, workspace: Workspace, found: Callable[[], None]) -> None:
        self._path, self._found = workspace.cache / "review" / "located.json", found
        self._lock = Lock()
        self._places = self._read()
        """Places by SHA-256 of the picture and key of the film."""
        self._wanted: dict[str, Path] = {}
        """Pictures that were not looked for yet."""
        self._films: Mapping[str, ColoredFilm] = {}
        self._failed: set[str] = set()
        """Keys of films that could not be read. They are read again after a restart."""
        self._thread: Thread | None = None
        self._is_closed = False

    def place(self, content: str, films: Iterable[str]) -> tuple[str, Place] | None:
        """Return the film and the place that are most like a picture, or None if not all were looked at yet.

        Parameters
        ----------
        content : str
            SHA-256 of the picture.
        films : iterable of str
            Keys of the films that it may belong to.
        """
        with self._lock:
            places = {key: self._known(content, key) for key in films}
        known = {key: place for key, place in places.items() if place is not None}
        if len(known) < len(places) or not known:
            return None
        key = max(known, key=lambda key: (known[key].frame >= 0, known[key].likeness))
        return key, known[key]

    def note(self, content: str, film: ColoredFilm, index: int, films: Iterable[str]) -> None:
        """Note that a picture was painted on a frame of a film, and that none of the others has it."""
        shot = next(shot for shot in film.shots if shot.start <= index < shot.stop)
        rate = film.format.frame_rate if film.format else None
        seconds = shot.seconds + (index - shot.start) / float(rate or 24)
        with self._lock:
            places = {**{key: Place() for key in films}, film.key: Place(index, round(seconds, 3), 1.0)}
            self._places[content] = places
            self._write()

    def look_for(self, pictures: Mapping[str, Path], films: Mapping[str, ColoredFilm]) -> None:
        """Look for pictures in films, in a thread: one pass over each film for all of them.

        Parameters
        ----------
        pictures : mapping
            Files by the SHA-256 of their content.
        films : mapping
            All films of the page, by key.
        """
        with self._lock:
            self._wanted, self._films = dict(pictures), dict(films)
            if self._is_closed or self._thread is not None or self._next() is None:
                return
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let the thread end after its current frame."""
        self._is_closed = True

    def _known(self, content: str, film: str) -> Place | None:
        found = self._places.get(content, {}).get(film)
        return Place() if found is None and film in self._failed else found

    def _next(self) -> tuple[str, list[str]] | None:
        """Return a film in which pictures must be looked for, and these pictures."""
        for key in self._films:
            missing = [name for name in self._wanted if self._known(name, key) is None]
            if missing:
                return key, missing
        return None

    def _work(self) -> None:
        while True:
            with self._lock:
                job = None if self._is_closed else self._next()
                if job is None:
                    self._thread = None
                    return
                film, pictures = self._films[job[0]], {name: self._wanted[name] for name in job[1]}
            self._look(film, pictures)
            if not self._is_closed:
                self._found()

    def _look(self, film: ColoredFilm, pictures: Mapping[str, Path]) -> None:
        """Look for pictures in one film, and keep their places. What cannot be read shows no frame."""
        places = {name: Place() for name in pictures}
        try:
            contents = {name: path.read_bytes() for name, path in pictures.items() if path.is_file()}
            same = [name for name, data in contents.items() if hashlib.sha256(data).hexdigest() == name]
            references = {name: one for name in same if (one := _readable(pictures[name])) is not None}
            if references:
                found = self._places_in(film, list(references.values()))
                places |= dict(zip(references, found, strict=True))
        except Exception as error:  # the thread has nobody else to tell
            logging.getLogger("cartoonize").warning("looking for pictures in %s: %s", film.source, error)
            self._failed.add(film.key)
            return
        if self._is_closed:
            return
        with self._lock:
            for name in pictures:
                if name in same:
                    self._places.setdefault(name, {})[film.key] = places[name]
                else:  # it was changed since, and is wanted again by its new content
                    self._wanted.pop(name, None)
            self._write()

    def _places_in(self, film: ColoredFilm, references: Sequence[Reference]) -> list[Place]:
        from cartoonize.video import open_source
        from cartoonize.video.decoding import seconds

        with open_source(film.source, allow_damaged=True) as source:
            fitting = [one for one in references if source.format.has_aspect_of(*one.size)]
            located = locate(self._until_closed(source.frames()), fitting)
            times = {index: seconds(frame.pts, source.format) for index, frame in located.frames.items()}
        sightings = dict(zip(map(id, fitting), located.sightings, strict=True))
        return [_place(sightings.get(id(one), Sighting()), times) for one in references]

    def _until_closed(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if self._is_closed:
                return
            yield frame

    def _read(self) -> dict[str, dict[str, Place]]:
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            data = json.loads(self._path.read_text(encoding="utf-8"))
            if data["versions"] == _VERSIONS:
                return {
                    str(name): {str(key): Place(**place) for key, place in places.items()}
                    for name, places in data["places"].items()
                }
        return {}

    def _write(self) -> None:
        places = {
            name: {key: asdict(place) for key, place in places.items()}
            for name, places in self._places.items()
        }
        with suppress(CartoonizeError):  # it is found again
            write_text(self._path, json.dumps({"versions": _VERSIONS, "places": places}) + "\n")


def _place(sighting: Sighting, times: Mapping[int, float]) -> Place:
    if sighting.frame < 0:
        return Place(likeness=round(sighting.likeness, 4))
    likeness = max(sighting.likeness, sighting.named[1])
    return Place(sighting.frame, round(times.get(sighting.frame, 0.0), 3), round(likeness, 4))


def _readable(path: Path) -> Reference | None:
    """Read a picture; return None if it cannot be read, or shows too little to find its frame."""
    with suppress(CartoonizeError):
        reference = read_reference(path)
        return None if reference.is_transparent else reference
    return None
