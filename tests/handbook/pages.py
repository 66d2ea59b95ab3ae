"""The pages of the documentation, and what is in them.

A fenced block is run. What is said about a block stands before it, in a comment that readers do not
see:

    <!-- not run: WHY -->             it cannot be run here, and why
    <!-- part of: FILE -->            a fragment of a file of this repository
    <!-- chart values -->             values for the chart

Before its first block a page may say what it takes for granted: `<!-- prepared: WHAT -->`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
COMMENT = re.compile(
    r"<!--\s*(not run|part of|chart values|prepared)(?::\s*(.*?))?\s*-->", re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, where it is, and what is said about it."""

    page: str
    line: int
    language: str
    text: str
    mark: str = ""
    said: str = ""

    @property
    def where(self) -> str:
        """Where to look for it."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """A document."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        """What is in it."""
        return self.path.read_text()

    @property
    def blocks(self) -> list[Block]:
        """Its fenced blocks."""
        return list(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        mark = said = ""
        for token in _tokens(self.path):
            if token.type == "fence":
                line = (token.map or [0])[0] + 1
                yield Block(self.name, line, token.info.strip(), token.content, mark, said)
            mark, said = _mark(token)

    @property
    def prepared(self) -> str:
        """What the page takes for granted."""
        marks = [_mark(token) for token in _tokens(self.path)]
        return next((said for mark, said in marks if mark == "prepared"), "")

    @property
    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them."""
        tokens = _tokens(self.path)
        titles = [title.content for before, title in pairwise(tokens) if _opens(before)]
        return {_anchor(title) for title in titles}

    @property
    def links(self) -> list[str]:
        """Where its links go."""
        inline = [child for token in _tokens(self.path) for child in token.children or ()]
        return [str(child.attrs["href"]) for child in inline if child.type == "link_open"]

    @property
    def names(self) -> set[str]:
        """What stands in its text between backticks."""
        inline = [child for token in _tokens(self.path) for child in token.children or ()]
        return {child.content for child in inline if child.type == "code_inline"}


def pages() -> list[Page]:
    """Return all documents of the repository that people read."""
    places = ("*.md", "docs/**/*.md", "charts/*/README.md")
    return [Page(path) for place in places for path in sorted(ROOT.glob(place))]


def _opens(token: Token) -> bool:
    return token.type == "heading_open"


def _mark(token: Token) -> tuple[str, str]:
    found = COMMENT.match(token.content) if token.type == "html_block" else None
    return (found[1], " ".join((found[2] or "").split())) if found else ("", "")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@cache
def _tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text())
