"""Names of results: the shortest ends of their paths that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def shortest_names(paths: Sequence[Path], *, with_suffix: bool = False) -> list[str]:
    """Return a name for each path: its file name, with as many folders in front as it needs to be unique.

    Parameters
    ----------
    paths : sequence of Path
        Files or folders, which need not exist.
    with_suffix : bool
        Keep the suffixes of all files. Otherwise only files that differ in nothing else keep them.

    Returns
    -------
    list of str
        Names that differ, except those of paths that are the same.

    Examples
    --------
    >>> shortest_names([Path("w/a/out/film.mp4"), Path("w/b/out/film.mp4"), Path("w/b/out/other.mp4")])
    ['a/out/film', 'b/out/film', 'other']
    """
    whole = [path.resolve() for path in paths]
    plain = [path.parent / _stem(path) for path in whole]
    stems = {p.name for p, n in Counter(p for p, _ in set(zip(plain, whole, strict=True))).items() if n > 1}
    keys = [w if p.name in stems else p for w, p in zip(whole, plain, strict=True)]
    names = []
    for key, path in zip(keys, whole, strict=True):
        n_parts = _n_parts_needed(key, [other for other in keys if other != key])
        folders, name = key.parts[len(key.parts) - n_parts : -1], path.name if with_suffix else key.name
        names.append("/".join((*folders, name)))
    return names


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _n_parts_needed(path: Path, others: Sequence[Path]) -> int:
    """Return how many of the last parts of a path it takes until none of the others ends like it."""
    most = len(path.parts) - 1  # the first part is the root
    for n in range(1, most):
        if all(other.parts[-n:] != path.parts[-n:] for other in others):
            return n
    return most
