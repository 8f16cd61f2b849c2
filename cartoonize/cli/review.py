"""``cartoonize review``."""

from __future__ import annotations

import webbrowser

import click

from cartoonize.cli.options import Session, session_options


@click.command("review")
@click.option("--no-browser", is_flag=True, help="Only print the address; do not open it in a browser.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address on which the page is served. Others than this machine can reach it at any other address.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port of the page.  [default: a free one]",
)
@session_options
def command(session: Session, *, no_browser: bool, host: str, port: int) -> None:
    """Look at coloured films in a browser, worst shots first, and accept what is right.

    Serves a page on this machine until Ctrl-C. Its address is printed. It has a secret token, without which
    nothing is shown. In an empty workspace, the page asks for the films to learn from and to colour.
    """
    from cartoonize.review.server import is_loopback, serve

    def started(address: str) -> None:
        if not is_loopback(host):
            session.warning(
                f"Other machines can reach the page at {host}. It is not encrypted. Who knows the address"
                " with its token can do everything that the page can."
            )
        session.info(address)
        session.emit({"address": address})
        if not no_browser:
            webbrowser.open(address)

    serve(session.workspace, host=host, port=port, device=session.device, started=started)
