"""Helpers that several rooms of the tests share."""

from pathlib import Path

#: The root folder of the repository. A process of its own finds the packages there.
ROOT = Path(__file__).parents[2]
