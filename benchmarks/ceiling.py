"""Write the best result that any method could reach: an episode with its own true colours.

python -m benchmarks.ceiling EPISODE -o ceiling.mkv && cartoonize evaluate ceiling.mkv --reference EPISODE

The output has the true a and b on the grid of 256x256, on which colours are decided, and the episode's own
luma. It is rendered and encoded like every result. No method can have better scores.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from cartoonize.color.lab import rgb_to_lab
from cartoonize.filters.render import render_frames
from cartoonize.frames import Frame, area_average
from cartoonize.video import open_source, open_writer


def true_colors(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Yield frames with the true colours on the grid of 256x256."""
    for frame in frames:
        assert frame.rgb is not None
        ab = rgb_to_lab(area_average(frame.rgb))[..., 1:].astype(np.float32)
        yield frame.having(ab=ab[None], rgb=None)


@click.command()
@click.argument("episode", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option("--codec", default="h264", show_default=True)
def main(episode: Path, output: Path, codec: str) -> None:
    """Write the ceiling of an episode."""
    with (
        open_source(episode) as source,
        open_writer(output, source.format, codec=codec, force=True) as writer,
    ):
        for frame in render_frames(true_colors(source.frames(rgb=True)), planes=writer.plane_format):
            writer.write(frame)


if __name__ == "__main__":
    main()
