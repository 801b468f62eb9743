"""The catalogue itself: complete, consistent, and free of the known traps."""

import subprocess
import sys

import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.references import catalogue

ALL = catalogue.load()
SAMPLES = {
    "HG001": "NA12878",
    "HG002": "NA24385",
    "HG003": "NA24149",
    "HG004": "NA24143",
    "HG005": "NA24631",
    "HG006": "NA24694",
    "HG007": "NA24695",
}


def test_the_files_follow_their_schema():
    catalogue.validate()


def test_seven_samples_and_three_builds():
    assert {name: each.also_called for name, each in ALL.samples.items()} == SAMPLES
    assert list(ALL.builds) == ["GRCh37", "GRCh38", "CHM13v2.0"]


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_has_small_variant_truth_on_both_builds(sample, build):
    entry = ALL.choose("small_variants", build, sample)
    name = f"{sample}_{build}_1_22_v4.2.1_benchmark"
    assert entry.version == "v4.2.1"
    assert entry.files["vcf"].name == f"{name}.vcf.gz"
    assert entry.files["tbi"].name == f"{name}.vcf.gz.tbi"
    for file in entry.files.values():
        assert f"{sample}_{SAMPLES[sample]}" in file.tail or file.tail.startswith("NA12878_HG001/")
        assert f"/NISTv4.2.1/{build}/" in file.tail


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_bed_naming_trap(sample, build):
    """Three of the seven have another suffix; the earlier system got an empty file from this."""
    suffix = "_noinconsistent.bed" if sample in ("HG002", "HG003", "HG004") else ".bed"
    bed = ALL.choose("small_variants", build, sample).files["bed"].name
    assert bed == f"{sample}_{build}_1_22_v4.2.1_benchmark{suffix}"


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38", "CHM13v2.0"])
@pytest.mark.parametrize("kind", ["genome", "stratifications"])
def test_every_build_has_a_genome_and_stratifications(kind, build):
    assert ALL.choose(kind, build).default


def test_the_defaults_of_structural_variants():
    chosen = {b: ALL.choose("structural_variants", b, "HG002") for b in ALL.builds}
    versions = {build: entry.version for build, entry in chosen.items()}
    assert versions == {"GRCh37": "v0.6", "GRCh38": "CMRG-v1.00", "CHM13v2.0": "v5.0q"}
    assert "273" in chosen["GRCh38"].caveat
    assert "draft" in chosen["CHM13v2.0"].caveat


def test_each_address_is_of_one_file_of_one_entry():
    """But for SV v0.6.2, which is another BED file to the calls of v0.6."""
    seen = {}
    for entry in ALL.entries:
        for role, file in entry.files.items():
            seen.setdefault(file.tail, []).append((entry.version, role))
    shared = {tuple(uses) for uses in seen.values() if len(uses) > 1}
    assert shared == {
        (("v0.6", "vcf"), ("v0.6.2", "vcf")),
        (("v0.6", "tbi"), ("v0.6.2", "tbi")),
    }
    checksums = [f.md5 or f.sha256 for e in ALL.entries for f in e.files.values() if f.pinned]
    assert len(checksums) - len(set(checksums)) == 1  # that VCF


def test_every_truth_is_a_vcf_its_index_and_a_bed():
    for entry in ALL.entries:
        if entry.kind in catalogue.TRUTH:
            assert entry.files["vcf"].name.endswith(".vcf.gz")
            assert entry.files["bed"].name.endswith((".bed", ".bed.gz"))
            if "tbi" in entry.files:
                assert entry.files["tbi"].tail == entry.files["vcf"].tail + ".tbi"


def test_names_agree_with_what_they_are_of():
    for entry in ALL.entries:
        build = entry.build
        if entry.kind == "stratifications":
            build = build.removesuffix("v2.0")  # as the publisher spells it, there only
        for file in entry.files.values():
            assert "latest" not in file.tail
            assert "bb-" not in file.name  # BigBed
            others = {b.removesuffix("v2.0") for b in ALL.builds if b != entry.build}
            assert not any(other in file.tail for other in others), file.tail
            if entry.kind == "stratifications":
                assert f"genome-stratifications-{build}@all.tar.gz" == file.name
            if entry.sample and "NIST_SV_v0.6" not in file.tail and "HG2-T2T" not in file.tail:
                assert file.name.startswith(entry.sample)


