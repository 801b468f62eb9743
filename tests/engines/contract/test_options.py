"""Prefixes that would be misread are refused with what was meant."""

import click
import pytest

from engines.contract.options import Prefix


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("new/", "'new/' is a folder; give a name in it: new/NAME"),
        ("r/a.vcf.gz", "'r/a.vcf.gz' is one file; give what all begin with: r/a"),
    ],
)
def test_what_is_no_prefix(value: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=message):
        Prefix().convert(value, None, None)


def test_names_with_points_and_folders_are_kept() -> None:
    assert str(Prefix().convert("results/HG002.rep1", None, None)) == "results/HG002.rep1"
