"""The commands against a real service: what they print, how they end, what they leave."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from fault_server import FaultServer
from service import poll

from control.client.api import Api, Refused
from control.client.download import target_of
from engines.contract.errors import BadData, EngineError, Transient

DEMO = Path(__file__).resolve().parents[3] / "config/demo"


class TestLooking:
    def test_a_list_and_one_run(self, run, recorded):
        running, done = recorded(), recorded(end=True)
        listed = run("runs", "--state", "completed")
        first = [line.split()[0] for line in listed.lines]
        assert first[0] == "RUN" and done.run_id in first and running.run_id not in first
        found = json.loads(run("runs", "list", "--state", "completed", "--json").out)
        assert [each["run_id"] for each in found] == first[1:]
        assert {each["state"] for each in found} == {"completed"}
        ids = [each["run_id"] for each in json.loads(run("runs", "list", "--json").out)]
        assert ids.index(done.run_id) < ids.index(running.run_id), "the newest first"
        shown = run("runs", "show", done.run_id)
        assert f"run_id:    {done.run_id}" in shown.lines
        assert "state:     completed" in shown.lines
        assert json.loads(run("runs", "show", done.run_id, "--json").out)["state"] == "completed"

    def test_which_run(self, run, recorded):
        first, second = recorded(), recorded()
        assert run("runs", "show", "latest").lines[0].endswith(second.run_id)
        assert run("runs", "show", first.run_id[-4:]).lines[0].endswith(first.run_id)
        assert run("runs", "show", first.run_id[:15]).lines[0].endswith(first.run_id)
        several = run("runs", "show", "20261121")
        assert several.code == 64
        assert "runs are meant" in several.error["message"]
        wrong = first.run_id[:-1] + "ffff"
        none = run("runs", "show", wrong)
        assert none.code == 66
        assert "did you mean" in none.error["hint"]

    def test_jobs(self, run, recorded):
        made = recorded(2)
        made.job(1, "logs/1.log")
        made.finish(1)
        made.job(2, "logs/2.log")
        made.fail(2)
        poll(lambda: "failed" in run("runs", "jobs", made.run_id).out)
        rows = [line.split()[:4] for line in run("runs", "jobs", made.run_id).lines[1:]]
        assert rows == [
            ["1", "align", "sample=s1", "finished"],
            ["2", "align", "sample=s2", "failed"],
        ]
        failed = run("runs", "jobs", made.run_id, "--state", "failed", "--json")
        assert [job["jobid"] for job in json.loads(failed.out)] == [2]

    def test_the_log_of_a_job_byte_by_byte(self, run, recorded):
        made = recorded()
        made.log("logs/1.log", "one\n\x1b[31mtwo\n")
        made.job(1, "logs/1.log")
        poll(lambda: run("runs", "jobs", made.run_id).lines)
        assert run("runs", "log", made.run_id, "1").out == "one\n\x1b[31mtwo\n"
        missing = run("runs", "log", made.run_id, "7")
        assert (missing.code, missing.error["error_class"]) == (66, "permanent")

    @pytest.mark.parametrize("listing", [("list",), ("jobs", "latest")])
    def test_a_state_that_there_is_not(self, run, listing):
        wrong = run("runs", *listing, "--state", "runing")
        assert wrong.code == 64
        assert "'running'" in wrong.error["message"]

    def test_terminal_sequences_of_others_are_not_obeyed(self, run, recorded):
        made = recorded()
        made.end(why="bad \x1b]0;owned\x07 \x1b[2J news")
        poll(lambda: "completed" in run("runs", "show", made.run_id).out)
        for arguments in (("show", made.run_id), ("list",)):
            assert "\x1b" not in run("runs", *arguments).out

    def test_the_doctor_asks_it(self, run, here):
        looked = run("doctor")
        assert f"ok    service: answers at {here.url}" in looked.lines
        assert set(Api().health()["checks"]) >= {"database", "disk", "ingest", "steward"}


class TestSubmitting:
    def test_what_is_wrong_is_said_a_line_each(self, run, here, home):
        (home / "s.tsv").write_text("sample\tsmall_variants\na\t/etc/passwd\n")
        settings = ("--samples", "s.tsv", "--set", "small_variants.engine=hapy")
        checked = run("submit", "small_variants", *settings, "--dry-run")
        assert checked.code == 65
        said = checked.err.splitlines()
        assert any("samples.tsv, row 2, small_variants: /etc/passwd" in line for line in said)
        assert any("config.yaml, small_variants.engine" in line for line in said)
        submitted = run("submit", "small_variants", *settings)
        assert submitted.code == 65
        assert "2 problems:" in submitted.err
        assert "Traceback" not in checked.err + submitted.err

    def test_one_sample_on_the_command_line(self, run, here, home):
        """Without an analysis, all; what is wrong has its column."""
        asked = ("submit", "--sample", "A", "--source", "/etc/{sample}", "--column", "gib=HG002")
        checked = run(*asked, "--dry-run")
        assert checked.code == 65
        assert "samples.tsv, gib: unknown column 'gib' (did you mean giab?)" in checked.err
        checked = run(*asked[:5], "--column", "sex=x", "--dry-run")
        assert 'samples.tsv, row 2, sex: "x" is not male, female or auto' in checked.err
        assert "say what to run" not in checked.err
        assert run("submit", "--source", "s3://runs/x").code == 64

    def test_submit_upload_cancel_delete(self, run, here, home):
        """One run from its submission to its end, with a file of ours, and the same key twice."""
        for name in ("query.vcf.gz", "query.vcf.gz.tbi", "truth.vcf.gz", "truth.vcf.gz.tbi"):
            (home / name).write_bytes((DEMO / name).read_bytes())
        (home / "genome.fa.gz").write_bytes((DEMO / "genome.fa.gz").read_bytes())
        (home / "config.yaml").write_text(
            "samples: sheet.tsv\nbuild: mine\ngenomes: {mine: {fasta: genome.fa.gz}}\n"
        )
        (home / "sheet.tsv").write_text(
            "sample\tsmall_variants\ttruth_small_variants\na\tquery.vcf.gz\ttruth.vcf.gz\n"
        )
        asked = ("submit", "small_variants", "--config", "config.yaml", "--cores", "1")
        asked = (*asked, "--name", "from here", "--upload", "--idempotency-key", "k1")
        first = run(*asked)
        assert first.code == 0, first.err
        run_id = first.lines[0]
        assert run(*asked).lines == [run_id], "the same key is the same run"
        uploads = here.get("/api/v1/uploads").json()["items"]
        digests = {upload["sha256"] for upload in uploads}
        assert sha256((DEMO / "query.vcf.gz").read_bytes()).hexdigest() in digests
        assert len(digests) == len(uploads) == 5, "what was sent before is not sent again"
        poll(lambda: "from here" in run("runs").out)
        assert run("cancel", "from here").code == 0
        assert run("tail", run_id).code == 2
        again = run("runs", "rerun", run_id, "--name", "again", "--set", "build=GRCh99", "--json")
        assert (again.code, again.out) == (65, "")
        assert run("runs", "delete", run_id, stdin="n\n").code == 130
        unasked = run("runs", "delete", run_id, stdin="")
        assert (unasked.code, "--yes" in unasked.err) == (64, True)
        deleted = run("runs", "delete", run_id, "--yes")
        assert deleted.lines == [f"{run_id}: deleted"]
        assert run("runs", "show", run_id).code == 66

    def test_what_cannot_be_done_now(self, run, recorded):
        done = recorded(end=True)
        refused = run("cancel", done.run_id)
        assert refused.code == 64
        assert done.run_id in refused.error["message"]
        both = run("runs", "resume", done.run_id, recorded().run_id)
        assert both.code == 64
        assert both.err.count("error: ") == 2

    def test_redrive_needs_a_dead_letter(self, run, recorded):
        refused = run("runs", "redrive", recorded().run_id)
        assert (refused.code, refused.error["error_class"]) == (66, "permanent")


class TestResults:
    def test_all_of_them_one_of_them_and_a_zip(self, run, recorded, home):
        made = recorded()
        results = made.work / "results"
        (results / "deep er").mkdir(parents=True)
        (results / "a.tsv").write_text("x\n")
        (results / "deep er/ü.txt").write_bytes(os.urandom(300_000))
        made.end()
        assert {line.split()[0] for line in run("runs", "files", made.run_id).lines} >= {"a.tsv"}
        whole = run("runs", "download", made.run_id, "--out", "all")
        assert whole.code == 0, whole.err
        for name in ("a.tsv", "deep er/ü.txt"):
            assert (home / "all" / name).read_bytes() == (results / name).read_bytes()
        one = run("runs", "download", made.run_id, "a.tsv", "--out", "one")
        assert one.code == 0
        assert [path.name for path in (home / "one").iterdir()] == ["a.tsv"]
        zipped = run("runs", "download", made.run_id, "--zip")
        assert zipped.code == 0
        assert (home / f"{made.run_id}.zip").read_bytes()[:2] == b"PK"
        missing = run("runs", "download", made.run_id, "b.tsv")
        assert missing.code == 66

    @pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "%2e%2e/x"])
    def test_a_service_cannot_write_outside_of_the_folder(self, tmp_path, path):
        with pytest.raises(BadData):
            target_of(tmp_path, path)
        assert target_of(tmp_path, "a/b.txt") == tmp_path / "a/b.txt"


class TestWithoutAService:
    def test_nothing_listens(self, run, home, monkeypatch):
        monkeypatch.setattr("control.client.api.TRIES", 1)
        ended = run("runs", "--url", "http://127.0.0.1:9")
        assert ended.code == 75
        assert "Connection refused" in ended.error["message"]
        assert "plumbline serve" in ended.error["hint"]

    def test_something_else_listens(self, run):
        web = FaultServer()
        web.files["/api/v1/service"] = b"<html>"
        try:
            with pytest.raises(EngineError, match="something else than Plumbline"):
                Api(web.url).get("/service")
            ended = run("runs", "--url", web.url)
            assert (ended.code, ended.error["hint"]) == (66, "check the address")
        finally:
            web.close()

    def test_no_token_and_a_wrong_one(self, run, here, monkeypatch):
        url = ("--url", here.url)
        assert run("runs", *url).code == 77
        assert "PLUMBLINE_TOKEN" in run("runs", *url).error["hint"]
        monkeypatch.setenv("PLUMBLINE_TOKEN", "plb_wrong")
        wrong = run("runs", *url)
        assert (wrong.code, "PLUMBLINE_TOKEN" in wrong.error["hint"]) == (77, True)
        monkeypatch.setenv("PLUMBLINE_TOKEN", here.token)
        assert run("runs", *url).code == 0

    def test_a_busy_service_is_asked_again_and_a_refusal_is_not(self, api, monkeypatch):
        calls: list[str] = []

        def send(method: str, path: str, **_: object) -> None:
            calls.append(path)
            raise Refused(503, "busy", "", 0.001) if path == "/busy" else Refused(409, "no")

        monkeypatch.setattr(api, "_send", send)
        with pytest.raises(Refused):
            api.get("/busy")
        with pytest.raises(Refused):
            api.get("/conflict")
        with pytest.raises(Refused):
            api.post("/busy")
        assert calls == ["/busy"] * 4 + ["/conflict", "/busy"]

    def test_over_a_unix_socket(self, tmp_path, home, monkeypatch):
        """The service itself is tried over one in tests/control/serve."""
        import socketserver
        import threading
        from http.server import BaseHTTPRequestHandler

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"path": self.path, "who": self.headers["Authorization"]})
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def address_string(self) -> str:
                return "here"

            def log_message(self, *_: object) -> None:
                pass

        monkeypatch.setenv("PLUMBLINE_TOKEN", "t")
        server = socketserver.UnixStreamServer(str(tmp_path / "s"), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            api = Api(f"unix:{tmp_path / 's'}")
            assert api.get("/runs", {"limit": 3}) == {
                "path": "/api/v1/runs?limit=3",
                "who": "Bearer t",
            }
        finally:
            server.shutdown()
            server.server_close()
        with pytest.raises(Transient):
            monkeypatch.setattr("control.client.api.TRIES", 1)
            api.get("/runs")
