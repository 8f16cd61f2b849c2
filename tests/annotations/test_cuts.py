"""cuts.json: read, written, and its damages."""

import json

import pytest

from cartoonize.annotations.cuts import Cut, read_cuts, write_cuts
from cartoonize.errors import CartoonizeError

GOOD = {"episode": "e01", "frame": 5, "is_cut": True}


def test_cuts_are_read_as_they_were_written(tmp_path):
    cuts = [Cut("e01", 5, True), Cut("e01", 9, False)]
    write_cuts(tmp_path / "cuts.json", cuts)
    assert read_cuts(tmp_path / "cuts.json") == cuts
    assert read_cuts(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "change", [{"frame": 0}, {"frame": 1.5}, {"frame": True}, {"is_cut": 1}, {"more": 1}, {"episode": 3}]
)
def test_a_damaged_entry_is_named(tmp_path, change):
    path = tmp_path / "cuts.json"
    data = {"format": "cartoonize-cuts", "version": 1, "cuts": [GOOD, {**GOOD, **change}]}
    path.write_text(json.dumps(data))
    with pytest.raises(CartoonizeError, match=r"cut 2|a cut of e01"):
        read_cuts(path)
