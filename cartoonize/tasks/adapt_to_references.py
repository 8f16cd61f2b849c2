"""Adapting networks to references: pictures in, runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cartoonize.errors import UsageError
from cartoonize.learning.runs import TrainProgress, TrainSummary
from cartoonize.tasks.adapt import AdaptOptions, adapt
from cartoonize.workspace import Workspace


def adapt_to_references(
    workspace: Workspace,
    checkpoints: Sequence[Path],
    references: Sequence[Path],
    *,
    options: AdaptOptions,
    progress: Callable[[TrainProgress], None] = lambda reached: None,
    announce: Callable[[str], None] = lambda line: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[TrainSummary]:
    """Let networks learn coloured frames, one network after the other; see `adapt`.

    Parameters
    ----------
    workspace : Workspace
    checkpoints : sequence of Path
        Of networks.
    references : sequence of Path
        Pictures, or folders of them; those that are painted only in part are left out.
    options : AdaptOptions
    progress : callable
        Called after every update.
    announce : callable
        Called with a line before the work begins.
    notify : callable
        Called with lines that the user should read.

    Raises
    ------
    UsageError, SourceError, CheckpointError
        If there is nothing to learn from, or a file cannot be read.
    """
    if not references:
        raise UsageError("--from without --reference", "Give the coloured frames to adapt to.")
    import numpy as np

    from cartoonize.annotations.references import read_references
    from cartoonize.methods.checkpoint import read_header

    for checkpoint in checkpoints:
        read_header(checkpoint)
    found = read_references(references)
    whole = [reference for reference in found if reference.is_whole]
    for reference in found:
        if not reference.is_whole:
            notify(f"Not learned from, since only a part of it is painted: {reference.path}")
    if not whole:
        raise UsageError("no reference is painted all over", "Paint one whole frame at least.")
    pictures = np.stack([reference.rgb for reference in whole])
    announce(f"Adapting {len(checkpoints)} network(s) for {options.minutes:g} minutes each.")
    names = [reference.path.name for reference in whole]
    return [
        adapt(workspace, checkpoint, pictures, names=names, options=options, progress=progress)
        for checkpoint in checkpoints
    ]
