"""The list of runs as the service makes it."""

import re
from pathlib import Path

import pytest
from web_lab import WebLab

from control.record.run_dir import State
from control.web.pages.runs_list import in_words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((-1, "0.0 s"), (1.52, "1.5 s"), (59.4, "59 s"), (125, "2 min 5 s")),
        *((3600, "1 h 0 min"), (12_030, "3 h 20 min"), (187_200, "2 d 4 h")),
    ],
)
def test_lengths_of_time_are_as_scripts_write_them(seconds: float, text: str) -> None:
    assert in_words(seconds) == text


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def link(page: str, title: str) -> str:
    """Where the heading of a column leads."""
    found = re.search(rf'<a href="([^"]*)"[^>]*>{title}</a>', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_headings_sort_turn_round_and_keep_what_is_narrowed(lab: WebLab) -> None:
    client = lab.client()
    lab.run(State.FAILED, name="b")
    lab.run(State.COMPLETED, name="a")
    page = client.get("/?state=failed&state=completed&text=all").get_data(as_text=True)
    narrowed = "/?state=failed&state=completed&text=all"
    assert link(page, "Started") == f"{narrowed}&descending=false"
    assert link(page, "Run") == f"{narrowed}&sort=name&descending=false"
    assert link(page, "Failed") == f"{narrowed}&sort=failed"
    sorted_page = client.get("/?sort=name&descending=false").get_data(as_text=True)
    assert re.findall(r'title="2026[^>]*>([ab])</a>', sorted_page) == ["a", "b"]
    assert link(sorted_page, "Run") == "/?sort=name"
    assert 'data-column="name" aria-sort="ascending"' in sorted_page


def test_only_names_of_runs_that_one_may_see_are_offered(lab: WebLab) -> None:
    lab.run()
    lab.run(user="bob")
    assert "<option>bob</option>" in lab.client("root").get("/").get_data(as_text=True)
    own = lab.client().get("/?owner=bob").get_data(as_text=True)
    assert "<option selected>bob</option>" in own, "what is asked for is shown as it is"
    assert "bob" not in lab.client().get("/").get_data(as_text=True)


def test_a_cursor_of_another_list_is_refused(lab: WebLab) -> None:
    assert lab.client().get("/?cursor=nonsense").status_code == 400
