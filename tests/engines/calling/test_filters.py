"""A filter that cannot work is told before anything is called."""

import shutil

import pytest

from engines.calling.filters import HARD, check
from engines.contract.errors import BadUsage

pytestmark = pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools is missing")


@pytest.mark.parametrize("tool", sorted(HARD))
def test_the_default_filters_work(tool: str) -> None:
    check(HARD[tool], tool)


@pytest.mark.parametrize(
    ("expression", "tool", "told"),
    [
        ("QUALL<20", "bcftools", "bcftools writes no field QUALL"),
        ("QD<2", "freebayes", "freebayes writes no field QD"),
        ("QD<2", "gatk.gvcf", "gatk.gvcf writes no field QD"),
        ("QUAL<", "gatk", "QUAL<"),
        ("QUAL<20 && (INFO/DP<3", "gatk", "Could not parse"),
        ("DP<5", "bcftools", "ambiguous"),
    ],
)
def test_what_is_wrong_is_told(expression: str, tool: str | None, told: str) -> None:
    with pytest.raises(BadUsage, match="filter") as caught:
        check(expression, tool)
    assert told in caught.value.message


def test_fields_that_arguments_may_add_are_no_error() -> None:
    check("QUAL<20 || INFO/NEW>3", None)
    check('SVTYPE="DEL" && QUAL<20', "delly")
