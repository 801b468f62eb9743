"""Downloads of the real workflow from a server that is down: waited for, given up, redriven."""

import json

import pytest
import small_mirror
from fault_server import Answer, FaultServer

TARGET = "results/references/HG003.GRCh38.small_variants/receipt.json"
DOWN = Answer(status=503, headers={"Retry-After": "0"})
REQUESTS_OF_ONE_TRY = 5  # `plumbline references` asks that often before it gives up


@pytest.fixture
def server(tmp_path):
    root = tmp_path / "mirror"
    small_mirror.put_truth(root, small_mirror.truth_entry())
    files = [path for path in root.rglob("*") if path.is_file()]
    web = FaultServer()
    web.files = {f"/{file.relative_to(root)}": file.read_bytes() for file in files}
    yield web
    web.close()


@pytest.fixture
def fetch(snakemake, folder, server, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_ATTEMPT_WAIT", "0.01")
    settings = f"references={{mirror: '{server.url}', cache: {folder / 'cache'}}}"
    options = ("--cores", "1", "--quiet", "rules", "--config", settings)
    return lambda *arguments: snakemake(TARGET, *options, *arguments)


def vcf(server) -> str:
    return next(path for path in server.files if path.endswith(".vcf.gz"))


def log(folder) -> str:
    return (folder / "logs/ensure_truth/HG003.GRCh38.small_variants.log").read_text()


def test_a_server_that_is_down_for_a_while_is_waited_for(fetch, folder, server):
    server.fail(vcf(server), *[DOWN] * (2 * REQUESTS_OF_ONE_TRY))
    ended = fetch()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (folder / TARGET).exists()
    assert log(folder).count("=== attempt started ") == 1, "Snakemake saw one attempt"
    assert "try 2 of 3 failed (transient, told by its last line)" in log(folder)
    assert not list(folder.glob(".plumbline/*/*")), "nothing is left of what passed"


def test_a_server_that_stays_down_leaves_a_dead_letter_and_is_redriven(fetch, folder, server):
    server.fail(vcf(server), *[DOWN] * (6 * REQUESTS_OF_ONE_TRY))
    ended = fetch("--retries", "1")
    assert ended.returncode == 1
    assert not (folder / TARGET).exists()
    assert log(folder).count("=== attempt started ") == 2
    assert log(folder).count("given up") == 1, "only the last attempt gives up"
    (file,) = folder.glob(".plumbline/dead_letters/*.json")
    letter = json.loads(file.read_text())
    assert letter["job"] == "ensure_truth/HG003.GRCh38.small_variants"
    assert [each["attempt"] for each in letter["attempts"]] == [1, 1, 1, 2, 2, 2]
    assert letter["error"]["error_class"] == "transient"
    assert "503" in letter["error"]["message"]
    said = json.loads(log(folder).splitlines()[-1])
    assert folder / said["dead_letter"] == file
    again = fetch()  # the server is back
    assert again.returncode == 0, again.stdout + again.stderr
    assert not file.exists()


def test_a_file_that_is_not_there_is_asked_for_once(fetch, folder, server):
    gone = vcf(server)
    del server.files[gone]
    ended = fetch("--retries", "2")
    assert ended.returncode == 1
    assert len(server.requests(gone)) == 1
    assert log(folder).count("not tried again") == 2
    (file,) = folder.glob(".plumbline/dead_letters/*.json")
    assert json.loads(file.read_text())["error"]["code"] == 66
