"""Accepted shots keep their colours, and the journal decides which ones are accepted."""

import pytest

from cartoonize.coloring.accepted import AcceptedShots
from cartoonize.coloring.accepted_files import accepted_folder
from cartoonize.review.locks import Locks


@pytest.fixture
def kept(colored, film):
    """Return a function that returns the ranges of the shots whose colours are kept, as files."""
    return lambda: set(AcceptedShots(accepted_folder(colored, film.confidence.fingerprint)).ranges())


def test_exactly_the_accepted_shots_are_kept(colored, film, kept):
    locks = Locks(colored)
    for accepted in ({(0, 12)}, {(0, 12), (12, 24)}, {(12, 24)}, set()):
        locks.follow(film, accepted)
        assert kept() == accepted


def test_what_is_kept_is_not_replaced_by_later_colours(colored, film, kept):
    Locks(colored).follow(film, {(0, 12)})
    (path,) = colored.root.glob("review/accepted/*/*.npz")
    content = path.read_bytes()
    film.cached_path(film.shots[0]).write_bytes(film.cached_path(film.shots[1]).read_bytes())
    again = Locks(colored)  # as after a restart
    again.follow(film, {(0, 12)})
    assert path.read_bytes() == content and kept() == {(0, 12)}


def test_a_shot_that_is_not_in_the_cache_is_kept_when_it_is(colored, film, kept):
    path = film.cached_path(film.shots[0])
    content = path.read_bytes()
    path.unlink()
    locks = Locks(colored)
    locks.follow(film, {(0, 12), (3, 7)})  # there is no shot with the second range
    assert kept() == set()
    path.write_bytes(content)
    locks.follow(film, {(0, 12), (3, 7)})
    assert kept() == {(0, 12)}


def test_after_a_kill_the_files_follow_the_journal(colored, film, kept, open_session):
    """The journal has an action whose files were not written."""
    session = open_session(colored)
    session.act(0, "accept", {"film": film.key, "shots": [[0, 12]]})
    session.journal.add(1, "accept", {"film": film.key, "shots": [[12, 24]]})
    assert kept() == {(0, 12)}
    open_session(colored).reconcile()
    assert kept() == {(0, 12), (12, 24)}
    session.journal.add(2, "undo", {})
    session.journal.add(3, "undo", {})
    open_session(colored).reconcile()
    assert kept() == set()


def test_undo_and_redo_lock_and_unlock(colored, film, kept, open_session):
    session = open_session(colored)
    session.act(0, "accept", {"film": film.key, "shots": [[0, 12], [12, 24]]})
    session.act(1, "reopen", {"film": film.key, "shots": [[0, 12]]})
    assert kept() == {(12, 24)}
    session.act(2, "undo", {})
    assert kept() == {(0, 12), (12, 24)}
    session.act(3, "undo", {})
    assert kept() == set()
    session.act(4, "redo", {})
    assert kept() == {(0, 12), (12, 24)}
