"""Oracle: what is wrong in a coloured film, and could the coloured episodes have told?

python -m benchmarks.oracle WORKSPACE original.mp4 coloured.mp4
python -m benchmarks.oracle WORKSPACE original.mp4 coloured.mp4 --vivid --painted 1 --painted 94

For the regions of every tenth frame, the most similar known regions are looked up, with the descriptors of
`region-knn`, which must be trained. Known are the regions of the training episodes and of painted frames.
Regions are grouped by the similarity of the nearest one, at most 3. In each group, the area with wrong
colours is divided into three kinds: the right colour is among the 64 nearest regions; it is somewhere among
the known regions at the same lightness; it is nowhere.

The last line says how much of what is wrong a doubt would find that knows the similarity alone, and for each
group how much of it is wrong.
"""

from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.measure import WRONG, hardware
from benchmarks.painted import pictures_of
from cartoonize.color.lab import rgb_to_lab
from cartoonize.frames import area_average
from cartoonize.methods.member import load_member
from cartoonize.methods.retrieval.region_knn import RegionKnn
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.vivid import vivid_in
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
#: Share of the area that is doubted most.
_DOUBTED = 0.2


def rows_of(knn: RegionKnn, original: np.ndarray, colored: np.ndarray, vivid: bool = False) -> np.ndarray:
    """Return, for each region: area, wrong area, similarity, right among the nearest, right somewhere.

    If `vivid`, only the vivid pixels of the original count.
    """
    parts = parts_of_grey(luma_of_rgb(original, "bt601"))
    truth, result = rgb_to_lab(original), rgb_to_lab(colored)
    wrong = ciede2000(truth, result) > WRONG
    similarity, which = knn.nearest(knn.descriptors([parts])[0], parts)
    known, light = knn.ab.numpy(), 100 * knn.lightness.numpy()
    rows = []
    counted = ~parts.lines & vivid_in(truth[..., 1:]) if vivid else ~parts.lines
    errors = dict(values_by_region(wrong, parts.regions, counted))
    for region, lab in values_by_region(truth, parts.regions, counted):
        if len(lab) < _MIN_AREA:
            continue
        median = np.median(lab, axis=0)
        near = known[which[region].numpy()]
        equally_light = known[np.abs(light - parts.means[region]) < _EQUALLY_LIGHT]
        found = [_has(median, colors) for colors in (near, equally_light)]
        rows.append((len(lab), errors[region].sum(), float(similarity[region, 0]), *found))
    return np.array(rows, float).reshape(-1, 5)


def remember(knn: RegionKnn, painted: np.ndarray) -> None:
    """Add the regions of a painted frame (256, 256, 3) to the known ones."""
    lab = rgb_to_lab(painted)
    parts = parts_of_grey(luma_of_rgb(painted, "bt601"))
    colors = dict(values_by_region(lab[..., 1:], parts.regions, ~parts.lines))
    regions = [region for region, ab in colors.items() if len(ab) >= _MIN_AREA]
    medians = np.array([np.median(colors[region], axis=0) for region in regions])
    more = {
        "features": knn.descriptors([parts])[0][regions],
        "ab": torch.from_numpy(medians),
        "lightness": torch.from_numpy(parts.means[regions] / 100),
        "areas": torch.from_numpy(np.log(parts.areas[regions])),
    }
    for name, rows in more.items():
        setattr(knn, name, torch.cat([getattr(knn, name), rows.float()]))


def _has(color: np.ndarray, known: np.ndarray) -> bool:
    """Return whether a colour (3,), CIELAB, is right with one of the known ab (n, 2)."""
    others = np.insert(known, 0, color[0], 1)
    return bool(len(known) and (ciede2000(np.broadcast_to(color, others.shape), others) <= WRONG).any())


def table(rows: np.ndarray) -> list[tuple[str, ...]]:
    """Return for each group of similarity: its share of the area, and shares of all that is wrong."""
    area, wrong, _, near, somewhere = rows.T
    kinds = (near > 0, (near == 0) & (somewhere > 0), (near == 0) & (somewhere == 0))
    total, lines = wrong.sum(), []
    for low, high, group in _groups(rows):
        shares = [wrong[group & kind].sum() / max(total, 1) for kind in kinds]
        values = (area[group].sum() / area.sum(), wrong[group].sum() / area[group].sum(), *shares)
        name = f"below {high:g}" if low == LIMITS[0] else f"{low:g} to {min(high, 3):g}"
        lines.append((name, *(f"{value:.3f}" for value in values)))
    all_of = [wrong[kind].sum() / max(total, 1) for kind in kinds]
    lines.append(("all", *(f"{v:.3f}" for v in (1.0, total / area.sum(), *all_of))))
    return lines


def wrong_in_doubted(rows: np.ndarray) -> float:
    """Return the share of all that is wrong in the fifth of the area whose similarity is wrong most often."""
    area, wrong = rows[:, 0], rows[:, 1]
    groups = [(wrong[group].sum(), area[group].sum()) for _, _, group in _groups(rows)]
    left, found = _DOUBTED * area.sum(), 0.0
    for n_wrong, size in sorted(groups, key=lambda group: -group[0] / group[1]):
        taken = min(left, size)
        found += n_wrong * taken / size
        left -= taken
    return float(found / max(wrong.sum(), 1))


def _groups(rows: np.ndarray) -> Iterator[tuple[float, float, np.ndarray]]:
    """Yield the limits of each group of similarity, and which rows are in it, if there are any."""
    for low, high in pairwise((*LIMITS, 9.0)):
        group = (rows[:, 2] >= low) & (rows[:, 2] < high)
        if group.any():
            yield low, high, group


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("colored", type=click.Path(exists=True, path_type=Path))
@click.option("--step", default=10, show_default=True, help="Look at every Nth frame.")
@click.option("--vivid", is_flag=True, help="Count only vivid pixels.")
@click.option("--painted", multiple=True, type=int, help="Number of a painted frame. Repeat as needed.")
@torch.no_grad()
def main(
    workspace: Path, original: Path, colored: Path, step: int, vivid: bool, painted: tuple[int, ...]
) -> None:
    """Print where a coloured film is wrong, by what the training episodes and painted frames show."""
    knn = load_member(Workspace(workspace).checkpoint("region-knn")).module
    assert isinstance(knn, RegionKnn)
    for _, rgb in pictures_of(original, list(painted)) if painted else ():
        remember(knn, area_average(rgb))
    films = (islice(open_source(path).frames(rgb=True), 0, None, step) for path in (original, colored))
    found = []
    for one, other in zip(*films, strict=True):
        assert one.rgb is not None and other.rgb is not None
        found.append(rows_of(knn, area_average(one.rgb), area_average(other.rgb), vivid))
    click.echo(f"{hardware()}\n")
    click.echo(
        "| nearest region | area | wrong in it | of all wrong: right colour near | elsewhere | nowhere |"
    )
    click.echo("|" + " --- |" * 6)
    rows = np.concatenate(found)
    for line in table(rows):
        click.echo("| " + " | ".join(line) + " |")
    share = wrong_in_doubted(rows)
    click.echo(f"\nWrong in the 20% doubted most, by similarity alone: {share:.3f}")


if __name__ == "__main__":
    main()
