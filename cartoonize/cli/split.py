"""``cartoonize split``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.tasks.split import SplitOptions, split


@click.command("split")
@click.option("--test", multiple=True, metavar="NAME", help="Episode to test on; `none` trains on all.")
@click.option("--validation", multiple=True, metavar="NAME", help="Episode to choose by.")
@session_options
def command(session: Session, test: tuple[str, ...], validation: tuple[str, ...]) -> None:
    """Split whole episodes into training, validation and test.

    Default: the first by name is for testing; a single episode is all for training.
    """
    summary = split(session.workspace, options=SplitOptions(test=test, validation=validation))
    for part, counts in (
        ("train", summary.train), ("validation", summary.validation), ("test", summary.test)
    ):  # fmt: skip
        listed = ", ".join(f"{name} ({n} frames)" for name, n in counts.items()) or "none"
        session.say(f"{part:>10}: {listed}")
    session.say("Next: `cartoonize train`.")
    session.emit({"train": summary.train, "validation": summary.validation, "test": summary.test})
