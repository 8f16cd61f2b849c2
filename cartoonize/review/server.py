"""Server: run the review page on this machine until it is interrupted."""

from __future__ import annotations

import ctypes
import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from cartoonize.errors import OutputError, UsageError
from cartoonize.review.app import create_app
from cartoonize.review.security import Guard, new_token
from cartoonize.review.session import ReviewSession
from cartoonize.workspace import Workspace

#: Seconds for which open connections may go on when the server ends.
_GRACE = 2


#: Setting of glibc: the largest number of arenas from which threads get memory, and its value.
_M_ARENA_MAX, _N_ARENAS = -8, 2


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    device: str = "auto",
    started: Callable[[str], None],
) -> None:
    """Serve the page of a workspace until Ctrl-C or SIGTERM.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    host : str
        Address on which the server listens.
    port : int
        Its port; 0 for a free one.
    device : str
        Device that runs networks: ``auto``, ``cpu`` or ``cuda``.
    started : callable
        Called with the address of the page, which has the token, when it can be opened.

    Raises
    ------
    UsageError, OutputError
        If the server cannot listen there.
    """
    listening = _listening(host, port)
    port = listening.getsockname()[1]
    token = new_token()
    _share_free_memory()
    session = ReviewSession(workspace, device=device)
    session.reconcile()
    app = Guard(create_app(session), token=token, port=port)
    config = uvicorn.Config(
        app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=_GRACE,
        server_header=False, ws="none",
    )  # fmt: skip
    server = _Server(config, session, lambda: started(f"http://{_shown(host)}:{port}/?token={token}"))
    try:
        with suppress(KeyboardInterrupt):  # uvicorn raises it again after an orderly end
            server.run(sockets=[listening])
    finally:
        session.close()
        listening.close()


def _share_free_memory() -> None:
    """Let threads share what they have freed, where the C library has a setting for it (glibc).

    By default, each thread keeps large pieces for itself. A server with many threads needs a third more then.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _N_ARENAS)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(uvicorn.Server):
    """A server that says when it has started, and ends the connections for events when it ends."""

    def __init__(self, config: uvicorn.Config, session: ReviewSession, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._session, self._started = session, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._session.close()
        await super().shutdown(sockets)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"--host {host}: not an address of this machine", "Use 127.0.0.1.") from error
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise OutputError(
            f"{host}:{port}: the server cannot listen there ({error.strerror})",
            "Use another --port, or leave it out.",
        ) from error
    return listening


def _shown(host: str) -> str:
    """Return a host as a part of an address that can be opened on this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104, only compared
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
