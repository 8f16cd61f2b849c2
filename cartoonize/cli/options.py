"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cartoonize import __version__
from cartoonize.cli.session import Session
from cartoonize.devices import DEVICES, is_device_name
from cartoonize.limits import lift_limits
from cartoonize.workspace import Workspace

__all__ = ["Session", "chapters_option", "existing_or_not", "member_options", "session_options"]


class DeviceName(click.ParamType):
    """``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""

    name = "auto|cpu|cuda|cuda:N"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return what the help shows."""
        return f"[{self.name}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form. Whether the device exists is checked by those who use it."""
        if not is_device_name(value):
            self.fail(f"{value!r} is not one of {DEVICES}.", param, ctx)
        return value


def session_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command has. The function gets a `Session` as its first argument."""

    @click.option(
        "-w",
        "--workspace",
        envvar="CARTOONIZE_WORKSPACE",
        default=".",
        show_default="current folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder with the episodes, trained networks and results.",
    )
    @click.option(
        "--device",
        type=DeviceName(),
        default="auto",
        show_default=True,
        help="Device that runs neural networks. auto: the GPU, if there is one. cuda:N: the GPU number N.",
    )
    @click.option("--no-limits", is_flag=True, help="Accept pictures and videos of any size and length.")
    @click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print one JSON object on standard output, everything else on standard error.",
    )
    @click.option("-v", "--verbose", count=True, help="Print details.")
    @click.option("-q", "--quiet", is_flag=True, help="Print only warnings and errors.")
    @functools.wraps(function)
    def wrapped(
        *,
        workspace: Path,
        device: str,
        no_limits: bool,
        as_json: bool,
        verbose: int,
        quiet: bool,
        **options: Any,
    ) -> None:
        source = click.get_current_context().get_parameter_source("workspace")
        given = source == ParameterSource.COMMANDLINE and not _is_current(workspace)
        session = Session(
            Workspace(workspace), device, as_json, -1 if quiet else verbose, workspace if given else None
        )
        session.detail(f"cartoonize {__version__}, workspace {workspace.resolve()}, device {device}")
        session.detail(f"options {options}")
        with lift_limits() if no_limits else nullcontext(), session.typed_errors():
            function(session, **options)

    return wrapped  # fmt: skip


def _is_current(folder: Path) -> bool:
    """Return whether a folder is the current one, which may be gone."""
    try:
        return folder.resolve() == Path.cwd()
    except OSError:
        return False


def member_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that select the methods: ``variants``, ``checkpoints`` and ``ensemble``."""
    for option in (
        click.option(
            "--ensemble", is_flag=True, help="Colour with all trained networks of the workspace together."
        ),
        click.option(
            "--checkpoint",
            "checkpoints",
            multiple=True,
            type=existing_or_not(),
            metavar="FILE",
            help="Checkpoint file of a network to colour with. May be repeated.",
        ),
        click.option(
            "--variant",
            "variants",
            multiple=True,
            metavar="NAME",
            help="Variant to colour with; see `cartoonize models`. May be repeated.",
        ),
    ):
        function = option(function)
    return function


def chapters_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option ``--chapters`` to a command."""
    return click.option(
        "--chapters",
        type=click.Choice(["as-episodes"]),
        help="Take each chapter of the sources as an episode of its own, such as several episodes on a disc.",
    )(command)


def existing_or_not() -> click.Path:
    """Return the type of a path that the command itself checks, with its own error message."""
    return click.Path(path_type=Path)
