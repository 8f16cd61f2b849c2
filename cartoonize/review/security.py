"""Guard: who may talk to the server. A pure ASGI middleware.

The page has the rights of the person who started it, so other sites in the same browser must not reach it.

- Each request needs the token: as a cookie, or once in the address, where it is exchanged for the cookie. The
  cookie is ``HttpOnly`` and ``SameSite=Strict``.
- ``Host`` must name this machine. A site that binds its own name to this address (DNS rebinding) sends that
  name.
- A request that changes something needs an ``Origin`` equal to ``Host`` (cross-site request forgery).
- Pages get a Content-Security-Policy without inline scripts and without other hosts.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Methods that change nothing.
_SAFE_METHODS = ("GET", "HEAD")
#: Relations to the site that sends a request at which a browser may ask for anything.
_OWN_SITE = ("same-origin", "none", "")
#: Headers of every response.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def new_token() -> str:
    """Return a random token."""
    return secrets.token_urlsafe(32)


class Guard:
    """Middleware that refuses requests of strangers and adds headers to all responses.

    Parameters
    ----------
    app : ASGI application
        Gets the requests that may pass.
    token : str
        Secret of this server.
    port : int
        Port of the server. ``Host`` must name it.
    """

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self._app, self._token, self._port = app, token, port
        self._cookie = f"cartoonize-review-{port}"  # cookies do not distinguish ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the server has no web sockets
        answer = self._refusal(scope) or self._exchange(scope) or self._without_token(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await (answer or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return an error if the request does not come from this server's own page."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own_host(hosts[0]):
            return PlainTextResponse("This server does not have that name.", 400)
        if headers.get("sec-fetch-site", "") not in _OWN_SITE:
            return PlainTextResponse("Requests of other sites are refused.", 403)
        origin = headers.get("origin")
        is_own = origin == f"http://{hosts[0]}"
        if (origin is not None and not is_own) or (scope["method"] not in _SAFE_METHODS and not is_own):
            return PlainTextResponse("Requests of other sites are refused.", 403)
        return None

    def _is_own_host(self, host: str) -> bool:
        """Return whether a ``Host`` names this machine and this port.

        Addresses are accepted as numbers, since rebinding needs a name.
        """
        try:
            parts = urlsplit(f"http://{host}")
            name, port = parts.hostname, parts.port
        except ValueError:
            return False
        if name is None or parts.netloc != host or "@" in host or (port or 80) != self._port:
            return False
        return name in ("localhost", socket.gethostname().lower()) or _is_address(name)

    def _exchange(self, scope: Scope) -> Response | None:
        """Return a redirect that sets the cookie, if the address has the token."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if scope["method"] != "GET" or not any(map(self._is_token, given)):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        # The path begins with one slash. Two of them would be the address of another host.
        path = "/" + scope["path"].lstrip("/\\")
        response = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return response

    def _without_token(self, scope: Scope) -> Response | None:
        """Return an error if the request has no cookie, or a wrong one."""
        try:
            cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        morsel = cookies.get(self._cookie)
        if morsel is not None and self._is_token(morsel.value):
            return None
        return PlainTextResponse(
            "Open the address that `cartoonize review` printed. It has a token, which this request lacks.",
            403,
        )

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
