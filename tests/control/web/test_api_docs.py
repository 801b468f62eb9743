"""docs/api.md and the page of the Python client are true: their examples run as they stand."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from verdict_lab import WARN, judge
from web_lab import WebLab, body
from werkzeug.serving import make_server

from control.record.run_dir import State

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = (DOCS / "api.md").read_text()
EXAMPLES = BLOCK.findall(TEXT)
CLIENT_EXAMPLES = BLOCK.findall((DOCS / "python-client.md").read_text())
RUN = "20261121-221005-3f9a"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebLab, dict[str, str]]]:
    """A service on a real socket, and what the examples find in the environment."""
    made = WebLab(tmp_path_factory.mktemp("lab"))
    server = make_server("127.0.0.1", 0, made.app, threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.port}"
    yield made, {**os.environ, "PLUMBLINE_URL": address, "PLUMBLINE_TOKEN": made.tokens["ada"]}
    server.shutdown()
    server.server_close()


def run(
    lab: tuple[WebLab, dict[str, str]], folder: Path, command: list[str], code: str
) -> list[str]:
    """Run an example, about a run that is there; gives what it prints."""
    made = lab[0].run(State.FAILED)
    judge(made, "NA24143_Lib3_Rep1", WARN)
    run_id = made.run_id
    done = subprocess.run(
        [*command, code.replace(RUN, run_id)],
        cwd=folder,
        env=lab[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_shell_examples_do_what_they_say(
    lab: tuple[WebLab, dict[str, str]], tmp_path: Path
) -> None:
    blocks = [code for language, code in EXAMPLES if language == "sh"]
    assert "export PLUMBLINE_URL" in blocks[0]  # what the environment of the test has
    script = "set -euo pipefail\n" + "\n".join(blocks[1:])
    printed = "\n".join(run(lab, tmp_path, ["bash", "-c"], script))
    assert '"user":"ada"' in printed
    assert '"state": "queued"' in printed
    assert '"cancelled"' in printed
    assert "query.stat" in printed
    assert "tables/A.tsv\t8" in printed
    assert "line 999" in printed
    assert '"machine": "warn"' in printed
    assert re.search(r"upload:[0-9a-f]{16}", printed)
    assert (tmp_path / "results.zip").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    "code",
    [code for language, code in [*EXAMPLES, *CLIENT_EXAMPLES] if language == "python"],
)
def test_the_python_examples_do_what_they_say(
    lab: tuple[WebLab, dict[str, str]], tmp_path: Path, code: str
) -> None:
    printed = run(lab, tmp_path, [sys.executable, "-c"], code)
    assert printed
    if "sequence" in code:
        numbers = [int(line.split()[0]) for line in printed if not line.endswith("connection")]
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_error_is_as_it_is_shown(lab: tuple[WebLab, dict[str, str]]) -> None:
    (shown,) = [json.loads(code) for language, code in EXAMPLES if language == "json"]
    answer = lab[0].client().get("/api/v1/runs?limit=0&stat=failed")
    assert body(answer) == shown


def test_the_tables_have_every_operation(lab: tuple[WebLab, dict[str, str]]) -> None:
    document = body(lab[0].client().get("/api/v1/openapi.json"))
    below, elsewhere = ["| | below `/api/v1` | |", LINE], ["| | elsewhere | |", LINE]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            short = path.removeprefix("/api/v1")
            verb = "WebSocket" if "101" in operation["responses"] else method.upper()
            row = f"| {verb} | `{short}` | {operation['summary'].rstrip('.')} |"
            (elsewhere if short == path else below).append(row)
    tables = "\n".join([*below, "", *elsewhere])
    assert TEXT.rpartition("<!-- operations -->\n")[2].strip() == tables, f"put there:\n{tables}"


LINE = "|---|---|---|"
