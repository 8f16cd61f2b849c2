"""Options of `colorize`."""

from __future__ import annotations

from dataclasses import dataclass

from cartoonize.errors import UsageError
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions

REFINE_ORDERS = ("members", "result")


@dataclass(frozen=True)
class ColorizeOptions:
    """Options of all filters between a grey frame and a coloured one."""

    predict: PredictOptions = PredictOptions()
    refine: RefineOptions = RefineOptions()
    render: RenderOptions = RenderOptions()
    refine_order: str = "members"
    """``members``: fill the colours of each member, then average (the thesis's best video); ``result``:
    average, then fill. Tracks always use the combined prediction."""

    @property
    def uses_tracks(self) -> bool:
        """True if regions are followed through shots."""
        return self.refine.refine == "tracks"

    @property
    def uses_album(self) -> bool:
        """True if drawings are looked up in the training episodes and among references."""
        return self.uses_tracks and self.refine.album

    @property
    def denoises(self) -> bool:
        """True if regions are followed in pictures without grain."""
        return self.uses_tracks and self.refine.denoise

    def ignored_by_tracks(self) -> list[str]:
        """Return the names of options that were set and have no effect with tracks."""
        default = ColorizeOptions()
        return [
            name
            for options, unset, names in (
                (self.predict, default.predict, ("decode",)),
                (self.refine, default.refine, ("fill", "threshold")),
                (self, default, ("refine_order",)),
            )
            for name in names
            if getattr(options, name) != getattr(unset, name)
        ]

    def __post_init__(self) -> None:
        if self.refine_order not in REFINE_ORDERS:
            raise UsageError(
                f"unknown refine order {self.refine_order!r}", f"Known: {', '.join(REFINE_ORDERS)}"
            )


@dataclass(frozen=True)
class RunOptions:
    """Options of one call that do not change the colours."""

    scheduler: str | None = None
    """``local[N]`` for N workers of dask.distributed on this machine, or the address of a scheduler; None
    to colour in this process."""
    confidence_video: bool = False
    """Also write ``NAME.confidence.mkv`` beside each output. It is red where the colours may be wrong."""
    again: bool = False
    """Colour everything again, also cached shots and outputs that are up to date."""
