"""Whatever is written in a sheet or a configuration: a plan, or lines that say what is wrong."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.configuration import ConfigurationError, Plan, load
from engines.configuration.schema import read_schema

COLUMNS = list(read_schema("samples")["properties"])
KEYS = list(read_schema("config")["properties"])
SHEET = Path("samples.tsv")

words = st.sampled_from(
    [
        *["", "HG002", "NA24143_a", "GRCh38", "GRCh37", "hg38", "calls.vcf.gz", "truth.bed"],
        *["deaths.csv", "use_example", "neonate", "Kenya", "Kenya,Mali,", "Côte d'Ivoire"],
        *["none", "s3://b/{sample}/", "file:///", "https://[", "{smaple}", "2026-02-30", "a.bam"],
        *["..", "\0"],
    ]
)
cells = words | st.text(max_size=8)
rows = st.lists(cells, max_size=len(COLUMNS) + 1)
headers = st.lists(st.sampled_from(COLUMNS) | cells, max_size=6)
tables = st.tuples(headers, st.lists(rows)).map(
    lambda parts: [["sample", "small_variants", *parts[0]], *parts[1]]
)
# rows of deaths whose cells are in their places, for what is behind the first checks
sources = st.lists(st.tuples(words, words, words, cells, cells), max_size=4).map(
    lambda rows: [["sample", "source", "small_variants", "metrics", "date"], *map(list, rows)]
)
deaths = st.lists(st.tuples(words, words, words, cells), max_size=4).map(
    lambda rows: [["sample", "va_eava", "age_group", "country"], *map(list, rows)]
)

keys = st.sampled_from([*KEYS, "versions", "engine", "fasta", "sizemin"]) | st.integers()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
configs = st.dictionaries(keys, values, max_size=4)

quick = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def check(config: dict[Any, Any]) -> None:
    try:
        assert isinstance(load(config, ["config.yaml"]), Plan)
    except ConfigurationError as error:
        lines = error.message.split("\n")
        assert 1 <= len(lines) <= 21
        assert all(line.isprintable() and line.strip() for line in lines)


@quick
@given(tables | deaths | sources)
def test_any_sheet(folder, table):
    SHEET.write_text("\n".join("\t".join(row) for row in table), "utf-8", "surrogatepass")
    check({"samples": str(SHEET)})


@quick
@given(st.binary(max_size=200))
def test_any_bytes(folder, content):
    SHEET.write_bytes(content)
    check({"samples": str(SHEET)})


@quick
@given(configs)
def test_any_configuration(folder, config):
    SHEET.write_text("sample\tsmall_variants\nHG002\tcalls.vcf.gz\n")
    check({"samples": str(SHEET), **config})
