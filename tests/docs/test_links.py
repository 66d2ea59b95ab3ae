"""No link in the documents leads nowhere."""

import pytest

from handbook.pages import ROOT, Page, pages

PAGES = pages()
BY_NAME = {page.name: page for page in PAGES}


def target(page: Page, link: str) -> tuple[str, str]:
    """Return the file of the repository and the anchor that a link of a page leads to."""
    path, _, anchor = link.partition("#")
    found = (page.path.parent / path).resolve() if path else page.path
    return found.relative_to(ROOT).as_posix(), anchor


def within(page: Page) -> list[str]:
    """Return the links to other places of the repository."""
    return [link for link in page.links if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Page) -> None:
    for link in within(page):
        name, anchor = target(page, link)

        assert (ROOT / name).exists(), link
        if anchor:
            assert anchor in BY_NAME[name].anchors, link


def test_every_document_is_found_from_the_readme() -> None:
    reached, left = {"README.md"}, ["README.md"]
    while left:
        page = BY_NAME[left.pop()]
        for name in {found for link in within(page) for found in documents(target(page, link)[0])}:
            if name not in reached:
                reached.add(name)
                left.append(name)

    assert BY_NAME.keys() - reached == set()


def documents(name: str) -> list[str]:
    """Return the documents that a link to a file or a folder leads to."""
    folder = name.rstrip("/") + "/"
    return [other for other in BY_NAME if other == name or other.startswith(folder)]


def test_links_to_others_are_encrypted() -> None:
    outside = [link for page in PAGES for link in page.links if "://" in link]

    assert [link for link in outside if not link.startswith("https://")] == []
