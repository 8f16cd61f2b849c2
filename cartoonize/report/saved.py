"""What trainings and trials left behind: curves, the colour prior, pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cartoonize.errors import WorkspaceError
from cartoonize.report.curves import Curve
from cartoonize.report.gallery import Picture, read_picture
from cartoonize.report.prior import Prior
from cartoonize.report.results import read_json

_WRONG = (KeyError, TypeError, ValueError, AttributeError)


def read_curves(paths: Iterable[Path]) -> list[Curve]:
    """Read the ``curves.json`` of trainings, named by their folders; one without updates is left out.

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
            opponent = [float(loss) for loss in data.get("opponent", [])]
            # A generator's loss has its judge's part, which no validation measures.
            compared = data.get("held_out") and not opponent
            held_out = [(float(v["update"]), float(v["loss"])) for v in data["validations"] if compared]
        except _WRONG as error:
            raise WorkspaceError(f"{path}: no training curves ({error!r})", "Train again.") from error
        if losses:
            curves.append(Curve(path.parent.name, losses, points, opponent, held_out))
    return curves


def read_prior(path: Path) -> Prior | None:
    """Read the colour prior of a training; None if there is none, `WorkspaceError` if it is damaged."""
    if not path.exists():
        return None
    data = read_json(path)
    try:
        bins = [(float(a), float(b)) for a, b in data["bins"]]
        share = [float(s) for s in data["share"]]
        if len(bins) != len(share) or not bins:
            raise ValueError("bins and shares do not fit")
        return Prior(bins, share, int(data.get("n_frames") or 0), [str(e) for e in data.get("episodes", [])])
    except _WRONG as error:
        raise WorkspaceError(f"{path}: no colour prior ({error!r})", "Train again.") from error


def read_pictures(paths: Iterable[Path]) -> list[Picture]:
    """Read picture files, named by themselves; what is no picture is left out."""
    found = ((path.stem, read_picture(path)) for path in paths)
    return [Picture(name, pixels) for name, pixels in found if pixels is not None]
