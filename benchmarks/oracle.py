"""Oracle: what is wrong in a coloured film, and could the coloured episodes have told?

python -m benchmarks.oracle WORKSPACE original.mp4 coloured.mp4

For the regions of every tenth frame, the most similar regions of the training episodes are looked up, with
the descriptors of `region-knn`, which must be trained. Regions are grouped by the similarity of the nearest
one, at most 3. In each group, the area with wrong colours is divided into three kinds: the right colour is
among the 64 nearest regions; it is somewhere in the training episodes at the same lightness; it is nowhere.
"""

from itertools import islice
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.measure import WRONG, hardware
from cartoonize.color.lab import rgb_to_lab
from cartoonize.frames import area_average
from cartoonize.methods.member import load_member
from cartoonize.methods.retrieval.region_knn import RegionKnn
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.tracking.parts import parts_of_grey, values_by_region
from cartoonize.video import open_source
from cartoonize.video.planes import luma_of_rgb
from cartoonize.workspace import Workspace

#: Lower limits of the groups of similarity.
LIMITS = (-9.0, 0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5)
#: Two regions are equally light if their CIE L, 0..100, differs by less than this.
_EQUALLY_LIGHT = 3.0
#: Smaller regions are left out, in pixels of the 256x256 grid.
_MIN_AREA = 24


def rows_of(knn: RegionKnn, original: np.ndarray, colored: np.ndarray) -> np.ndarray:
    """Return, for each region: area, wrong area, similarity, right among the nearest, right somewhere."""
    grey = luma_of_rgb(original, "bt601")
    parts = parts_of_grey(grey)
    truth, result = rgb_to_lab(original), rgb_to_lab(colored)
    wrong = ciede2000(truth, result) > WRONG
    similarity, which = knn.nearest(knn.descriptors([parts])[0], parts)
    known, light = knn.ab.numpy(), 100 * knn.lightness.numpy()
    rows = []
    free = ~parts.lines
    errors = dict(values_by_region(wrong, parts.regions, free))
    for region, lab in values_by_region(truth, parts.regions, free):
        if len(lab) < _MIN_AREA:
            continue
        median = np.median(lab, axis=0)
        near = known[which[region].numpy()]
        equally_light = known[np.abs(light - parts.means[region]) < _EQUALLY_LIGHT]
        found = [_has(median, colors) for colors in (near, equally_light)]
        rows.append((len(lab), errors[region].sum(), float(similarity[region, 0]), *found))
    return np.array(rows, float).reshape(-1, 5)


def _has(color: np.ndarray, known: np.ndarray) -> bool:
    """Return whether a colour (3,), CIELAB, is right with one of the known ab (n, 2)."""
    others = np.insert(known, 0, color[0], 1)
    return bool(len(known) and (ciede2000(np.broadcast_to(color, others.shape), others) <= WRONG).any())


def table(rows: np.ndarray) -> list[tuple[str, ...]]:
    """Return for each group of similarity: its share of the area, and shares of all that is wrong."""
    area, wrong, similarity, near, somewhere = rows.T
    kinds = (near > 0, (near == 0) & (somewhere > 0), (near == 0) & (somewhere == 0))
    total, lines = wrong.sum(), []
    for low, high in zip(LIMITS, (*LIMITS[1:], 9.0), strict=True):
        group = (similarity >= low) & (similarity < high)
        if not group.any():
            continue
        shares = [wrong[group & kind].sum() / max(total, 1) for kind in kinds]
        values = (area[group].sum() / area.sum(), wrong[group].sum() / area[group].sum(), *shares)
        name = f"below {high:g}" if low == LIMITS[0] else f"{low:g} to {min(high, 3):g}"
        lines.append((name, *(f"{value:.3f}" for value in values)))
    all_of = [wrong[kind].sum() / max(total, 1) for kind in kinds]
    lines.append(("all", *(f"{v:.3f}" for v in (1.0, total / area.sum(), *all_of))))
    return lines


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("colored", type=click.Path(exists=True, path_type=Path))
@click.option("--step", default=10, show_default=True, help="Look at every Nth frame.")
@torch.no_grad()
def main(workspace: Path, original: Path, colored: Path, step: int) -> None:
    """Print where a coloured film is wrong, by what the training episodes show."""
    knn = load_member(Workspace(workspace).checkpoint("region-knn")).module
    assert isinstance(knn, RegionKnn)
    films = (islice(open_source(path).frames(rgb=True), 0, None, step) for path in (original, colored))
    rows = []
    for one, other in zip(*films, strict=True):
        assert one.rgb is not None and other.rgb is not None
        rows.append(rows_of(knn, area_average(one.rgb), area_average(other.rgb)))
    click.echo(f"{hardware()}\n")
    click.echo(
        "| nearest region | area | wrong in it | of all wrong: right colour near | elsewhere | nowhere |"
    )
    click.echo("|" + " --- |" * 6)
    for line in table(np.concatenate(rows)):
        click.echo("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()
