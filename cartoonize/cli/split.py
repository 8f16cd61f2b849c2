"""``cartoonize split``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.tasks.split import SplitOptions, split


@click.command("split")
@click.option(
    "--test",
    multiple=True,
    metavar="NAME",
    help="Episode for testing. `none`: no episode. May be repeated.",
)
@click.option(
    "--validation",
    multiple=True,
    metavar="NAME",
    help="Episode for validation, which selects the best network. May be repeated.",
)
@session_options
def command(session: Session, *, test: tuple[str, ...], validation: tuple[str, ...]) -> None:
    """Split episodes into training, validation and test sets.

    Each set has whole episodes. By default the first episode by name is for testing and all others are for
    training. A single episode is for training.
    """
    summary = split(session.workspace, options=SplitOptions(test=test, validation=validation))
    sets = {"train": summary.train, "validation": summary.validation, "test": summary.test}
    for name, counts in sets.items():
        listed = ", ".join(f"{episode} ({n} frames)" for episode, n in counts.items()) or "none"
        session.info(f"{name:>10}: {listed}")
    for name, held_out in summary.copies.items():
        session.info(f"{name} is held out because it is the same film as {held_out}.")
    session.info("Next: `cartoonize train`.")
    session.emit(sets)
