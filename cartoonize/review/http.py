"""HTTP: requests with JSON, and responses with files, pictures and errors."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.journal import StaleVersionError

#: Types of the files of the page, by suffix.
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
#: Largest size of a request in bytes.
_MAX_BODY = 8 << 20


def page_files() -> dict[str, tuple[bytes, str]]:
    """Return the files of the page and their types, by name. Requests are looked up here, not on the disk."""
    folder = files("cartoonize.review") / "static"
    return {
        entry.name: (entry.read_bytes(), _TYPES[Path(entry.name).suffix])
        for entry in folder.iterdir()
        if Path(entry.name).suffix in _TYPES
    }


def page_file(request: Request, page: Mapping[str, tuple[bytes, str]], name: str) -> Response:
    """Return a file of the page, or an error if there is none of that name."""
    if name not in page:
        return JSONResponse({"error": "there is no such file"}, 404)
    content, kind = page[name]
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return _validated(request, tag) or _tagged(content, f"{kind}; charset=utf-8", tag)


async def picture(request: Request, tag: str, make: Callable[[], bytes]) -> Response:
    """Return a picture that a function makes, unless the browser has one with this tag."""
    return _validated(request, tag) or _tagged(await run_in_threadpool(make), "image/jpeg", tag)


def _validated(request: Request, tag: str) -> Response | None:
    """Return the answer for a browser that has the content already, or None."""
    given = request.headers.get("if-none-match", "")
    if tag not in [one.strip() for one in given.split(",")]:
        return None
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


def _tagged(content: bytes, kind: str, tag: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return Response(content, media_type=kind, headers=headers)


async def as_json(function: Callable[[], Any]) -> Response:
    """Return the result of a function, which may wait for the disk, as JSON."""
    return JSONResponse(await run_in_threadpool(function))


async def json_body(request: Request, keys: Mapping[str, type]) -> dict[str, Any]:
    """Return the JSON object of a request, which has exactly these keys.

    Raises
    ------
    UsageError
        If the request is too large, or has other keys or types.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise UsageError("the request is not JSON", "Load the page again.")
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MAX_BODY:
            raise UsageError(f"the request has more than {_MAX_BODY} bytes", "Do it in smaller steps.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the request is not JSON ({error})", "Load the page again.") from error
    if not isinstance(body, dict) or set(body) != set(keys):
        raise UsageError(f"the request needs {', '.join(keys) or 'no keys'}", "Load the page again.")
    if not all(type(body[key]) is kind for key, kind in keys.items()):
        raise UsageError("a value of the request has the wrong type", "Load the page again.")
    return body


def share(request: Request, name: str) -> float:
    """Return a parameter of the address that is a share, 0 to less than 1, or raise `UsageError`."""
    text = request.query_params.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise UsageError(f"{name} is {text[:20]!r}", "Give a share of the picture, 0..1.")
    return value


async def error_as_json(request: Request, error: Exception) -> Response:
    """Return an error of this program as JSON, with the message that the command line would print."""
    code = (
        409 if isinstance(error, StaleVersionError) else 404 if isinstance(error, UnknownNameError) else 400
    )
    return JSONResponse({"error": str(error)}, code)


async def defect_as_json(request: Request, error: Exception) -> Response:
    """Return an error that is a defect of this program as JSON, and log where it happened."""
    logging.getLogger("cartoonize").error("%s failed", request.url.path, exc_info=error)
    return JSONResponse({"error": f"Unexpected error: {type(error).__name__}: {error}"}, 500)
