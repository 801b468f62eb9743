"""Misclassification matrices: fetched as R's own file, kept as JSON that was checked."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from matrix_files import VERSION, inventory, save_rda
from r import needs_r
from small_mirror import files, of, put

from engines.contract.errors import BadData, BadUsage, Unavailable
from engines.references import catalogue
from engines.references.cache import Shelf
from engines.references.cli import references
from engines.references.ensure import ensure

PUBLISHED = catalogue.load().choose("calibration")
# the same entry without its checksum, so that any file can stand for the published one
ENTRY = replace(PUBLISHED, files={"rda": replace(PUBLISHED.files["rda"], md5=None)})
FOLDER = "calibration/20241004"
SCHEMAS = catalogue.ROOT / "workflow" / "schemas"


@pytest.fixture(scope="module")
def rda(tmp_path_factory):
    """What the publisher's file would be, with matrices of our own."""
    return save_rda(inventory(), tmp_path_factory.mktemp("rda") / "c.rda").read_bytes()


@pytest.fixture
def unpinned(monkeypatch):
    known = catalogue.load()
    entries = tuple(ENTRY if e == PUBLISHED else e for e in known.entries)
    monkeypatch.setattr(catalogue, "load", lambda: replace(known, entries=entries))


def run(cache, *arguments):
    environment = {"PLUMBLINE_REFERENCES": str(cache)}
    return CliRunner().invoke(references, [str(x) for x in arguments], env=environment)


def failure(done):
    assert "Traceback" not in done.stderr
    return json.loads(done.stderr.splitlines()[-1])


# --- what the catalogue says --------------------------------------------------


def test_an_immutable_address_a_checksum_and_whose_it_is():
    file = PUBLISHED.files["rda"]
    assert len(PUBLISHED.publisher.base.rpartition("/")[2]) == 40  # a commit, not a branch
    assert (file.name, file.md5) == ("CCVA_missmat.rda", "071b36b51fc49ea743816ce45644798e")
    assert PUBLISHED.publisher.licence.startswith("MIT")
    assert "second-hand" in PUBLISHED.caveat
    assert (PUBLISHED.build, PUBLISHED.sample) == (None, None)


@pytest.mark.parametrize("asked", [("GRCh38",), (None, "HG002"), ("GRCh38", "HG002")])
def test_it_belongs_to_no_build_and_no_sample(asked):
    with pytest.raises(BadUsage, match="no build and no sample") as error:
        catalogue.load().choose("calibration", *asked)
    for name in filter(None, asked):
        assert name in error.value.hint


# --- into the cache -----------------------------------------------------------


@needs_r
def test_the_file_as_published_and_as_json(cache, mirror, rda):
    put(mirror, ENTRY, "rda", rda)
    shelf = ensure(ENTRY, cache, of(mirror))
    names = ("CCVA_missmat.rda", "misclassification.json")
    assert files(shelf.folder) == {*names, *(f"{name}.json" for name in names)}
    assert (shelf.folder / names[0]).read_bytes() == rda
    found = json.loads((shelf.folder / names[1]).read_text())
    expected = inventory()
    assert found.pop("name") == "vacalibration 2.2"
    assert found.pop("orientation").startswith("rows = true")
    assert found.pop("version") == expected.pop("version") == VERSION
    matrices = 0
    for age_group, algorithms in expected.items():
        assert found[age_group].pop("causes") == algorithms.pop("causes")
        for algorithm, countries in algorithms.items():
            for country, matrix in countries.items():
                rows = found[age_group][algorithm][country]["asDirich"]
                assert rows == [pytest.approx(row, rel=1e-14) for row in matrix["asDirich"]]
                matrices += 1
    assert matrices == 48
    receipt = shelf.receipt(names[1])
    assert receipt.made.startswith("Dirichlet parameters of CCVA_missmat.rda, read by R ")
    assert shelf.receipt(names[0]).download["bytes"] == len(rda)


@needs_r
def test_a_lost_json_is_made_from_the_file_that_is_there(cache, mirror, rda):
    put(mirror, ENTRY, "rda", rda)
    shelf = ensure(ENTRY, cache, of(mirror))
    json_file = shelf.folder / "misclassification.json"
    before = json_file.read_bytes()
    json_file.unlink()
    (mirror / ENTRY.files["rda"].tail).unlink()
    ensure(ENTRY, cache, of(mirror))
    assert json_file.read_bytes() == before


def spoil(data, what):
    """One thing that must never enter the cache."""
    kenya = data["child"]["interva"]
    if what == "missing":
        del kenya["Kenya"]
    elif what == "zero":
        kenya["Kenya"]["asDirich"][2][1] = 0
    elif what == "causes":
        data["child"]["causes"] = data["child"]["causes"][::-1]
    return data


