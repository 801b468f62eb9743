"""From settings to the options of callers, and what is done with their calls."""

from typing import Any

import pytest

from engines.calling.filters import HARD
from engines.configuration import call_commands
from engines.configuration.libraries import Library

OWN: dict[str, Any] = {"min_mapping_quality": 20, "min_base_quality": 15, "arguments": "--more 1"}
TARGET = Library("lib", "b", (), "a.bam", False, (), target="t.bed", platform="ILLUMINA")
LONG = Library("lib", "b", (), "a.bam", False, (), platform="ONT")


def configuration(tool: str, filter: str = "hard", gvcf: bool = False) -> dict[str, Any]:
    """With settings `own` of a tool."""
    settings = {"own": {"caller": tool, **OWN}, "plain": {"caller": tool}}
    common = {"filter": filter, "gvcf": gvcf, "chunks": 7, "padding": 100, "scatter": "interval"}
    return {"call": {"settings": settings, **common}}


def test_limits_are_options_of_each_caller() -> None:
    cases = {
        "bcftools": (call_commands.mpileup_options, "--min-MQ 20 --min-BQ 15"),
        "freebayes": (
            call_commands.freebayes_options,
            "--min-mapping-quality 20 --min-base-quality 15",
        ),
        "gatk": (
            call_commands.haplotype_caller_options,
            "--minimum-mapping-quality 20 --min-base-quality-score 15",
        ),
        "delly": (call_commands.delly_options, "--map-qual 20"),
        "sniffles": (call_commands.sniffles_options, "--mapq 20"),
    }
    for tool, (options, expected) in cases.items():
        config = configuration(tool)
        assert options("own", config).endswith(f"{expected} --more 1"), tool
        assert "20" not in options("plain", config), tool


def test_the_model_is_that_of_the_reads() -> None:
    config = configuration("deepvariant")
    assert call_commands.deepvariant_options(TARGET, "plain", config) == "--model_type WES"
    assert call_commands.deepvariant_options(LONG, "own", config) == (
        "--model_type ONT_R104 --make_examples_extra_args"
        " min_mapping_quality=20,min_base_quality=15 --more 1"
    )
    config = configuration("parabricks")
    assert call_commands.parabricks_command(TARGET, "plain", config) == "haplotypecaller"
    assert call_commands.parabricks_command(LONG, "plain", config) == "deepvariant --mode ont"
    config = configuration("parabricks", "model", gvcf=True)
    command = call_commands.parabricks_command(TARGET, "plain", config)
    assert command == "deepvariant --mode shortread --use-wes-model --gvcf"
    assert call_commands.strelka_options(TARGET, "plain", configuration("strelka")) == "--exome"


@pytest.mark.parametrize(
    ("library", "tool", "filter", "expected"),
    [
        (TARGET, "bcftools", "hard", HARD["bcftools"]),
        (TARGET, "bcftools", "none", None),
        (TARGET, "deepvariant", "hard", None),
        (TARGET, "gatk", "model", "INFO/CNN_1D<0"),
        (TARGET, "parabricks", "hard", HARD["gatk"]),
        (LONG, "parabricks", "hard", None),  # DeepVariant calls these
        (TARGET, "delly", "hard", None),
    ],
)
def test_which_calls_are_marked(
    library: Library, tool: str, filter: str, expected: str | None
) -> None:
    found = call_commands.expression_of(library, "plain", configuration(tool, filter))
    assert found == expected


def test_an_expression_of_ones_own_counts() -> None:
    config = configuration("freebayes")
    config["call"]["settings"]["plain"]["expression"] = "QUAL<5 && INFO/DP<3"
    marked = call_commands.gather_options(TARGET, "plain", config)
    assert marked.startswith("--expression 'QUAL<5 && INFO/DP<3' --measured ")
    assert marked.endswith(" --called"), "freebayes writes what it did not call"
    split = call_commands.split_options(TARGET, "plain", config, {})
    assert "--target t.bed --padding 100 --by interval --chunks 7" in split
    assert "--tool freebayes --expression 'QUAL<5 && INFO/DP<3'" in split
    gvcf = configuration("gatk", gvcf=True)
    gvcf["call"]["settings"]["plain"]["expression"] = "QD<2"
    assert call_commands.gather_options(TARGET, "plain", gvcf).endswith(" --gvcf")
    assert "--tool gatk.gvcf" in call_commands.split_options(TARGET, "plain", gvcf, {})
    config["call"]["settings"]["plain"]["arguments"] = "--min-coverage 3"  # may add fields
    assert "--tool" not in call_commands.split_options(TARGET, "plain", config, {})


def test_only_callers_that_can_are_cut_into_chunks() -> None:
    for tool, count in {"gatk": 7, "deepvariant": 7, "strelka": 1, "delly": 1}.items():
        config = configuration(tool)
        files = call_commands.chunk_files("lib", "plain", config)
        assert files == [
            f"results/calls/chunks/lib.plain/{n:04}.vcf.gz" for n in range(1, count + 1)
        ]
