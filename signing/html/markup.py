"""HTML that escapes by construction: what is not `Html` already is text, and text is escaped (WHATWG HTML §13.3)."""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is markup. Only this module and its callers' own constants make it."""

    __slots__ = ()


Content = str | None


def text(value: str) -> Html:
    """`value` escaped for text and attributes; what cannot be printed, bidirectional overrides too, becomes U+FFFD."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return Html(escape(shown, quote=True))


def join(*children: Content) -> Html:
    """The children one after the other, escaped where they are plain text; None is left out."""
    return Html("".join(c if isinstance(c, Html) else text(c) for c in children if c is not None))


def el(tag: str, *children: Content, cls: str = "", **attributes: str) -> Html:
    """`<tag class=… …>children</tag>`; attribute values are escaped, names are ours."""
    if cls:
        attributes = {"class": cls, **attributes}
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{written}>{join(*children)}</{tag}>")


def both(vi: str, en: str) -> Html:
    """Vietnamese first, English beside it."""
    return join(el("span", vi, lang="vi"), " ", el("span", en, cls="en", lang="en"))
