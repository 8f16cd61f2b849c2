"""Typed HTML text: everything that is not `Html` is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Union

Content = Union["Html", str, None, Iterable["Content"]]
_EMPTY = {"img", "input", "line", "rect", "circle", "polyline", "path", "br", "meta"}


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()


def text(content: Content) -> Html:
    """Return content as HTML. Nested iterables are joined, None is left out, plain text is escaped."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(content))
    return Html("".join(text(part) for part in content))


def tag(name: str, *content: Content, **attributes: str | float | bool | None) -> Html:
    """Return one element.

    Parameters
    ----------
    name : str
        Name of the element.
    *content : Html, str, None or iterables of these
        Content of the element.
    **attributes
        Attributes. Underscores become hyphens; a trailing underscore is dropped (``class_``). True gives
        a bare attribute; False and None leave the attribute out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY and not content:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{text(content)}</{name}>")
