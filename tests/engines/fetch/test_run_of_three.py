"""A flow cell's folder with the files of three samples, as DRAGEN names them, against moto."""

import hashlib
import json
from pathlib import Path

import jsonschema
import pysam
import pytest
from click.testing import CliRunner
from s3_store import s3_admin, s3_store

from engines.fetch.cli import fetch
from engines.qc.collection import collect

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "fetch.summary.schema.json"
SAMPLES = ("NA1", "NA10", "NA2")
VCF = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t{}\t.\tA\tT\t.\tPASS\t.\n"
)
METRICS = {
    "mapping_metrics": "MAPPING/ALIGNING SUMMARY,,Total input reads,1000,100.00\n",
    "vc_metrics": "VARIANT CALLER SUMMARY,,Number of samples,1\n",
    "wgs_contig_mean_cov": "chr1,30000,30.00\n",
    "time_metrics": "RUN TIME,,Time loading reference,00:00:31.289,31.29\n",
}


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with s3_store() as url:
        admin = s3_admin(url)
        admin.create_bucket(Bucket="three")

        def put(key, body):
            admin.put_object(Bucket="three", Key=f"2026/{key}", Body=body)

        for number, sample in enumerate(SAMPLES):
            plain = folder / f"{sample}.vcf"
            plain.write_text(VCF.format(number + 1))
            pysam.tabix_compress(str(plain), f"{plain}.gz")
            pysam.tabix_index(f"{plain}.gz", preset="vcf")
            calls, index = (Path(f"{plain}.gz{end}").read_bytes() for end in ("", ".tbi"))
            for kind in ("hard-filtered.gvcf", "hard-filtered.vcf", "sv.vcf", "cnv.vcf"):
                put(f"{sample}.{kind}.gz", calls)
                put(f"{sample}.{kind}.gz.tbi", index)
                put(f"{sample}.{kind}.gz.md5sum", hashlib.md5(calls).hexdigest().encode())
            for kind, text in METRICS.items():
                put(f"{sample}.{kind}.csv", text.encode())
            put(f"{sample}.bam", b"large")
        yield url


def run(lab, moto, *arguments):
    more = ["--endpoint", moto, "--cache", str(lab.folder / "cache")]
    return CliRunner().invoke(fetch, [*arguments, *more, "--link", str(lab.folder / "out")])


ROLES = ("--role", "small_variants", "--role", "structural_variants", "--role", "metrics")


def test_one_sample_out_of_three(lab, moto):
    result = run(lab, moto, "s3://three/2026/{sample}.", "--sample", "NA1", *ROLES)
    assert result.exit_code == 0, result.stderr
    out = lab.folder / "out"
    data = json.loads((out / "fetch.summary.json").read_text())
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert [link["path"] for link in data["links"]] == [
        *(f"metrics/NA1.{kind}.csv" for kind in sorted(METRICS)),
        "small_variants.vcf.gz", "small_variants.vcf.gz.tbi",
        "structural_variants.vcf.gz", "structural_variants.vcf.gz.tbi",
    ]  # fmt: skip
    rows = {row["name"].rsplit("/")[-1]: row for row in data["files"]}
    calls = rows["NA1.hard-filtered.gvcf.gz"]
    assert calls["roles"] == ["small_variants"]
    assert calls["verified"][0] == "md5 (NA1.hard-filtered.gvcf.gz.md5sum)"
    assert data["roles"][0]["preset"] == "dragen"
    assert data["indexes"] == []
    with pysam.VariantFile(str(out / "small_variants.vcf.gz")) as found:
        assert [record.pos for record in found.fetch("chr1", 0, 9)] == [1]
    assert collect([out / "metrics"], "NA1").metrics


def test_the_whole_folder_has_too_many_and_says_how_to_choose(lab, moto):
    result = run(lab, moto, "s3://three/2026/", "--sample", "NA1", *ROLES)
    assert result.exit_code == 65, result.stderr
    error = json.loads(result.stderr.splitlines()[-1])
    named = ", ".join(f"{sample}.hard-filtered.gvcf.gz" for sample in SAMPLES)
    assert error["message"] == f"small_variants: 3 files fit, and it is one: {named}"
    assert "or --include 'NA1.*'" in error["hint"]
    result = run(lab, moto, "s3://three/2026/", "--sample", "NA1", *ROLES, "--include", "NA1.*")
    assert result.exit_code == 0, result.stderr
    own = ("--role", "structural_variants={sample}.sv.vcf.gz")
    assert run(lab, moto, "s3://three/2026/", "--sample", "NA10", *own).exit_code == 0
    with pysam.VariantFile(str(lab.folder / "out" / "structural_variants.vcf.gz")) as found:
        assert [record.pos for record in found.fetch("chr1", 0, 9)] == [2]


def test_nothing_that_fits(lab, moto):
    result = run(lab, moto, "s3://three/2026/NA2.", "--role", "alignments=*.cram")
    assert result.exit_code == 66
    error = json.loads(result.stderr.splitlines()[-1])
    assert error["message"] == "alignments: none of 17 files fits *.cram"
    assert error["hint"].startswith("there is, for instance, NA2.bam and NA2.cnv.vcf.gz")
