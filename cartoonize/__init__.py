"""Learn a cartoon series from its coloured part and colour the black-and-white rest, video to video.

The names below are the short public API; each is imported when it is first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cartoonize.errors import CartoonizeError as CartoonizeError
    from cartoonize.flow.chain import FlowOptions as FlowOptions
    from cartoonize.flow.color import colorize as colorize
    from cartoonize.flow.members import Choice as Choice
    from cartoonize.refine.fill import fill_image as fill_image
    from cartoonize.stages.colorize import ColorizeOptions as ColorizeOptions
    from cartoonize.stages.evaluate import evaluate as evaluate
    from cartoonize.stages.refine import RefineOptions as RefineOptions
    from cartoonize.stages.render import RenderOptions as RenderOptions
    from cartoonize.workspace import Workspace as Workspace

__version__ = "0.1.0"

_HOMES = {
    "CartoonizeError": "errors",
    "Choice": "flow.members",
    "ColorizeOptions": "stages.colorize",
    "FlowOptions": "flow.chain",
    "RefineOptions": "stages.refine",
    "RenderOptions": "stages.render",
    "Workspace": "workspace",
    "colorize": "flow.color",
    "evaluate": "stages.evaluate",
    "fill_image": "refine.fill",
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cartoonize' has no attribute {name!r}")
    return getattr(import_module(f"cartoonize.{_HOMES[name]}"), name)
