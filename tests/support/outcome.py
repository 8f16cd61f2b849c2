"""The outcome of a call of the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """The exit code and the output of a call of the program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON object that standard output consists of."""
        return json.loads(self.out)
