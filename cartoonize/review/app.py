"""App: the addresses of the review page. Each of them calls one function and returns its result."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cartoonize.annotations.palettes import SUFFIXES
from cartoonize.errors import CartoonizeError, UnknownNameError
from cartoonize.review import http
from cartoonize.review.corrections import checked_places
from cartoonize.review.films import ColoredFilm
from cartoonize.review.marks import as_fields
from cartoonize.review.session import ReviewSession
from cartoonize.review.state import ReviewState, title_of
from cartoonize.tasks.suggest import suggestions_folder


def create_app(session: ReviewSession) -> Starlette:
    """Return the ASGI application of a session. It answers everyone: put a `Guard` before it."""
    to = _Addresses(session)
    app = Starlette(
        routes=[
            Route("/", to.index),
            Route("/static/{name}", to.static),
            Route("/events", to.events),
            Route("/api/films", to.films),
            Route("/api/state", to.state),
            Route("/api/actions", to.act, methods=["POST"]),
            Route("/api/settings", to.settings),
            Route("/api/settings", to.change_settings, methods=["POST"]),
            Route("/api/job", to.job),
            Route("/api/job", to.start_job, methods=["POST"]),
            Route("/api/job/stop", to.stop_job, methods=["POST"]),
            Route("/api/job/continue", to.continue_job, methods=["POST"]),
            Route("/api/again", to.again, methods=["POST"]),
            Route("/api/changes", to.changes),
            Route("/changes/{film}/{start:int}/{side}", to.change),
            Route("/api/export", to.export, methods=["POST"]),
            Route("/api/paintings", to.paintings),
            Route("/api/paintings", to.send_painting, methods=["POST"]),
            Route("/api/paints", to.paints),
            Route("/api/paints", to.add_paints, methods=["POST"]),
            Route("/api/paints/remove", to.remove_paints, methods=["POST"]),
            Route("/paints/where/{color}", to.where_paint_is),
            Route("/paints/{group}.{suffix}", to.palette),
            Route("/api/corrections", to.add_corrections, methods=["POST"]),
            Route("/corrections.zip", to.corrections),
            Route("/api/suggest", to.suggest, methods=["POST"]),
            Route("/paintings/{film}/{name}", to.painting),
            Route("/canvas/{film}/{index:int}", to.canvas),
            Route("/api/folder", to.folder),
            Route("/api/shots/{film}/{start:int}/open", to.open_shot, methods=["POST"]),
            Route("/api/shots/{film}/{start:int}/timeline", to.timeline),
            Route("/api/shots/{film}/{start:int}/similar/{index:int}", to.similar),
            Route("/similar/{number:int}", to.similar_picture),
            Route("/api/shots/{film}/{start:int}/thing/{index:int}", to.thing),
            Route("/api/shots/{film}/{start:int}/things/{index:int}", to.things, methods=["POST"]),
            Route("/thumbnails/{film}/{start:int}", to.thumbnail),
            Route("/frames/{film}/{start:int}/corrected/{index:int}", to.corrected_frame),
            Route("/frames/{film}/{start:int}/{layer}/{index:int}", to.frame),
        ],
        exception_handlers={CartoonizeError: http.error_as_json, Exception: http.defect_as_json},
    )
    app.router.redirect_slashes = False
    return app


class _Addresses:
    """The functions of the addresses."""

    def __init__(self, session: ReviewSession) -> None:
        self._session, self._page = session, http.page_files()

    async def index(self, request: Request) -> Response:
        return http.page_file(request, self._page, "index.html")

    async def static(self, request: Request) -> Response:
        return http.page_file(request, self._page, request.path_params["name"])

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self._session.events.subscribe(), media_type="text/event-stream")

    async def films(self, request: Request) -> Response:
        def find() -> dict[str, Any]:
            self._session.refresh()
            return {"films": [_film_json(film) for film in self._session.films.values()]}

        return await http.as_json(find)

    async def state(self, request: Request) -> Response:
        return await http.as_json(lambda: self._state(self._session.journal.state()))

    async def act(self, request: Request) -> Response:
        body = await http.json_body(request, {"version": int, "kind": str, "arguments": dict})

        def add() -> dict[str, Any]:
            return self._state(self._session.act(body["version"], body["kind"], body["arguments"]))

        return await http.as_json(add)

    async def settings(self, request: Request) -> Response:
        return await http.as_json(self._session.settings.read)

    async def change_settings(self, request: Request) -> Response:
        body = await http.json_body(request, {"changed": dict})
        return await http.as_json(lambda: self._session.settings.change(body["changed"]))

    async def job(self, request: Request) -> Response:
        return await http.as_json(self._session.jobs.as_json)

    async def start_job(self, request: Request) -> Response:
        body = await http.json_body(request, {"colored": list, "grey": list, "updates": (int, type(None))})

        def start() -> dict[str, Any]:
            self._session.learn(body["colored"], body["grey"], body["updates"])
            return self._session.jobs.as_json()

        return await http.as_json(start)

    async def stop_job(self, request: Request) -> Response:
        await http.json_body(request, {})

        def stop() -> dict[str, Any]:
            self._session.jobs.stop()
            return self._session.jobs.as_json()

        return await http.as_json(stop)

    async def continue_job(self, request: Request) -> Response:
        await http.json_body(request, {})

        def start() -> dict[str, Any]:
            self._session.jobs.go_on()
            return self._session.jobs.as_json()

        return await http.as_json(start)

    async def export(self, request: Request) -> Response:
        body = await http.json_body(request, {"codec": str, "crf": (int, type(None))})

        def start() -> dict[str, Any]:
            self._session.export(body["codec"], body["crf"])
            return self._session.jobs.as_json()

        return await http.as_json(start)

    async def paintings(self, request: Request) -> Response:
        return await http.as_json(self._session.painted)

    async def send_painting(self, request: Request) -> Response:
        content = await http.picture_body(request)
        film, frame = request.query_params.get("film"), request.query_params.get("frame")
        keep = partial(self._session.keep_painting, content, film, frame)
        return await http.as_json(lambda: {"content": keep()})

    async def canvas(self, request: Request) -> Response:
        film, index = request.path_params["film"], request.path_params["index"]
        make = partial(self._session.canvas, film, index)
        return await http.picture(request, f'"{film}-{index}"', make, "image/png")

    async def painting(self, request: Request) -> Response:
        film, name = request.path_params["film"], request.path_params["name"]
        return await http.file_of_picture(lambda: self._session.painting(film, name))

    async def paints(self, request: Request) -> Response:
        return await http.as_json(self._session.paints.as_json)

    async def add_paints(self, request: Request) -> Response:
        content = await http.file_body(request)
        name = request.query_params.get("name", "")

        def add() -> dict[str, Any]:
            self._session.paints.add(name, content)
            return self._session.paints.as_json()

        return await http.as_json(add)

    async def remove_paints(self, request: Request) -> Response:
        body = await http.json_body(request, {"id": str})

        def remove() -> dict[str, Any]:
            self._session.paints.remove(body["id"])
            return self._session.paints.as_json()

        return await http.as_json(remove)

    async def where_paint_is(self, request: Request) -> Response:
        tag, make = self._session.paints.where(f"#{request.path_params['color']}")
        return await http.picture(request, f'"{tag}"', make)

    async def palette(self, request: Request) -> Response:
        group, suffix = request.path_params["group"], request.path_params["suffix"]
        if suffix not in SUFFIXES:
            raise UnknownNameError("palette format", suffix, SUFFIXES)
        return await http.download(lambda: self._session.paints.content(group, suffix), f"paints.{suffix}")

    async def corrections(self, request: Request) -> Response:
        return await http.download(self._session.saved_corrections, "corrections.zip")

    async def add_corrections(self, request: Request) -> Response:
        content = await http.archive_body(request)
        return await http.as_json(lambda: self._session.add_corrections(content))

    async def suggest(self, request: Request) -> Response:
        await http.json_body(request, {})

        def start() -> dict[str, Any]:
            self._session.suggest()
            return self._session.jobs.as_json()

        return await http.as_json(start)

    async def again(self, request: Request) -> Response:
        await http.json_body(request, {})

        def start() -> dict[str, Any]:
            self._session.again()
            return self._session.jobs.as_json()

        return await http.as_json(start)

    async def changes(self, request: Request) -> Response:
        return await http.as_json(self._session.preview.as_json)

    async def change(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        side, version = request.path_params["side"], self._session.journal.state().version
        make = partial(self._session.preview.picture, film, shot, side)
        return await http.picture(request, f'"{film.tag(shot)}-{version}-{side}"', make)

    async def open_shot(self, request: Request) -> Response:
        await http.json_body(request, {})
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        return await http.as_json(lambda: self._session.open_shot(film, shot))

    async def timeline(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        return await http.as_json(lambda: self._session.timeline(film, shot))

    async def similar(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        place, index = (http.share(request, "x"), http.share(request, "y")), request.path_params["index"]
        return await http.as_json(lambda: self._session.similar_to(film, shot, index, place))

    async def similar_picture(self, request: Request) -> Response:
        number = request.path_params["number"]
        things = self._session.similar
        return await http.picture(request, f'"{things.tag}-{number}"', partial(things.picture, number))

    async def thing(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        place = [http.share(request, name) for name in ("x", "y")]
        index = request.path_params["index"]
        return await http.as_json(lambda: self._session.thing(film, shot, index, [place]))

    async def things(self, request: Request) -> Response:
        body = await http.json_body(request, {"places": list})
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        places, index = checked_places(body["places"]), request.path_params["index"]
        return await http.as_json(lambda: self._session.thing(film, shot, index, places))

    async def corrected_frame(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        index, version = request.path_params["index"], self._session.journal.state().version
        make = partial(self._session.corrections.picture, film, shot, index)
        return await http.picture(request, f'"{film.tag(shot)}-{version}-{index}"', make)

    async def folder(self, request: Request) -> Response:
        path = request.query_params.get("path", "")
        return await http.as_json(lambda: self._session.chooser.listing(path))

    def _state(self, state: ReviewState) -> dict[str, Any]:
        return {
            "version": state.version,
            "accepted": {film: sorted(shots) for film, shots in state.accepted.items()},
            "pins": {film: [asdict(pin) for pin in pins] for film, pins in state.pins.items()},
            "marks": {film: [as_fields(mark) for mark in marks] for film, marks in state.marks.items()},
            "waiting": self._session.corrections.files.n_waiting(state),
            "undo": title_of(state.done[-1].change) if state.done else None,
            "redo": title_of(state.undone[-1].change) if state.undone else None,
        }

    async def thumbnail(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        make = partial(self._session.thumbnails.get, film, shot)
        return await http.picture(request, f'"{film.tag(shot)}"', make)

    async def frame(self, request: Request) -> Response:
        film, shot = self._session.shot(request.path_params["film"], request.path_params["start"])
        layer, index = request.path_params["layer"], request.path_params["index"]
        make = partial(self._session.pictures.frame, film, shot, layer, index)
        return await http.picture(request, f'"{film.tag(shot)}-{layer}-{index}"', make)


def _film_json(film: ColoredFilm) -> dict[str, Any]:
    """Return what the page needs of a film. Shots are lists, since there may be thousands."""
    n_frames = max(film.confidence.n_frames, 1)
    format = film.format
    return {
        "key": film.key,
        "name": film.name,
        "source": str(film.source),
        "stem": suggestions_folder(film.workspace, film.source).name,
        "pixel_aspect": float(format.sample_aspect_ratio) if format else 1.0,
        "is_there": format is not None,
        "n_frames": n_frames,
        "frame_rate": float(format.frame_rate or 24) if format else 24.0,
        "shots": [
            [
                shot.start,
                shot.stop,
                shot.seconds,
                round(shot.wrong_frames / n_frames, 6),
                shot.confidence,
                film.tag(shot),
                film.has_changed(shot),
                f"{shot.regions[0].place} ({shot.regions[0].verdict})" if shot.regions else "",
            ]
            for shot in film.shots
        ],
    }
