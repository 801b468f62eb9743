"""The adapters stay thin: what is more belongs to what they adapt."""

from pathlib import Path

from control.web import documented

MOST_LINES = 600


def test_all_adapters_together_are_short() -> None:
    modules = list(Path(documented.__file__).parent.glob("**/*.py"))
    assert len(modules) > 5
    assert sum(len(each.read_text().splitlines()) for each in modules) < MOST_LINES
