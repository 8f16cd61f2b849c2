"""Sum up the answers that people saved from pages of `rate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.errors import UsageError

if TYPE_CHECKING:
    from cartoonize.metrics.rating_summary import Agreement, MethodSummary
    from cartoonize.metrics.ratings import Ratings


@dataclass(frozen=True)
class RatingsSummary:
    """Answers of all people, by method."""

    mode: str
    n_people: int
    agreement: Agreement
    methods: tuple[MethodSummary, ...]
    page: str | None = None
    """The page that was written, or None."""


def sum_up_ratings(paths: Sequence[Path], page: Path | None = None) -> RatingsSummary:
    """Sum up saved answers, and write the summary as an HTML page if one is named.

    Parameters
    ----------
    paths : sequence of Path
        Saved answers, one file for each person and page.
    page : Path, optional
        HTML file to write.

    Raises
    ------
    UsageError
        If ``paths`` is empty.
    SourceError
        If a file is damaged or has no answers, or the files cannot be combined.
    """
    from cartoonize.metrics.rating_summary import agreement, summarize_methods
    from cartoonize.metrics.ratings import read_ratings

    ratings = read_ratings(paths)
    if not ratings:
        raise UsageError("no saved answers given", "Name the files that the page of `cartoonize rate` saved.")
    methods, agreed = tuple(summarize_methods(ratings)), agreement(ratings)
    n_people, mode = len({one.person for one in ratings}), ratings[0].mode
    if page is not None:
        _write_page(page, ratings, methods, agreed)
    return RatingsSummary(mode, n_people, agreed, methods, str(page) if page else None)


def _write_page(
    page: Path, ratings: Sequence[Ratings], methods: Sequence[MethodSummary], agreed: Agreement
) -> None:
    from cartoonize.metrics.ratings import CONTROL
    from cartoonize.report.rating_results_page import MethodRatings, rating_results_page

    n_pages, n_answers = len({one.page for one in ratings}), sum(len(one.answers) for one in ratings)
    about = [
        ("people", str(len({one.person for one in ratings}))),
        ("answers", f"{n_answers} about {n_pages} page{'s' * (n_pages > 1)}"),
        ("agreement (Krippendorff's alpha)", _alphas(agreed)),
        ("program", f"cartoonize {__version__}"),
    ]
    rows = [MethodRatings(**asdict(method)) for method in methods]
    write_text(page, rating_results_page(rows, mode=ratings[0].mode, about=about, control=CONTROL))


def _alphas(agreed: Agreement) -> str:
    both = ("–" if alpha is None else f"{alpha:.2f}" for alpha in (agreed.all, agreed.colored))
    return "{}; without controls {}".format(*both)
