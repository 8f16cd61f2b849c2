"""Base of sources that hold no file open between iterations."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class OpenedOnDemand:
    """Context manager of a source whose iterations open and close the file themselves."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
