"""One Markdown body, both parts of a mail: styled HTML and plain text, from one parse; used by compose.

Values are escaped before they meet the Markdown, so that a name with an asterisk or a link in it stays a name in both
parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Everything that could end a line, in a header or in Markdown, becomes a space; marks that turn the direction of
# writing are dropped, for with them a name can be made to read as something else.
_LINE_ENDS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_TURNS = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_CLEAN: dict[int, str | None] = {**_LINE_ENDS, **_TURNS}

# Mail clients drop style sheets, so each element carries its own.
_STYLES = {
    "p": "margin:0 0 16px 0;",
    "ul": "margin:0 0 16px 0;padding:0 0 0 24px;",
    "ol": "margin:0 0 16px 0;padding:0 0 0 24px;",
    "li": "margin:0 0 8px 0;",
    "a": "color:#0b5394;text-decoration:underline;",
    "h1": "margin:0 0 16px 0;font-size:22px;line-height:1.3;",
    "h2": "margin:24px 0 12px 0;font-size:18px;line-height:1.3;",
    "h3": "margin:24px 0 8px 0;font-size:16px;line-height:1.4;",
    "blockquote": "margin:0 0 16px 0;padding:0 0 0 16px;border-left:3px solid #c5ccd3;",
    "hr": "margin:24px 0;border:0;border-top:1px solid #d9dee3;",
}
_PARSER = MarkdownIt("commonmark", {"html": False})


def clean(value: Any) -> str:  # noqa: ANN401 - whatever a template prints
    """Return a value as one line of text without control characters; None as nothing."""
    if value is None:
        return ""
    text = str(value)
    # Most of what is printed holds nothing to translate, which takes long.
    plain = text if text.isascii() and text.isprintable() else text.translate(_CLEAN)
    return " ".join(plain.split())


def escape(value: Any) -> str:  # noqa: ANN401 - whatever a template prints
    """Return a value as one line in which nothing is Markdown; in link targets too."""
    return _PUNCTUATION.sub(r"\\\1", clean(value))


def parse(body: str) -> list[Token]:
    """Return the tokens of a body. Raw HTML in it is text, and links other than web and mail are no links."""
    return _PARSER.parse(body)


def to_html(tokens: Sequence[Token]) -> str:
    """Return the HTML of a parsed body, every element with its own style."""
    for token in _flat(tokens):
        if token.nesting >= 0 and token.tag in _STYLES:
            token.attrSet("style", _STYLES[token.tag])
    html: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return html


def _flat(tokens: Sequence[Token]) -> list[Token]:
    return [found for token in tokens for found in (token, *_flat(token.children or ()))]


def to_text(tokens: Sequence[Token]) -> str:
    """Return a parsed body as plain text: ``-`` before items, ``<address>`` after the words that link to it."""
    return "\n\n".join("\n".join(_block(node)) for node in SyntaxTreeNode(tokens).children)


def _block(node: SyntaxTreeNode) -> list[str]:
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type == "blockquote":
        return [f"> {line}".rstrip() for line in _blocks(node, "\n\n")]
    if node.type in ("fence", "code_block"):
        return [f"    {line}" for line in node.content.rstrip("\n").split("\n")]
    if node.type == "hr":
        return ["-" * 20]
    return _inline(node).split("\n")


def _blocks(node: SyntaxTreeNode, between: str) -> list[str]:
    return between.join("\n".join(_block(child)) for child in node.children).split("\n")


def _list(node: SyntaxTreeNode) -> list[str]:
    start = int(node.attrs.get("start", 1))
    marks = [f"{start + turn}. " if node.type == "ordered_list" else "- " for turn in range(len(node.children))]
    lines: list[str] = []
    for mark, item in zip(marks, node.children, strict=True):
        first, *rest = _blocks(item, "\n")
        lines += [mark + first, *(" " * len(mark) + line for line in rest)]
    return lines


def _inline(node: SyntaxTreeNode) -> str:
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.type == "link":
        return _link("".join(map(_inline, node.children)), str(node.attrs["href"]))
    return "".join(map(_inline, node.children)) if node.children else node.content


def _link(words: str, target: str) -> str:
    return target if words in (target, target.removeprefix("mailto:")) else f"{words} <{target}>"
