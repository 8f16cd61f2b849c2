"""STEPS: the stages that a recipe may name."""

from __future__ import annotations

from cartoonize.recipes.steps.base import Step
from cartoonize.recipes.steps.coloring import Colorize, Compare
from cartoonize.recipes.steps.judging import Evaluate, Report
from cartoonize.recipes.steps.preparing import Adapt, Credits, Extract, Sample, Split, Train
from cartoonize.recipes.steps.timing import Times
from cartoonize.recipes.steps.trying import Print, Robustness, Trials

__all__ = ["STEPS", "Step"]

STEPS: dict[str, type[Step]] = {
    step.__name__.lower(): step
    for step in (
        *(Sample, Extract, Credits, Split, Train, Adapt),
        *(Print, Colorize, Compare),
        *(Evaluate, Times, Robustness, Trials, Report),
    )
}
