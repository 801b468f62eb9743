"""Live annotation as its document has it: its messages, and its page's code as it stands."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest
from annotate_lab import CALLS, DEMO, FASTA, GFF
from served_lab import ServedLab, served
from web_lab import WHEN, WebLab

from control.events.annotation_updates import AnnotationUpdates, variant_of
from control.events.job_attempts import JobAttempt
from control.events.journal import Draft, Journal, JournalFiles, draft
from control.events.log_lines import log_line
from control.record.message import MessageType
from control.record.run_dir import RunDir, State

EXAMPLES = Path(__file__).with_name("examples")
PROGRESS, VARIANT, CONNECTED = json.loads((EXAMPLES / "003_messages.json").read_text())
JOB = {"jobid": 1, "rule": "annotate", "wildcards": {"sample": "gut"}, "attempt": 1}
needs_bcftools = pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools is missing")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the engine says of the demo's tumour: 22 variants, and one that cannot be tiered."""
    command = [sys.executable, "-m", "control.cli", "annotate", "--calls", str(CALLS)]
    command += ["--tumour", "TUMOUR", "--disease", "colorectal cancer", "--no-report"]
    command += ["--knowledge", str(DEMO / "tumour_knowledge.json.gz"), "--fasta", str(FASTA)]
    command += ["--gff", str(GFF), "--out", str(tmp_path_factory.mktemp("tumour") / "gut")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stderr.splitlines()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLab]:
    with served(WebLab(tmp_path_factory.mktemp("lab"))) as made:
        yield made


def tell(service: ServedLab, run: RunDir, told: list[Draft], *, closed: bool = False) -> None:
    journal = Journal(JournalFiles.of(run, service.lab.state.journals), run.run_id)
    journal.append(told, {}, closed=closed)
    journal.close()


def status(state: str, message: str = "") -> Draft:
    return draft(MessageType.STATUS, WHEN, {"status": state, "message": message})


def rule(state: str, **more: Any) -> Draft:
    return draft(MessageType.RULE, WHEN, {**JOB, "state": state, **more})


def jobs(done: int, **more: Any) -> Draft:
    told = {"scope": "run", "progress": 50.0 * done, "done": done, "total": 2, **more}
    return draft(MessageType.PROGRESS, WHEN, told)


BEGINS = [status("running"), jobs(0, rules={"annotate": 1, "all_annotation": 1}), rule("running")]
ENDS = [rule("finished"), jobs(1), jobs(2), status("completed", "all done")]


def of_engine(lines: list[str]) -> list[Draft]:
    """Its lines as they become messages of the job."""
    attempt = JobAttempt(1, 1, 1, WHEN, rule="annotate", wildcards={"sample": "gut"})
    return [log_line(attempt, line, WHEN) for line in lines]


@needs_bcftools
def test_variants_of_the_engine_come_as_documented(service: ServedLab, lines: list[str]) -> None:
    run = service.lab.run(State.QUEUED)
    tell(service, run, [*BEGINS, *of_engine(lines), *ENDS], closed=True)
    told, code = service.told(f"/ws/jobs/{run.run_id}")
    assert code == 1000
    hello, *updates = told
    assert hello.pop("timestamp")
    assert hello == {**CONNECTED, "job_id": run.run_id}
    assert {update["job_id"] for update in updates} == {run.run_id}
    assert all("data" not in update and update["timestamp"] for update in updates)
    assert {update["type"] for update in updates} == {"progress", "variant_update"}

    variants = [each["variant"] for each in updates if each["type"] == "variant_update"]
    assert len(variants) == len({each["variant_id"] for each in variants}) == 22
    more = {"reference", "alternate", "gene", "consequence", "vicc_tier", "sample"}
    assert all(set(each) == set(VARIANT["variant"]) | more for each in variants)
    (braf,) = [each for each in variants if each["position"] == 29163]
    shown = {key: braf[key] for key in ("chromosome", "reference", "alternate", "gene", "amp_tier")}
    assert shown == {
        "chromosome": "chr7",
        "reference": "A",
        "alternate": "T",
        "gene": "BRAF",
        "amp_tier": "Tier I",
    }
    assert 0 < braf["confidence_score"] <= 1 and braf["consequence"] == "missense_variant"
    assert braf["canned_text"] and braf["interpretation"].startswith("Tier I-A")
    assert braf["vicc_tier"] in ("Oncogenic", "Likely oncogenic", "VUS")

    steps = [each for each in updates if each["type"] == "progress"]
    assert all(set(each) - {"details"} == {*PROGRESS, "timestamp"} for each in steps)
    shares = [each["progress"] for each in steps]
    assert all(type(share) is int for share in shares) and shares == sorted(shares)
    assert shares[0] == 0 and shares[-1] == 100 and 99 in shares
    assert [each["status"] for each in steps if each["progress"] == 100] == ["completed"]
    (failed,) = [each for each in steps if "details" in each]
    assert failed["status"] == "running" and failed["current_step"] == "annotation"
    assert "REF differs from the genome" in failed["message"]
    assert failed["details"]["pos"] == 4101
    assert "Tiering variants 23" in [each["message"] for each in steps]


