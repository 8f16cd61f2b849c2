"""Tests of the evidence file: what was known of the colours of a film comes back as it was."""

from __future__ import annotations

import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints, fingerprint_of_hints
from cartoonize.coloring.evidence_file import SavedEvidence, read_evidence, write_evidence


@pytest.mark.parametrize("mask", [None, "exact", "unsure"])
def test_hints_come_back_as_they_were(tmp_path, mask):
    rng = np.random.default_rng(0)
    masks = {} if mask is None else {mask: rng.random((4, 6)) < 0.5}
    confidence = np.where(rng.random((4, 6)) < 0.5, np.float32(0), np.float32(1))
    hints = {7: ColorHints(rng.normal(size=(4, 6, 2)).astype(np.float32), confidence, **masks)}
    write_evidence(tmp_path, SavedEvidence(hints))
    found = read_evidence(tmp_path)
    assert found is not None
    assert fingerprint_of_hints(found.painted, 0, 99) == fingerprint_of_hints(hints, 0, 99)


def test_a_damaged_file_is_no_evidence(tmp_path):
    write_evidence(tmp_path, SavedEvidence({0: ColorHints.everywhere(np.zeros((4, 6, 2), np.float32))}))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    assert read_evidence(tmp_path) is None


def test_no_file_is_no_evidence_at_all(tmp_path):
    found = read_evidence(tmp_path)
    assert found is not None
    assert not found.painted
    assert not len(found.memory)