@needs_r
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "no matrix for the country 'Kenya'"),
        ("zero", "child, interva, asDirich, Kenya: row 'diarrhea', column 'pneumonia'"),
        ("causes", "other causes"),
    ],
)
def test_a_file_with_other_matrices_never_enters(cache, mirror, tmp_path, what, words):
    data = spoil(inventory(), what)
    put(mirror, ENTRY, "rda", save_rda(data, tmp_path / "c.rda").read_bytes())
    with pytest.raises(BadData, match=words) as error:
        ensure(ENTRY, cache, of(mirror))
    assert "nothing was kept" in error.value.hint
    assert files(cache) == set()


@needs_r
def test_something_else_in_place_of_it(cache, mirror):
    put(mirror, ENTRY, "rda", b"RDX3 and no more")
    with pytest.raises(BadData, match="R cannot read it"):
        ensure(ENTRY, cache, of(mirror))
    assert files(cache) == set()


@needs_r
def test_other_bytes_than_the_catalogue_knows(cache, mirror, rda):
    put(mirror, PUBLISHED, "rda", rda)
    done = run(cache, "ensure", "calibration", "--mirror", mirror.as_uri())
    record = failure(done)
    assert record["code"] == 65
    assert PUBLISHED.files["rda"].md5 in record["message"]
    assert files(cache) == set()


def test_without_r_nothing_is_fetched(cache, mirror, monkeypatch):
    monkeypatch.setenv("PATH", str(mirror))
    with pytest.raises(Unavailable, match="Rscript is not there") as error:
        ensure(PUBLISHED, cache, of(mirror))
    assert "r-cran-jsonlite" in error.value.hint
    assert files(cache) == set()


# --- as people type it --------------------------------------------------------


@needs_r
def test_as_typed_with_links_and_again_without_network(cache, mirror, rda, unpinned, tmp_path):
    put(mirror, ENTRY, "rda", rda)
    folder = tmp_path / "links"
    typed = ("ensure", "calibration", "--mirror", mirror.as_uri(), "--link", folder)
    done = run(cache, *typed)
    assert done.exit_code == 0, done.stderr
    names = {"CCVA_missmat.rda", "misclassification.json", "receipt.json"}
    assert {path.name for path in folder.iterdir()} == names
    receipt = json.loads((folder / "receipt.json").read_text())
    schema = json.loads((SCHEMAS / "references.receipt.schema.json").read_text())
    Draft202012Validator(schema).validate(receipt)
    assert (receipt["build"], receipt["version"]) == (None, "20241004")
    assert "doi:10.1214/24-AOAS2006" in receipt["terms"]
    (mirror / ENTRY.files["rda"].tail).unlink()
    again = run(cache, "ensure", "--kind", "calibration", "--offline", "--verify")
    assert [path.rpartition("/")[2] for path in again.stdout.split()] == sorted(names)[:2]
    rows = json.loads(run(cache, "list", "--kind", "calibration", "--json").stdout)
    schema = json.loads((SCHEMAS / "references.list.schema.json").read_text())
    Draft202012Validator(schema).validate(rows)
    assert [(row["build"], row["cached"]) for row in rows] == [(None, True)]


def test_a_dry_run_and_the_list(cache):
    done = run(cache, "ensure", "calibration", "--dry-run", "--mirror", "https://mirror.invalid/r")
    assert "https://mirror.invalid/r/data/CCVA_missmat.rda" in done.stdout
    _, row, *_ = run(cache, "list", "--kind", "calibration").stdout.splitlines()
    assert row.split()[:4] == ["calibration", "-", "-", "20241004"]
    assert not cache.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ensure", "calibration", "--build", "GRCh38"), 64, "no build and no sample"),
        (("ensure", "calibration", "HG002"), 64, "no build and no sample"),
        (("ensure", "calibration", "--kind", "genome", "--build", "GRCh38"), 64, "unknown sample"),
        (("ensure", "calibration", "--version", "2.2"), 64, "unknown version"),
        (("ensure", "calibration", "--offline"), 66, "is not there"),
        (("ensure", "calibratoin"), 64, "--kind is missing"),
        (("ensure", "genome"), 64, "--build is missing"),
    ],
)
def test_what_cannot_be_is_one_line_with_a_hint(cache, arguments, code, words):
    record = failure(run(cache, *arguments))
    assert record["code"] == code
    assert words in record["message"]
    assert record["hint"]
    assert not cache.exists()


def test_a_misspelt_kind_gets_the_nearest_one(cache):
    record = failure(run(cache, "ensure", "calibratoin"))
    assert record["hint"].startswith("did you mean calibration?")


def test_a_kind_in_front_serves_the_others_too(cache):
    done = run(cache, "ensure", "small_variants", "HG004", "--build", "GRCh38", "--dry-run")
    assert "small-variant truth HG004 GRCh38 v4.2.1: would be fetched" in done.stdout


def test_the_entry_has_a_place_of_its_own(cache):
    assert Shelf(cache, PUBLISHED).folder == cache / FOLDER
