"""Write frames of a film as PNGs named by their numbers, to use as references.

python -m benchmarks.stills FILM 280 440 -o picked       # these frames
python -m benchmarks.stills FILM --firsts -o first       # the first frame of every shot
python -m benchmarks.stills FILM --every 24 -o some      # the 13th of every 24 frames

With --dabs, write the strokes of a careless artist instead, transparent elsewhere. They are made from the
true colours: a thick dab near the middle of every region, which crosses the outline of small regions.
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

#: Width of the steps of ab within which pixels belong to one region.
_STEP = 12
#: Smallest region that gets a dab, as a share of the picture; largest width of a picture of dabs.
_MIN_AREA, _MAX_WIDTH = 1 / 1000, 480
#: Largest offset of a dab in x and y, in pixels.
_MAX_OFFSET = 2


def dabs(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return strokes (height, width, 4) for a coloured picture (height, width, 3), sRGB 0..255."""
    scale = min(1.0, _MAX_WIDTH / rgb.shape[1])
    rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    steps = np.rint(cv2.medianBlur(rgb_to_lab(rgb)[..., 1:].astype(np.float32), 3) / _STEP).astype(int)
    strokes = np.zeros((*rgb.shape[:2], 4), np.uint8)
    for a, b in np.unique(steps.reshape(-1, 2), axis=0):
        regions, n_regions = label((steps == (a, b)).all(-1))
        sizes = np.bincount(regions.ravel())
        for number in np.flatnonzero(sizes[1:] >= _MIN_AREA * regions.size) + 1:
            region = regions == number
            depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
            y, x = np.unravel_index(depth.argmax(), depth.shape)
            reach = depth.max() / 2 if depth.max() >= 8 else max(2, 1.15 * depth.max())
            offset_y, offset_x = generator.integers(-_MAX_OFFSET, _MAX_OFFSET + 1, 2)
            color = [int(value) for value in np.median(rgb[region], 0)]
            cv2.circle(
                strokes, (int(x + offset_x), int(y + offset_y)), round(reach), (*color, 255), cv2.FILLED
            )
    return strokes


def chosen_frames(
    film: Path, numbers: tuple[int, ...], firsts: bool, every: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frame numbers and pictures (height, width, 3), sRGB 0..255."""
    shot = -1
    with open_source(film) as source:
        for frame in number_drawings(source.frames(rgb=True)):
            assert frame.rgb is not None
            is_first, shot = frame.shot != shot, frame.shot
            is_nth = every and frame.index % every == every // 2
            if frame.index in numbers or (firsts and is_first) or is_nth:
                yield frame.index, frame.rgb


@click.command()
@click.argument("film", type=click.Path(path_type=Path))
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
@click.option("--firsts", is_flag=True, help="Write the first frame of every shot.")
@click.option("--every", type=int, default=0, help="Write one of every N frames.")
@click.option("--dabs", "as_dabs", is_flag=True, help="Write strokes instead of whole pictures.")
@click.option("--prefix", default="", help="Prefix of file names.")
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
    """Write frames of FILM as PNGs."""
    output.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for number, rgb in chosen_frames(film, numbers, firsts, every):
        picture = dabs(rgb, generator) if as_dabs else rgb
        order = cv2.COLOR_RGBA2BGRA if as_dabs else cv2.COLOR_RGB2BGR
        cv2.imwrite(str(output / f"{prefix}{number:06d}.png"), cv2.cvtColor(picture, order))


if __name__ == "__main__":
    main()
