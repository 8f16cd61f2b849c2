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
from cartoonize.review.bundle import MAX_ARCHIVE
from cartoonize.review.journal import StaleVersionError

#: Types of the files of the page, by suffix.
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
#: Types of pictures that a browser shows, by suffix.
_PICTURE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}
#: Largest size of a request, and of one that sends a picture, in bytes.
_MAX_BODY, _MAX_PICTURE = 8 << 20, 64 << 20


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


async def picture(
    request: Request, tag: str, make: Callable[[], bytes], kind: str = "image/jpeg"
) -> Response:
    """Return a picture that a function makes, unless the browser has one with this tag."""
    return _validated(request, tag) or _tagged(await run_in_threadpool(make), kind, tag)


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


async def json_body(request: Request, keys: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Return the JSON object of a request, which has exactly these keys, with values of these types.

    Raises
    ------
    UsageError
        If the request is too large, or has other keys or types.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise UsageError("the request is not JSON", "Load the page again.")
    content = await _body(request, _MAX_BODY)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the request is not JSON ({error})", "Load the page again.") from error
    if not isinstance(body, dict) or set(body) != set(keys):
        raise UsageError(f"the request needs {', '.join(keys) or 'no keys'}", "Load the page again.")
    for key, kinds in keys.items():
        if type(body[key]) not in (kinds if isinstance(kinds, tuple) else (kinds,)):
            raise UsageError("a value of the request has the wrong type", "Load the page again.")
    return body


async def picture_body(request: Request) -> bytes:
    """Return the content of a request that sends a picture.

    Raises
    ------
    UsageError
        If the request is too large, or does not say that it is a picture.
    """
    if not request.headers.get("content-type", "").startswith("image/"):
        raise UsageError("the request is not a picture", "Drop a picture on the page.")
    return await _body(request, _MAX_PICTURE)


async def file_body(request: Request) -> bytes:
    """Return the content of a request that sends a file of any kind.

    Raises
    ------
    UsageError
        If the request is too large.
    """
    return await _body(request, _MAX_PICTURE)


async def archive_body(request: Request) -> bytes:
    """Return the content of a request that sends saved corrections.

    Raises
    ------
    UsageError
        If the request is too large.
    """
    return await _body(request, MAX_ARCHIVE)


async def download(make: Callable[[], bytes], name: str) -> Response:
    """Return a file that the browser saves under a name."""
    content = await run_in_threadpool(make)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _body(request: Request, largest: int) -> bytes:
    parts, n_bytes = [], 0
    async for part in request.stream():
        n_bytes += len(part)
        if n_bytes > largest:
            raise UsageError(f"the request has more than {largest} bytes", "Do it in smaller steps.")
        parts.append(part)
    return b"".join(parts)


async def file_of_picture(find: Callable[[], Path]) -> Response:
    """Return a picture file as it is. Browsers must not guess that it is something else."""
    path = await run_in_threadpool(find)
    kind = _PICTURE_TYPES.get(path.suffix.lower(), "application/octet-stream")
    content = await run_in_threadpool(path.read_bytes)
    return Response(content, media_type=kind, headers={"Cache-Control": "private, no-cache"})


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
