"""STEPS: the steps that the stages of a recipe may name."""

from __future__ import annotations

from cartoonize.recipes.steps.base import Step
from cartoonize.recipes.steps.coloring import Colorize, Compare
from cartoonize.recipes.steps.episodes import Credits, Extract, Sample, Split
from cartoonize.recipes.steps.method_tests import Robustness, Times, Trials
from cartoonize.recipes.steps.print import Print
from cartoonize.recipes.steps.references import Paint, Suggest
from cartoonize.recipes.steps.results import Doubtful, Evaluate, Report
from cartoonize.recipes.steps.training import Adapt, Train

__all__ = ["STEPS", "Step"]

STEPS: dict[str, type[Step]] = {
    step.__name__.lower(): step
    for step in (
        *(Sample, Extract, Credits, Split, Train, Adapt),
        *(Print, Colorize, Doubtful, Suggest, Paint, Compare),
        *(Evaluate, Times, Robustness, Trials, Report),
    )
}
