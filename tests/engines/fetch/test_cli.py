"""The command line: what it prints, writes and refuses; indexes; the same against moto."""

import json
from pathlib import Path

import jsonschema
import pysam
import pytest
from click.testing import CliRunner
from s3_store import s3_admin, s3_store

from engines.contract.errors import InputMissing, NotPermitted
from engines.fetch import session
from engines.fetch.cli import fetch
from engines.fetch.items import Access, Job, Manner
from engines.fetch.patience import Limit, Waiting

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "fetch.summary.schema.json"
VCF = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t5\t.\tA\tT\t.\tPASS\t.\n"
)


def run(lab, *arguments):
    into = ["--into", str(lab.into), "--endpoint", lab.store.url]
    return CliRunner().invoke(fetch, [*arguments, *into])


def test_a_dry_run_lists_and_fetches_nothing(lab):
    lab.store.put("/bucket/S1/a.txt", b"x" * 1500)
    lab.store.put("/bucket/S1/b.txt", b"")
    result = run(lab, "s3://bucket/{sample}/", "--sample", "S1", "--dry-run")
    assert result.exit_code == 0
    assert "1,500  a.txt  <- s3://bucket/S1/a.txt" in result.stdout
    assert result.stdout.endswith("2 files, 1,500 bytes\n")
    assert not lab.into.exists()


def test_the_summary_keeps_to_its_schema(lab):
    lab.store.put("/bucket/S1/a.txt", b"x" * 1500)
    lab.store.put("/bucket/S1/b.txt", b"1").etag = '"opaque"'
    result = run(lab, "s3://bucket/S1/")
    assert result.exit_code == 0, result.stderr
    assert "2 files, 1,501 bytes" in result.stdout
    data = json.loads((lab.into / "fetch.summary.json").read_text())
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    proof = json.loads((lab.into / "fetch.provenance.json").read_text())
    assert proof["tool"] == "plumbline"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["s3://b/x", "--unsigned", "--profile", "me"],
        ["s3://b/x", "--limit", "fast"],
        ["s3://b/x", "--part-size", "0"],
        ["s3://b/x", "--preset", "dragen"],
        ["s3://b/x", "--role", "metrics", "--preset", "dragon"],
        ["s3://b/x", "--role", "metric"],
        ["s3://b/x", "--cache", "c"],
    ],
)
def test_usage_that_makes_no_sense_ends_in_64_or_2(lab, arguments):
    assert run(lab, *arguments).exit_code in (2, 64)  # 2 is 64 in plumbline's own main


def test_indexes_are_made_where_they_did_not_come_along(lab, tmp_path):
    plain = tmp_path / "x.vcf"
    plain.write_text(VCF)
    pysam.tabix_compress(str(plain), str(tmp_path / "x.vcf.gz"))
    lab.store.put("/bucket/S1/x.vcf.gz", (tmp_path / "x.vcf.gz").read_bytes())
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 1000}]}
    with pysam.AlignmentFile(str(tmp_path / "x.bam"), "wb", header=header):
        pass
    lab.store.put("/bucket/S1/sub/x.bam", (tmp_path / "x.bam").read_bytes())
    lab.store.put("/bucket/S1/g.fa", b">chr1\nACGT\n")
    lab.store.put("/bucket/S1/broken.bam", b"no bam")
    data = lab.fetch("s3://bucket/S1/")
    assert data["indexes"] == ["g.fa.fai", "sub/x.bam.bai", "x.vcf.gz.tbi"]
    assert any("broken.bam: cannot be indexed" in note for note in data["notes"])
    with pysam.VariantFile(str(lab.into / "x.vcf.gz")) as vcf:
        assert [record.pos for record in vcf.fetch("chr1", 0, 100)] == [5]
    assert lab.fetch("s3://bucket/S1/")["indexes"] == []


def test_the_limit_is_the_bytes_that_are_given_out(monkeypatch):
    """Against a clock of its own: 10 MB at 1 MB/s, less the quarter second at once."""
    waiting, waits = Waiting(), []
    monkeypatch.setattr(waiting.stopped, "wait", lambda seconds: waits.append(seconds))
    limit = Limit(1_000_000, waiting)
    for _ in range(100):
        limit.take(100_000)
    assert 9.5 < waits[-1] <= 10.1


@pytest.fixture(scope="module")
def moto():
    with s3_store() as url:
        yield url


def call(lab, moto, *sources, **access):
    manner = Manner(connections=2, part_size=5 << 20)
    job = Job(sources, lab.into, lab.folder / "fetch", access=Access(endpoint=moto, **access))
    return session.fetch(Job(**{**vars(job), "manner": manner}), None, Waiting())


def test_against_moto(lab, moto):
    admin = s3_admin(moto)
    admin.create_bucket(Bucket="runs")
    admin.put_bucket_versioning(Bucket="runs", VersioningConfiguration={"Status": "Enabled"})
    big = bytes(range(256)) * (6 << 12)  # 6 MiB
    upload = admin.create_multipart_upload(Bucket="runs", Key="S1/big file+1%.dat")
    name = {"Bucket": "runs", "Key": "S1/big file+1%.dat", "UploadId": upload["UploadId"]}
    parts = [
        {"PartNumber": n, "ETag": admin.upload_part(**name, PartNumber=n, Body=body)["ETag"]}
        for n, body in ((1, big[: 5 << 20]), (2, big[5 << 20 :]))
    ]
    admin.complete_multipart_upload(**name, MultipartUpload={"Parts": parts})
    admin.put_object(Bucket="runs", Key="S1/a.csv", Body=b"1,2", ChecksumAlgorithm="SHA256")
    admin.put_object(Bucket="runs", Key="S1/empty", Body=b"")
    data = call(lab, moto, "s3://runs/S1/")
    assert lab.read("big_file+1_.dat") == big
    rows = {row["name"]: row for row in data["files"]}
    assert rows["big_file+1_.dat"]["verified"] == ["md5 (the ETag, 2 parts)"]
    assert rows["a.csv"]["verified"] == ["sha256 (the store)"]
    assert rows["a.csv"]["version"]
    assert rows["empty"]["bytes"] == 0


def test_moto_refuses(lab, moto):
    s3_admin(moto).create_bucket(Bucket="private")
    s3_admin(moto).put_object(Bucket="private", Key="x", Body=b"1")
    with pytest.raises(NotPermitted) as failure:
        call(lab, moto, "s3://private/", unsigned=True)
    assert "not public" in failure.value.hint
    with pytest.raises(InputMissing):
        call(lab, moto, "s3://no-such-bucket/x")


def test_an_endpoint_that_is_none(tmp_path):
    words = ["s3://runs/x", "--endpoint", "nowhere", "--into", str(tmp_path / "into")]
    done = CliRunner().invoke(fetch, words)
    assert done.exit_code == 69, done.output
    assert "Invalid endpoint" in done.output
