"""Fixtures of the tests of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner, Result

from cartoonize.cli.main import root
from tests.support.outcome import Outcome


@pytest.fixture
def misused(cartoonize: Callable[..., Outcome]) -> Callable[..., str]:
    """Call the program, which has to refuse its command line; return the error.

    The error of click has exit code 2. It consists of the usage, a blank line and one line with the error.
    """

    def call(*arguments: object, words: Sequence[object] = ()) -> str:
        outcome = cartoonize(*arguments)
        *usage, error = outcome.err.splitlines()
        assert outcome.code == 2 and outcome.out == "", outcome
        assert usage[0].startswith("Usage: ") and error.startswith("Error: "), outcome.err
        for word in words:
            assert str(word) in error
        return error

    return call


@pytest.fixture
def invoke() -> Callable[..., Result]:
    """Call the root command. The result holds its error, if there is one."""
    return lambda *arguments: CliRunner().invoke(root, [str(a) for a in arguments])