def test_checksums_that_are_known():
    vcf = ALL.choose("small_variants", "GRCh38", "HG002").files["vcf"]
    assert (vcf.bytes, vcf.md5) == (156_252_944, "dc750b3807d4af1f7ffec852e9c2f771")
    assert vcf.sha256.startswith("adb4d4a5")
    assert ALL.choose("genome", "GRCh37").files["fasta"].md5 == "d10eebe06c0dbbcb04253e3294d63efc"
    bed = ALL.choose("structural_variants", "GRCh37", "HG002", "v0.6.2").files["bed"]
    assert bed.md5 == "1bd7f5f84bc956847790a80db4f073eb"
    v06 = ALL.choose("structural_variants", "GRCh37", "HG002").files["bed"]
    assert not v06.pinned  # the checksums seen for it were those of v0.6.2


def test_terms_are_stated_for_all():
    for entry in ALL.entries:
        assert entry.publisher.licence
        assert entry.publisher.acknowledgement


# --- choosing -----------------------------------------------------------------


def test_no_structural_variants_for_hg004_says_what_exists():
    with pytest.raises(InputMissing) as failure:
        ALL.choose("structural_variants", "GRCh38", "HG004")
    assert failure.value.message == "there is no structural-variant truth for HG004 on GRCh38"
    assert "HG002 on GRCh37 (v0.6, " in failure.value.hint
    assert "GRCh38 (CMRG-v1.00, " in failure.value.hint
    assert "truth files of your own" in failure.value.hint


def test_v06_is_for_grch37_only():
    with pytest.raises(InputMissing, match=r"no structural-variant truth v0.6 .* GRCh38"):
        ALL.choose("structural_variants", "GRCh38", "HG002", "v0.6")


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (("small_variant", "GRCh38", "HG002"), "did you mean small_variants?"),
        (("small_variants", "GRC38", "HG002"), "did you mean GRCh38?"),
        (("small_variants", "grch38", "HG002"), "write GRCh38"),
        (("small_variants", "hg38", "HG002"), "write GRCh38"),
        (("small_variants", "hg19", "HG002"), "write GRCh37"),
        (("small_variants", "CHM13", "HG002"), "write CHM13v2.0"),
        (("small_variants", "GRCh38", "HG02"), "did you mean HG002?"),
        (("small_variants", "GRCh38", "HG002", "v4.21"), "did you mean v4.2.1?"),
        (("small_variants", "GRCh38", None), "name one of HG001"),
        (("genome", "GRCh38", "HG002"), "leave HG002 away"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_one(asked, hint):
    with pytest.raises(BadUsage) as failure:
        ALL.choose(*asked)
    assert hint in failure.value.hint


# --- loading ------------------------------------------------------------------


def test_a_workflow_can_ask_while_it_is_parsed():
    """Read once, and nothing slow imported with it."""
    code = (
        "import sys; from engines.references import samples, own_truth, catalogue;"
        "samples.identify('HG002_x'); assert catalogue.load() is catalogue.load();"
        "print([m for m in ('boto3', 'botocore', 'pysam', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("md5: ec61d76ad725d808e3a9e1c8acec402a", "md5: 12345", "giab.yaml: sets/.*md5"),
        (
            "sample: HG001, version: v4.2.1, default: true",
            "sample: HG001, version: v4.2.1",
            "0 def",
        ),
        ("kind: stratifications, build: GRCh37, version: v3.6", "kind: x", "giab.yaml: sets/"),
        ("publishers:", "publishers: [", "giab.yaml: while parsing"),
    ],
)
def test_a_mistake_in_the_catalogue_is_named(tmp_path, monkeypatch, old, new, words):
    broken = tmp_path / "giab.yaml"
    text = catalogue.FILES[0].read_text()
    assert old in text
    broken.write_text(text.replace(old, new, 1))
    monkeypatch.setattr(catalogue, "FILES", (broken, catalogue.FILES[1]))
    catalogue.load.cache_clear()
    try:
        with pytest.raises(BadData, match=words):
            catalogue.validate()
    finally:
        catalogue.load.cache_clear()
