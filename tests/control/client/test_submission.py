"""What is sent: configuration, sheet and options as files and the command line say them."""

from pathlib import Path

import pytest

from control.client.submission import (
    Wanted,
    apply_settings,
    one_row,
    read_config,
    read_options,
    read_sheet,
    sheet_of,
)
from control.client.uploading import Uploader
from engines.contract.errors import BadData, BadUsage, InputMissing


def test_settings_by_the_path_of_their_keys():
    config = {"build": "GRCh37", "small_variants": {"engine": "happy"}}
    told = ["build=GRCh38", "small_variants.pass_only=true", "structural_variants.sizemin=30"]
    assert apply_settings(config, [*told, "references.mirror="]) == {
        "build": "GRCh38",
        "small_variants": {"engine": "happy", "pass_only": True},
        "structural_variants": {"sizemin": 30},
        "references": {"mirror": None},
    }


@pytest.mark.parametrize("setting", ["build", "=x", "a..b=1", "build.x=1", "x=[1"])
def test_settings_that_are_none(setting):
    with pytest.raises(BadUsage):
        apply_settings({"build": "GRCh38"}, [setting])


def test_options():
    assert read_options(4, ["mem-mb=16000", "keep_temporary=true"]) == {
        "cores": 4,
        "mem_mb": 16000,
        "keep_temporary": True,
    }
    with pytest.raises(BadUsage):
        read_options(None, ["mem_mb"])


def test_the_sheet_that_the_configuration_names_goes_along(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sheet.tsv").write_text("sample\na\n")
    config = {"samples": "sheet.tsv", "build": "GRCh38"}
    assert read_sheet(None, config) == "sample\na\n"
    assert config == {"build": "GRCh38"}
    elsewhere = {"samples": "config/demo/samples.tsv"}
    assert read_sheet(None, elsewhere) is None
    assert elsewhere, "the service may have it"


@pytest.mark.parametrize(
    ("text", "error"), [("a: [", BadData), ("- a", BadData), (None, InputMissing)]
)
def test_a_configuration_that_cannot_be_read(tmp_path, text, error):
    file = tmp_path / "c.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(error, match=r"c\.yaml"):
        read_config(file)
    file.write_text("")
    assert read_config(file) == {}


@pytest.mark.parametrize("name", ["calls.vcf.gz", "deaths.csv", "deaths.json"])
def test_files_of_every_kind_that_runs_read_are_sent(tmp_path, name):
    class Sent(Uploader):
        def _send(self, path):
            return f"upload:{path.name}"

    file = tmp_path / name
    file.write_text("{}")
    assert Sent(None).in_config({"a": [str(file), "no.json"]}) == {
        "a": [f"upload:{name}", "no.json"]
    }


def test_each_lane_of_a_cell_is_sent_and_alignments_with_their_index(tmp_path):
    sent = []

    class Sent(Uploader):
        def _send(self, path):
            sent.append(path.name)
            return f"upload:{path.name}"

    a, b, x = (tmp_path / name for name in ("a_1.fq.gz", "b_1.fq.gz", "x.bam"))
    for file in (a, b, x, tmp_path / "x.bai"):
        file.write_text("x")
    sheet = f"sample\tfastq_1\talignments\tcallers\ny\t{a}, {b}\t\tgatk,strelka\nz\t\t{x}\tgatk"
    assert Sent(None).in_sheet(sheet).splitlines()[1:] == [
        "y\tupload:a_1.fq.gz,upload:b_1.fq.gz\t\tgatk,strelka",
        "z\t\tupload:x.bam\tgatk",
    ]
    assert sent == ["a_1.fq.gz", "b_1.fq.gz", "x.bam", "x.bai"]


def test_what_a_table_of_stratifications_names_is_sent_with_it(tmp_path):
    sent = []

    class Sent(Uploader):
        def _send(self, path):
            sent.append(path.name)
            return f"upload:{path.name}"

    for name in ("a.bed", "parts/b.bed.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("chr1\t0\t9\n")
    table = tmp_path / "s.tsv"
    table.write_text("a\ta.bed\n\nb\tparts/b.bed.gz\nc\tnone.bed\nd\t/elsewhere/d.bed\n")
    group = {"stratifications": str(table)}
    assert Sent(None).in_config({"small_variants": group}) == {
        "small_variants": {"stratifications": "upload:s.tsv"}
    }
    assert sent == ["a.bed", "b.bed.gz", "s.tsv"]


def wanted(**given):
    nothing = dict.fromkeys(Wanted.__dataclass_fields__)
    return Wanted(**{**nothing, "columns": (), **given})


def test_one_sample_is_a_sheet_of_one_row():
    config = {"samples": "elsewhere.tsv", "build": "GRCh38"}
    given = wanted(sample="A", source="s3://runs/{sample}/", columns=("giab=HG004", "alias=a=b"))
    header, row = "sample\tsource\tgiab\talias", "A\ts3://runs/{sample}/\tHG004\ta=b"
    assert sheet_of(given, config) == f"{header}\n{row}\n"
    assert config == {"build": "GRCh38"}, "the one sample comes in the place of the sheet"
    assert one_row("A", None, ("small_variants=a.vcf",)) == "sample\tsmall_variants\nA\ta.vcf\n"
    assert one_row("A", None, ("giab=",)) == "sample\nA\n"
    assert one_row(None, None, ()) is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((None, "s3://runs/x", ()), "a sample without a name"),
        ((None, None, ("giab=HG004",)), "a sample without a name"),
        (("A", None, ("giab",)), "not like giab=HG004"),
        (("A", None, ("=HG004",)), "not like giab=HG004"),
        (("A", None, ("sample=B",)), "sample is given twice"),
        (("A", None, ("giab=x", "giab=y")), "giab is given twice"),
        (("A\tB", None, ()), "a tab or a new line"),
        (("A", "s3://x\ny", ()), "a tab or a new line"),
    ],
)
def test_a_row_that_is_none(row, told):
    with pytest.raises(BadUsage, match=told):
        one_row(*row)


def test_a_sample_or_a_sheet(tmp_path):
    with pytest.raises(BadUsage, match="--sample and --samples"):
        sheet_of(wanted(sample="A", samples=tmp_path / "s.tsv"), {})
