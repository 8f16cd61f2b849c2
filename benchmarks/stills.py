"""Take coloured frames out of a film, as PNGs named by their numbers: references to pick or to paint.

python -m benchmarks.stills FILM 280 440 -o picked       # these
python -m benchmarks.stills FILM --firsts -o first       # the first frame of every shot
python -m benchmarks.stills FILM --every 24 -o some      # the 13th of every 24

With --dabs, a careless artist's strokes instead (transparent elsewhere), made from the true colours: a fat
dab in the middle of every region, some pixels off, over its outline where the region is small.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, label

from cartoonize.color.lab import rgb_to_lab
from cartoonize.filters.number import number_drawings
from cartoonize.video import open_source

#: Steps of ab in which a region has one colour.
_STEP = 12
#: Regions smaller than this, a share of the picture, get no dab; pictures of dabs are at most so wide.
_LEAST, _WIDTH = 1 / 1000, 480
#: A dab is at most so many pixels off.
_OFF = 2


def dabs(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return strokes (h, w, 4) for a coloured picture (h, w, 3), sRGB codes."""
    scale = min(1.0, _WIDTH / rgb.shape[1])
    rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    steps = np.rint(cv2.medianBlur(rgb_to_lab(rgb)[..., 1:].astype(np.float32), 3) / _STEP).astype(int)
    strokes = np.zeros((*rgb.shape[:2], 4), np.uint8)
    for a, b in np.unique(steps.reshape(-1, 2), axis=0):
        regions, n_regions = label((steps == (a, b)).all(-1))
        sizes = np.bincount(regions.ravel())
        for number in np.flatnonzero(sizes[1:] >= _LEAST * regions.size) + 1:
            region = regions == number
            depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
            y, x = np.unravel_index(depth.argmax(), depth.shape)
            reach = depth.max() / 2 if depth.max() >= 8 else max(2, 1.15 * depth.max())
            off_y, off_x = generator.integers(-_OFF, _OFF + 1, 2)
            color = [int(value) for value in np.median(rgb[region], 0)]
            cv2.circle(strokes, (int(x + off_x), int(y + off_y)), round(reach), (*color, 255), cv2.FILLED)
    return strokes


def wanted(
    film: Path, numbers: tuple[int, ...], firsts: bool, every: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield numbers of frames and the pictures, (h, w, 3) sRGB codes."""
    shot = -1
    with open_source(film) as source:
        for frame in number_drawings(source.frames(rgb=True)):
            begins, shot = frame.shot != shot, frame.shot
            if frame.index in numbers or (firsts and begins) or (every and frame.index % every == every // 2):
                yield frame.index, frame.rgb


@click.command()
@click.argument("film", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
@click.option("--firsts", is_flag=True, help="The first frame of every shot.")
@click.option("--every", type=int, default=0, help="One of so many.")
@click.option("--dabs", "as_dabs", is_flag=True, help="Strokes instead of whole pictures.")
@click.option("--prefix", default="", help="Before the number in names.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    film: Path,
    numbers: tuple[int, ...],
    firsts: bool,
    every: int,
    as_dabs: bool,
    prefix: str,
    output: Path,
) -> None:
    """Write some frames of FILM as PNGs."""
    output.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for number, rgb in wanted(film, numbers, firsts, every):
        picture = dabs(rgb, generator) if as_dabs else rgb
        order = cv2.COLOR_RGBA2BGRA if as_dabs else cv2.COLOR_RGB2BGR
        cv2.imwrite(str(output / f"{prefix}{number:06d}.png"), cv2.cvtColor(picture, order))


if __name__ == "__main__":
    main()
