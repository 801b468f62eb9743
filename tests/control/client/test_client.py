"""The client of scripts: what it loads, and what it does with runs."""

import asyncio
import inspect
import json
import subprocess
import sys

import pytest
from service import poll

import control.client
from control.client import AsyncClient, Client, EngineError, Refused, TimedOut
from control.record.run_dir import State

ALLOWED = {
    *("control", "engines", "click", "requests", "websockets"),
    *("urllib3", "certifi", "charset_normalizer", "idna"),  # which requests needs
}


def loaded_by(code: str) -> set[str]:
    """Packages beside Python's own that it loads."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    compiled = {name for name in done.stdout.split() if name.startswith(("__", "_cython"))}
    return set(done.stdout.split()) - sys.stdlib_module_names - compiled - {"cython_runtime"}


def test_it_loads_little():
    bare = loaded_by("pass")
    assert loaded_by("import control.client") - bare == {"control"}
    code = "from control.client import *\nClient('http://127.0.0.1:9', token='x')\nAsyncClient"
    assert {"requests", "websockets"} < loaded_by(code) - bare <= ALLOWED


def test_what_it_offers():
    assert set(control.client.__all__) <= set(dir(control.client))
    assert all(getattr(control.client, name).__doc__ for name in control.client.__all__)
    with pytest.raises(AttributeError, match="Clint"):
        control.client.Clint  # noqa: B018
    own = {"following"}  # of which AsyncClient makes use
    for name, _ in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("_") and name not in own:
            assert getattr(AsyncClient, name).__doc__, name


def test_a_run_from_its_first_message_to_its_files(here, recorded, tmp_path):
    client, made = Client(), recorded(1)
    assert made.run_id in [run["run_id"] for run in client.runs(state=["running", "queued"])]
    assert [run["run_id"] for run in client.runs(most=1)] == [made.run_id]
    assert client.runs(most=1, descending=False)[0]["start"] <= client.run(made.run_id)["start"]
    with pytest.raises(TimedOut):
        client.wait(made.run_id, timeout=0.2)
    made.job(1, "logs/1.log")
    told = {"type": "result", "data": {"precision": 0.99}}
    made.log("logs/1.log", f"line\n{json.dumps(told)}\n")
    results = made.work / "results"
    (results / "tables").mkdir(parents=True)
    (results / "tables/a.tsv").write_text("a\n1\n")
    (results / "b.txt").write_text("b\n")
    poll(lambda: client.results(made.run_id))
    made.finish(1)
    made.end()
    assert client.wait(made.run_id, timeout=60)["state"] == "completed"
    (result,) = client.results(made.run_id)
    assert result["type"] == "result" and result["data"]["precision"] == 0.99
    assert [file["path"] for file in client.files(made.run_id)] == ["b.txt", "tables/a.tsv"]
    assert client.download(made.run_id, tmp_path / "some", ["b.txt"]) == [tmp_path / "some/b.txt"]
    with pytest.raises(EngineError, match=r"has no file 'c\.txt'"):
        client.download(made.run_id, tmp_path / "none", ["c.txt"])
    assert not (tmp_path / "none").exists()

    async def again() -> list:
        both = AsyncClient()
        return await asyncio.gather(
            both.wait(made.run_id),
            both.results(made.run_id),
            both.download(made.run_id, tmp_path / "all"),
        )

    run, found, files = asyncio.run(again())
    assert (run["state"], found) == ("completed", [result])
    assert files == [tmp_path / "all/b.txt", tmp_path / "all/tables/a.tsv"]
    assert (tmp_path / "all/tables/a.tsv").read_text() == "a\n1\n"


def test_a_run_that_died_is_waited_for_no_longer(here, recorded):
    client, made = Client(), recorded(1)
    made.end(State.FAILED, "1 job failed", 1)
    run = client.wait(made.run_id, timeout=60)
    assert (run["state"], run["why"]) == ("failed", "1 job failed")


def test_what_is_refused_says_why(here, recorded, tmp_path):
    client = Client()
    run_id = recorded(end=True).run_id
    for steer in (client.cancel, client.stop, client.resume):
        with pytest.raises(Refused) as caught:
            steer(run_id)
        assert caught.value.status in (403, 409) and caught.value.message
    with pytest.raises(Refused) as caught:
        client.run("20200101-000000-0000")
    assert (caught.value.status, caught.value.error_class) == (404, "permanent")
    rows = [{"sample": "a", "small_variants": "/etc/passwd"}]
    config = {"small_variants": {"engine": "hapy"}}
    with pytest.raises(Refused) as caught:
        client.submit("small_variants", samples=rows, config=config)
    assert caught.value.status == 422
    assert "samples.tsv, row 2, small_variants: /etc/passwd" in caught.value.message
    assert config == {"small_variants": {"engine": "hapy"}}
    with pytest.raises(Refused) as other:
        asyncio.run(AsyncClient(here.url, here.token).submit("nothing_like_it"))
    assert other.value.status == 422
    with pytest.raises(EngineError, match=r"none\.tsv"):
        client.submit(samples=tmp_path / "none.tsv")


def test_a_token_of_its_own(here):
    with pytest.raises(Refused) as caught:
        Client(here.url, "plb_wrong").runs()
    assert caught.value.status == 401
    assert Client(here.url, here.token).runs(most=1) is not None


def test_an_error_crosses_the_thread_as_it_is(here):
    async def ask() -> None:
        await AsyncClient().run("20200101-000000-0000")

    with pytest.raises(Refused, match="there is none"):
        asyncio.run(ask())
