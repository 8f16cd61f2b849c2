"""The root command. It imports a command only when that command is called."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from importlib import import_module

import click

from cartoonize import __version__
from cartoonize.cli.command_line import program
from cartoonize.cli.interruption import describe_interruption, interrupts_on_termination
from cartoonize.cli.text import one_line
from cartoonize.errors import CartoonizeError
from cartoonize.learning.process_group import GRACE

#: Commands and their one-line help. Each lives in ``cartoonize.cli.<command>`` under the name ``command``.
COMMANDS = {
    "series": "Learn from coloured episodes and colour grey ones: the whole flow.",
    "extract": "Decode episodes and keep the frames that differ.",
    "credits": "Mark the frames that show credits.",
    "split": "Split episodes into training, validation and test sets.",
    "train": "Train variants on the training episodes.",
    "colorize": "Colour videos, pictures or folders of stills.",
    "review": "Look at coloured films in a browser and accept their shots.",
    "doubtful": "List the shots that most likely have wrong colours.",
    "timeline": "Write the shots of a film for editing programs (OTIO, EDL).",
    "references": "Suggest frames to colour by hand.",
    "evaluate": "Score coloured videos against the coloured original.",
    "rate": "Let people judge colours without knowing the method.",
    "print": "Write a black-and-white print of a coloured episode.",
    "compare": "Write a labelled side-by-side video.",
    "report": "Write an HTML page with the workspace's results.",
    "run": "Run a recipe: a whole flow from sources to results.",
    "models": "List all variants: size, source, requirements.",
    "sample": "Draw the procedural cartoon series.",
    "doctor": "Check what works on this machine.",
}


_SYSTEM_LIBRARIES = (
    "A system library is missing. On Debian and Ubuntu run: apt-get install libgl1 libglib2.0-0 libxcb1"
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a typical flow."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it, or None if the name is unknown."""
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
        """Find a command; fail with the list of known ones if the name is unknown."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. Known: {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cartoonize")
def root() -> None:
    """Learn a cartoon series from its coloured episodes, and colour the black-and-white ones.

    \b
    cartoonize series COLORED GREY    the whole flow: learn from films in colour, colour grey ones
    cartoonize train                  learn from episodes that were extracted
    cartoonize colorize grey.mkv      colour an episode
    """  # noqa: D301, click needs the backspace character itself


def main() -> None:
    """Run the command line. Every error is printed as one line and sets the exit code."""
    try:
        with interrupts_on_termination():
            root.main(prog_name=program(), standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo(one_line(describe_interruption()), err=True)
        sys.exit(130)
    except Exception as error:
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    """Print an error as one line; return the exit code."""
    if isinstance(error, click.ClickException):
        return _report_usage(error)
    if isinstance(error, BrokenPipeError):
        # The reader of the output has closed it, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if isinstance(error, CartoonizeError):
        message, exit_code = str(error), error.exit_code
    elif isinstance(error, ImportError) and ".so" in str(error):
        message, exit_code = f"{error}. {_SYSTEM_LIBRARIES}", 1
    elif isinstance(error, OSError) and error.filename:
        message, exit_code = f"{error.filename}: {error.strerror}. {_remedy(error)}", 1
    else:
        message, exit_code = _write_report(error), 1
    click.echo(f"Error: {one_line(message)}", err=True)
    return exit_code


def _report_usage(error: click.ClickException) -> int:
    if os.environ.get("RANK", "0") != "0":
        time.sleep(GRACE)  # torchrun's first process prints the same error and ends the others
    error.show()
    return error.exit_code


def _remedy(error: OSError) -> str:
    """Return what to do if the system refuses access to a file."""
    return {
        errno.ENAMETOOLONG: "Use a shorter name.",
        errno.ENOSPC: "Free some space and run the same command again.",
        errno.EDQUOT: "Free some space and run the same command again.",
        errno.EIO: "The disk has an error at this file. Check the disk.",
    }.get(error.errno or 0, "Check that it exists and can be read and written.")


def _write_report(error: Exception) -> str:
    """Write a crash report; return what happened and where the report is."""
    from cartoonize.cli.crash import write_crash_report

    what = one_line(f"{type(error).__name__}: {error}".rstrip(": "))
    path = write_crash_report(error, sys.argv[1:])
    if path is None:
        traceback.print_exception(error)
        return f"unexpected error: {what}. The report could not be written."
    return f"unexpected error: {what}. The details are in {path}."
