"""The page: verdicts first, the charts below, nothing from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from qc_lab import judged, write_sample

from engines.qc import page

ITEM = {
    **{"metric": "depth <i>", "category": "coverage", "direction": "low"},
    **{"warn": {"value": 30, "z": 3.5}, "fail": {"value": 15}, "reason": "so & so"},
}


class Texts(HTMLParser):
    """The texts of a page; a tag that is not ours would show."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


@pytest.fixture
def inputs(tmp_path: Path) -> list[object]:
    """A sample that warns, and twelve others that sink from day to day."""
    for day in range(1, 13):
        row = [("coverage", "depth <i>", 45.0 - day)]
        write_sample(tmp_path / "c", f"C{day}", row, f"2026-01-{day:02}")
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump({"thresholds": [ITEM]}))
    sample = write_sample(tmp_path, "<b>S1", [("coverage", "depth <i>", 29.0)], "2026-01-13")
    return [sample, "--cohort", tmp_path / "c", "--thresholds", path]


def test_the_page(tmp_path: Path, inputs: list[object]) -> None:
    judged(tmp_path / "o", *inputs, page=True)
    text = (tmp_path / "o.verdict.html").read_text()
    found = Texts()
    found.feed(text)
    assert {"b", "i"}.isdisjoint(found.tags)
    assert {"Quality: <b>S1", "warn", "depth <i>", "29 is less than 30", "so & so"} <= set(
        found.texts
    )
    places = [text.index(f"<h2>{head}") for head in ("Verdicts", "Against", "Over time")]
    assert places == sorted(places)
    assert text.count('<div class="panel">') == 2
    outside = {each for each in re.findall(r"https?://[^\"' )<]+", text) if "w3.org" not in each}
    assert not outside


def test_the_same_bytes_every_time(tmp_path: Path, inputs: list[object]) -> None:
    judged(tmp_path / "a", *inputs, page=True)
    judged(tmp_path / "b", *inputs, page=True)
    pages = {(tmp_path / f"{name}.verdict.html").read_bytes() for name in "ab"}
    assert len(pages) == 1


def test_without_a_cohort_there_is_no_picture(tmp_path: Path, inputs: list[object]) -> None:
    judged(tmp_path / "o", inputs[0], *inputs[3:], page=True)
    text = (tmp_path / "o.verdict.html").read_text()
    assert "<svg" not in text
    assert "a cohort of 0 other samples is smaller than 8" in text


def test_of_many_samples_what_does_not_pass(
    tmp_path: Path, inputs: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "LISTED", 2)
    others = sorted((tmp_path / "c").glob("C1*.json"))
    judged(tmp_path / "o", *others, *inputs, page=True)
    found = Texts()
    found.feed((tmp_path / "o.verdict.html").read_text())
    assert "What fails or warns; the rest is in the TSV and JSON files." in found.texts
    assert found.texts.count("<b>S1") == 2 and found.texts.count("C10") == 1


def test_an_earlier_page_does_not_stay_beside_a_new_verdict(
    tmp_path: Path, inputs: list[object]
) -> None:
    judged(tmp_path / "o", *inputs, page=True)
    judged(tmp_path / "o", *inputs)
    assert not (tmp_path / "o.verdict.html").exists()
