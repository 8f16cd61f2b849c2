"""Reading of training curves, colour priors and pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cartoonize.errors import WorkspaceError
from cartoonize.report.gallery import Picture, read_picture
from cartoonize.report.prior import Prior
from cartoonize.report.results import read_json
from cartoonize.report.training import TrainingCurve

_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)


def read_curves(paths: Iterable[Path]) -> list[TrainingCurve]:
    """Read the ``curves.json`` of trainings, named by their folders. Trainings without updates are left out.

    Raises
    ------
    WorkspaceError
        If a file is damaged.
    """
    curves = []
    for path in paths:
        data = read_json(path)
        try:
            points = [
                (float(v["update"]), float(v.get("seconds") or 0) / 60, float(v["ab_error"]))
                for v in data["validations"]
            ]
            losses = [float(loss) for loss in data["losses"]]
            discriminator = [float(loss) for loss in data.get("opponent", [])]
            # A generator's training loss has an adversarial term that the validation loss lacks.
            compared = data.get("held_out") and not discriminator
            held_out = [(float(v["update"]), float(v["loss"])) for v in data["validations"] if compared]
        except _DAMAGE as error:
            raise WorkspaceError(f"{path}: damaged training curves ({error!r})", "Train again.") from error
        if losses:
            curves.append(TrainingCurve(path.parent.name, losses, points, discriminator, held_out))
    return curves


def read_prior(path: Path) -> Prior | None:
    """Read the colour prior of a training, or return None if the file does not exist.

    Raises
    ------
    WorkspaceError
        If the file is damaged.
    """
    if not path.exists():
        return None
    data = read_json(path)
    try:
        bins = [(float(a), float(b)) for a, b in data["bins"]]
        share = [float(s) for s in data["share"]]
        if len(bins) != len(share) or not bins:
            raise ValueError(f"{len(bins)} bins and {len(share)} shares")
        return Prior(bins, share, int(data.get("n_frames") or 0), [str(e) for e in data.get("episodes", [])])
    except _DAMAGE as error:
        raise WorkspaceError(f"{path}: damaged colour prior ({error!r})", "Train again.") from error


def read_pictures(paths: Iterable[Path]) -> list[Picture]:
    """Read picture files, captioned with their names. Files that are not pictures are left out."""
    found = ((path.stem, read_picture(path)) for path in paths)
    return [Picture(name, pixels) for name, pixels in found if pixels is not None]
