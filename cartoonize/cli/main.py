"""The root command: finds a command by name without importing the others."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from importlib import import_module

import click

from cartoonize import __version__
from cartoonize.cli.text import one_line
from cartoonize.errors import CartoonizeError
from cartoonize.learning.process_group import GRACE

#: Command to its one-line help; each lives in ``cartoonize.cli.<command>`` under the name ``command``.
COMMANDS = {
    "extract": "Decode episodes and keep the frames that differ.",
    "credits": "Mark the frames that are titles.",
    "split": "Split whole episodes into training, validation and test.",
    "train": "Train variants on the training episodes.",
    "colorize": "Colour videos, pictures or folders of stills.",
    "doubtful": "Name the shots that are worth a look, worst first.",
    "references": "Suggest frames to colour by hand.",
    "evaluate": "Score coloured videos against the coloured original.",
    "rate": "Let people judge colours without knowing what made them.",
    "print": "Write a black-and-white print of a coloured episode.",
    "compare": "Write a labelled side-by-side video.",
    "report": "Write one self-contained HTML page for the workspace.",
    "run": "Run a whole flow from a recipe.",
    "models": "List every variant: size, source, what it needs.",
    "sample": "Draw the procedural cartoon series.",
    "doctor": "Tell what of this machine works.",
}


_SYSTEM_LIBRARIES = (
    "A system library is missing; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0 libxcb1"
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a work flow."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cartoonize.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown command with the known ones."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. Known: {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cartoonize")
def root() -> None:
    """Learn a cartoon series from its coloured part, and colour the black-and-white rest.

    \b
    cartoonize extract colour1.mkv colour2.mkv    keep the frames that differ
    cartoonize train --minutes 30                 learn the series
    cartoonize colorize grey.mkv                  colour an episode
    """  # noqa: D301, click wants the backspace itself


def main() -> None:
    """Run the command line; every expected failure is one line and an exit code."""
    try:
        root.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        if os.environ.get("RANK", "0") != "0":
            time.sleep(GRACE)  # the first of torchrun's processes says the same, and then all are ended
        error.show()
        sys.exit(error.exit_code)
    except CartoonizeError as error:
        click.echo(f"Error: {one_line(str(error))}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo(
            "Interrupted. What is whole is kept: the same command goes on from there, train with --resume.",
            err=True,
        )
        sys.exit(130)
    except ImportError as error:
        if ".so" not in str(error):
            sys.exit(_unforeseen(error))
        click.echo(f"Error: {one_line(str(error))}. {_SYSTEM_LIBRARIES}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if not error.filename:
            sys.exit(_unforeseen(error))
        click.echo(f"Error: {one_line(f'{error.filename}: {error.strerror}. {_remedy(error)}')}", err=True)
        sys.exit(1)
    except Exception as error:  # a fault of the program itself, or one that is not known yet
        sys.exit(_unforeseen(error))


def _remedy(error: OSError) -> str:
    """Say what helps where the system refuses to touch a file."""
    return {
        errno.ENAMETOOLONG: "Give it a shorter name.",
        errno.ENOSPC: "Make room and run the same command again.",
        errno.EDQUOT: "Make room and run the same command again.",
        errno.EIO: "Its disk cannot be read or written there: look at the disk first.",
    }.get(error.errno or 0, "See that it is there, and that it may be read and written.")


def _unforeseen(error: Exception) -> int:
    """Say in one line what happened, and where the rest of it can be read."""
    from cartoonize.cli.crash import write_crash_report

    what = one_line(f"{type(error).__name__}: {error}".rstrip(": "))
    path = write_crash_report(error, sys.argv[1:])
    if path is None:
        traceback.print_exception(error)
    where = f"{path} tells all of it" if path else "No report of it could be written"
    click.echo(f"Error: a fault that cartoonize does not know: {what}. {where}.", err=True)
    return 1
