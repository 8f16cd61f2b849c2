"""Draw the procedural series and write it as videos."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.errors import OutputError
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cartoonize.sample.options import SampleOptions
    from cartoonize.sample.series import EpisodeSummary


def sample(
    folder: Path, *, options: SampleOptions, force: bool = False, reporter: Reporter = LOG
) -> list[EpisodeSummary]:
    """Write ``episode1.mkv``, ``episode2.mkv``, ... with sound and subtitles into a folder.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.
    options : SampleOptions
    force : bool
        Replace existing episodes.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of EpisodeSummary
        One per episode, in order.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds episodes and ``force`` is not set.
    """
    from cartoonize.prefetch import prefetch
    from cartoonize.sample.series import draw_series
    from cartoonize.video import write_film

    def write(path: Path, pictures: Iterable[NDArray[np.uint8]], **film: Any) -> None:
        with closing(prefetch(pictures)) as ahead:  # draws while the encoder works
            write_film(path, ahead, **film)

    existing = sorted(folder.glob("episode*.mkv")) if folder.is_dir() else []
    if existing and not force:
        raise OutputError(f"{existing[0]}: exists already", "Choose another folder, or use --force.")
    return draw_series(folder, options=options, write=write, reporter=reporter)
