"""Line styles of results, and the switches that show and hide their lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cartoonize.report.charts import Line, Point, swatch
from cartoonize.report.html import Html, tag
from cartoonize.report.results import GROUPS, Result, initially_shown

N_COLORS, N_GREYS = 12, 4
_DASHES = {"none": "d0", "grow": "d1", "felzenszwalb": "d2"}


class Legend:
    """Line styles that are the same in all charts of a page: a colour per method, dashes per refinement."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.results = sorted(results, key=lambda r: list(GROUPS).index(r.group))
        self.shown: Collection[str] = initially_shown(results)
        bases = list(dict.fromkeys(r.base for r in self.results if r.group != "floor"))
        floors = list(dict.fromkeys(r.base for r in self.results if r.group == "floor"))
        self._colors = {base: f"c{i % N_COLORS}" for i, base in enumerate(bases)}
        self._colors |= {base: f"g{i % N_GREYS}" for i, base in enumerate(floors)}
        self._keys = {r.name: f"s{i}" for i, r in enumerate(self.results)}

    def style(self, result: Result) -> str:
        """Return the CSS classes of a result's lines."""
        return f"{self._colors[result.base]} {_DASHES.get(result.refinement, 'd3')}"

    def key(self, result: Result) -> str:
        """Return the identifier that connects a result's lines with its switch."""
        return self._keys[result.name]

    def line(self, result: Result, points: Sequence[Point]) -> Line:
        """Return a line of a result."""
        return Line(self.key(result), result.name, points, self.style(result), result.name in self.shown)

    def swatch(self, result: Result) -> Html:
        """Return a short sample of a result's line."""
        return swatch(self.style(result))

    def switches(self, results: Sequence[Result], shown: Collection[str] | None = None) -> Html:
        """Return the switches for the charts of one section, grouped by kind of result.

        Without JavaScript they serve as a legend.

        Parameters
        ----------
        results : sequence of Result
            Results that have a line in the charts.
        shown : collection of str, optional
            Names of the results that are visible at first. Default: those that the page shows.
        """
        shown = self.shown if shown is None else shown
        rows = []
        for group, title in GROUPS.items():
            members = [r for r in self.results if r.group == group and r in results]
            if not members:
                continue
            boxes = [self._switch(r, r.name in shown) for r in members]
            button = tag("button", title, type="button", class_="all", title=f"Show or hide all {title}")
            rows.append(tag("div", button, boxes, class_="switches"))
        return tag("fieldset", tag("legend", "Shown in the charts"), rows, class_="legend")

    def _switch(self, result: Result, shown: bool) -> Html:
        box = tag("input", type="checkbox", checked=shown, data_series=self.key(result), autocomplete="off")
        return tag("label", box, self.swatch(result), tag("span", result.name))
