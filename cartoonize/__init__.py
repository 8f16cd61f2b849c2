"""Learn a cartoon series from its coloured episodes and colour its black-and-white ones, video to video.

The names in ``__all__`` are the public API. Each is imported on first use, so importing the package is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cartoonize.annotations.annotations import Annotations as Annotations
    from cartoonize.coloring.ensemble import Choice as Choice
    from cartoonize.coloring.options import ColorizeOptions as ColorizeOptions
    from cartoonize.coloring.options import RunOptions as RunOptions
    from cartoonize.errors import CartoonizeError as CartoonizeError
    from cartoonize.filters.predict import PredictOptions as PredictOptions
    from cartoonize.filters.refine import RefineOptions as RefineOptions
    from cartoonize.filters.render import RenderOptions as RenderOptions
    from cartoonize.refine.fill import fill_image as fill_image
    from cartoonize.reporting import Reporter as Reporter
    from cartoonize.tasks.colorize import colorize as colorize
    from cartoonize.tasks.evaluate import evaluate as evaluate
    from cartoonize.workspace import Workspace as Workspace

__version__ = "0.1.0"

_MODULES = {
    "Annotations": "annotations.annotations",
    "CartoonizeError": "errors",
    "Choice": "coloring.ensemble",
    "PredictOptions": "filters.predict",
    "ColorizeOptions": "coloring.options",
    "RefineOptions": "filters.refine",
    "RenderOptions": "filters.render",
    "Reporter": "reporting",
    "RunOptions": "coloring.options",
    "Workspace": "workspace",
    "colorize": "tasks.colorize",
    "evaluate": "tasks.evaluate",
    "fill_image": "refine.fill",
}
__all__ = ["__version__", *_MODULES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'cartoonize' has no attribute {name!r}")
    return getattr(import_module(f"cartoonize.{_MODULES[name]}"), name)
