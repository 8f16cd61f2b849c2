"""cartoonize models."""

import pytest

from cartoonize.methods.registry import VARIANTS
from tests.support.files import tree


def test_every_variant_with_its_published_size(cartoonize, tmp_path):
    outcome = cartoonize("models", "-w", tmp_path, "--json")
    rows = {row["name"]: row for row in outcome.json["variants"]}
    assert list(rows) == list(VARIANTS)
    assert all({"name", "parameters", "source", "output"} <= set(row) for row in rows.values())
    assert rows["plain"]["parameters"] == 32_235_385 and rows["residual"]["parameters"] == 16_613_689
    assert rows["plain"]["output"] == "histogram" and rows["plain-l2"]["output"] == "ab"
    assert rows["grey"]["needs"] == "nothing" and rows["lookup"]["source"] == "floor"
    lines = outcome.err.splitlines()
    assert [line.split()[0] for line in lines] == list(VARIANTS) and "32,235,385" in lines[0]
    assert tree(tmp_path) == {}


def test_at_another_width(cartoonize):
    rows = cartoonize("models", "--width", "0.25", "--json").json["variants"]
    assert 1_000_000 < rows[0]["parameters"] < 32_235_385 / 10


@pytest.mark.parametrize("width", ["0", "-1", "nan", "100"])
def test_widths_out_of_range(fails, width):
    fails("models", "--width", width, words=[f"width {width}", "1.0"], code=2)
