"""The reference of all commands, from the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from cartoonize.cli.main import root

#: Options that every command has. They are described once.
SHARED = ("workspace", "device", "no_limits", "as_json", "verbose", "quiet")


def command_reference() -> str:
    """Return the reference of all commands as Markdown."""
    commands = list(_commands(click.Context(root, info_name="cartoonize"), root))
    shared = [p for p in _parameters(*commands[0]) if p.name in SHARED]
    parts = ["## Options of all commands\n", _table(commands[0][0], shared)]
    for ctx, command in commands:
        own = [p for p in _parameters(ctx, command) if p.name not in SHARED]
        usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
        parts += [
            f"## {ctx.command_path}\n",
            _text(command.help or ""),
            f"```sh\n{usage}\n```\n",
            _table(ctx, own),
        ]
    return "\n".join(parts)


def _commands(parent: click.Context, group: click.Group) -> Iterator[tuple[click.Context, click.Command]]:
    """Yield every command that does something, with its context, in the order of a typical flow."""
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        ctx = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from _commands(ctx, command)
        else:
            yield ctx, command


def _parameters(ctx: click.Context, command: click.Command) -> list[click.Parameter]:
    """Return the options of a command, and the arguments that have a help text."""
    known = [p for p in command.get_params(ctx) if "--help" not in p.opts]
    return [p for p in known if (record := p.get_help_record(ctx)) is not None and record[1]]


def _text(help: str) -> str:
    """Return the text of a help page as Markdown. Click marks paragraphs with fixed lines by a backspace."""
    paragraphs = inspect.cleandoc(help).split("\n\n")
    fixed = (
        f"```sh\n{p.removeprefix(chr(8)).strip(chr(10))}\n```" if p.startswith("\b") else p
        for p in paragraphs
    )
    return "\n\n".join(fixed) + "\n"


def _table(ctx: click.Context, parameters: list[click.Parameter]) -> str:
    """Return a table of options, with the texts of ``--help``."""
    records = [record for p in parameters if (record := p.get_help_record(ctx)) is not None]
    if not records:
        return ""
    rows = [f"| `{names}` | {_cell(text)} |" for names, text in records]
    return "\n".join(["| option | meaning |", "| --- | --- |", *rows, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