@needs_bcftools
def test_the_page_of_the_document_shows_every_variant(service: ServedLab, lines: list[str]) -> None:
    run = service.lab.run(State.QUEUED)
    told = of_engine(lines)
    tell(service, run, [*BEGINS, *told[:10]])  # some before it connects, the others later
    address = f"ws://{service.host}/ws/jobs/{run.run_id}?token={service.lab.tokens['ada']}"
    with chromium.launched() as browser:
        page = browser.new_page()
        page.goto(f"http://{service.host}/health/live")
        page.evaluate(f"() => {{ {page_code(address)} }}")
        page.wait_for_function("() => variants.length > 0", timeout=60_000)
        tell(service, run, [*told[10:], *ENDS], closed=True)
        page.wait_for_function("() => window.code", timeout=60_000)
        code, variants = page.evaluate("() => [code, variants]")
    assert code == 1000
    engine = [json.loads(line) for line in lines if '"variant_update"' in line]
    assert [each["position"] for each in variants] == [each["data"]["pos"] for each in engine]
    assert [each["amp_tier"] for each in variants] == [each["data"]["amp_tier"] for each in engine]


def page_code(address: str) -> str:
    """The component of the document without its types, and what React would do for it."""
    code = (EXAMPLES / "003_job_detail.ts").read_text()
    for type in (": React.FC", "<Variant[]>", "<WebSocket | null>", ": JobUpdate"):
        assert type in code
        code = code.replace(type, "")
    code = re.sub(r"\bupdate\.variant!", "update.variant", code)
    around = f"""
      const wsUrl = '{address}', jobId = '', job = null
      const Socket = WebSocket
      window.WebSocket = class extends Socket {{
        constructor(url) {{ super(url); this.onclose = (event) => {{ window.code = event.code }} }}
      }}
      window.variants = []
      const useState = () => [window.variants, (change) => {{ variants = change(variants) }}]
      const useRef = (current) => ({{current}})
      const useEffect = (begin) => setTimeout(begin)  // after the component was made
    """
    return f"{around}\n{code}\nJobDetail()"


def updates_of(*drafts: Draft) -> list[Any]:
    """What a client gets of messages."""
    updates = AnnotationUpdates()
    return [
        updates(
            {
                "type": each.type,
                "job_id": "r",
                "timestamp": WHEN,
                "sequence": number,
                "data": json.loads(each.data),
            }
        )
        for number, each in enumerate(drafts, 1)
    ]


def test_a_job_that_tells_its_share_moves_the_bar() -> None:
    half = {"scope": "job", "progress": 45.0, "done": 45, "total": 100, **JOB}
    told = draft(MessageType.PROGRESS, WHEN, {"stage": "Processing variant", **half})
    one = draft(
        MessageType.PROGRESS, WHEN, {"scope": "run", "progress": 0.0, "done": 0, "total": 1}
    )
    *_, update = updates_of(status("running"), one, told)
    assert update == {**PROGRESS, "job_id": "r", "timestamp": WHEN}


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted", "queued"])
def test_only_a_completed_run_is_at_100(state: str) -> None:
    *_, update = updates_of(*BEGINS, jobs(2), status(state, "so it ended"))
    assert (update["status"], update["progress"]) == (state, 99)
    assert update["message"] == f"● run {state}: so it ended"
    assert update["current_step"] == state


def test_a_resumed_run_counts_what_is_left() -> None:
    begun = jobs(0, rules={"annotate": 1})
    told = updates_of(*BEGINS, jobs(1), status("interrupted"), status("running"), begun)
    assert [each["progress"] for each in told] == [0, 0, 0, 50, 50, 50, 0]


def test_errors_are_told_and_do_not_end_the_job() -> None:
    wrong = {"error_class": "transient", "code": 75, "message": "away", "hint": "wait", **JOB}
    told = updates_of(*BEGINS, draft(MessageType.ERROR, WHEN, wrong), rule("failed"))
    assert told[-1] is None
    assert (told[-2]["type"], told[-2]["status"]) == ("progress", "running")
    assert told[-2]["message"] == "annotate[sample=gut] | error, transient: away (hint: wait)"
    assert told[-2]["details"]["code"] == 75


def test_a_variant_of_another_tool_has_the_same_names() -> None:
    said = {
        "chrom": "7",
        "pos": 5,
        "ref": "A",
        "alt": "T",
        "tier": "I",
        "oncogenicity": "Oncogenic",
    }
    ours = variant_of(said, 3)
    theirs = {"chromosome": "7", "position": 5, "reference": "A", "alternate": "T"}
    known = {**theirs, "amp_tier": "Tier I", "vicc_tier": "Oncogenic"}
    unknown = ("gene", "consequence", "confidence_score", "canned_text", "interpretation", "sample")
    assert ours == {"variant_id": 3, **known, **dict.fromkeys(unknown)}
    assert variant_of({"variant": known, "sample": "S"}, 3) == {**ours, "sample": "S"}
    bare = variant_of({"chrom": "7", "pos": 5}, 1)
    assert bare["amp_tier"] is None and bare["vicc_tier"] is None and bare["reference"] is None


def test_who_may_see_it(service: ServedLab) -> None:
    run = service.lab.run(State.COMPLETED, "bob")
    for user, code in ((None, 4001), ("ada", 4003), ("bob", 1000)):
        assert service.told(f"/ws/jobs/{run.run_id}", user)[1] == code
    assert service.told("/ws/jobs/20261121-000000-0000")[1] == 4004
