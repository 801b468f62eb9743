"""The page on which one sample is submitted: checked, submitted once, refused beside the field."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from source_workflow import make_source_workflow
from web_lab import WebLab, body

from control.record.run_dir import RunDir
from control.runs import addresses, command
from control.web.sign_in import local_path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    folder = tmp_path_factory.mktemp("lab")
    return WebLab(folder, workflow=make_source_workflow(folder / "w"))


@pytest.fixture(autouse=True)
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "addresses_of", lambda host: [])


class _Form(HTMLParser):
    """What a browser would send, and which fields it says are wrong."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.wrong: list[str] = []
        self.text = text
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        name = named.get("name") or ""
        if "aria-invalid" in named:
            self.wrong.append(name or tag)
        if tag == "input" and (named.get("type") != "radio" or "checked" in named):
            self.sent[name] = named.get("value") or ""
        if tag == "select":
            self._select = name
        if tag == "option" and ("selected" in named or self._select not in self.sent):
            self.sent[self._select] = named.get("value") or ""


def filled(lab: WebLab, **fields: str) -> dict[str, str]:
    """The fields as a browser sends them, some of them changed."""
    form = _Form(lab.client().get("/new").get_data(as_text=True))
    return {**form.sent, "sample": "HG002", "source": "s3://runs/{sample}/", **fields}


def runs_of(lab: WebLab) -> list[str]:
    return sorted(path.name for path in lab.runs.iterdir() if not path.name.startswith("."))


def test_the_form_offers_what_the_workflow_does(lab: WebLab) -> None:
    text = lab.client().get("/new?sample=HG003&analysis=few").get_data(as_text=True)
    form = _Form(text)
    assert form.wrong == []
    assert (form.sent["sample"], form.sent["analysis"]) == ("HG003", "few")
    assert "Everything" in text and "A part." in text
    assert "Deaths" not in text, "nothing that this form asks for is of use to it"
    assert '<option value="HG004"' in text and "<option selected>GRCh38</option>" in text
    assert len(form.sent["once"]) > 20
    again = _Form(lab.client().get("/new").get_data(as_text=True))
    assert again.sent["once"] != form.sent["once"]
    assert again.sent["analysis"] == "all"


def test_a_preview_tells_what_would_be_done_and_submits_nothing(lab: WebLab) -> None:
    before, asked = runs_of(lab), filled(lab, sample="mine", do="preview")
    answer = lab.client().post("/new", data=asked)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "2 jobs. Nothing is submitted yet." in text
    assert re.search(r'<th scope="row">fetch</th><td>1</td>', text)
    assert "<li>Fetching mine</li>" in text
    assert "<li>small variants of mine: nobody knows its truth</li>" in text
    assert "<p>Nothing.</p>" not in text
    assert _Form(text).sent["once"] == asked["once"]
    assert _Form(text).sent["source"] == "s3://runs/{sample}/"
    assert runs_of(lab) == before


def test_a_preview_says_when_nothing_is_left_out(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    known = lab.client().post("/new", data=filled(lab, do="preview")).get_data(as_text=True)
    assert "<p>Nothing.</p>" in known


def test_a_button_that_is_pressed_twice_makes_one_run(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    before, client = set(runs_of(lab)), lab.client()
    asked = filled(lab, do="run", giab="HG002", build="GRCh37")
    first, second = (client.post("/new", data=asked) for _ in range(2))
    (made,) = set(runs_of(lab)) - before
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] == f"/runs/{made}"
    assert client.get(f"/runs/{made}").status_code == 200
    run_dir = RunDir(lab.runs / made)
    assert run_dir.samples.read_text() == "sample\tsource\tgiab\nHG002\ts3://runs/HG002/\tHG002\n"
    assert "build: GRCh37" in run_dir.config.read_text()
    run = body(client.get(f"/api/v1/runs/{made}"))
    assert (run["name"], run["analysis"], run["owner"]) == ("HG002", "all", "ada")
    log = body(lab.client("root").get("/api/v1/audit?action=run.submit"))["items"]
    assert made in [entry["target"] for entry in log]
    changed = client.post("/new", data={**asked, "source": "s3://runs/other/"})
    assert changed.headers["Location"] != first.headers["Location"], "another content, another run"
    fresh = client.post("/new", data=filled(lab, do="run", giab="HG002", build="GRCh37"))
    assert fresh.headers["Location"] != first.headers["Location"], "another form, another run"


@pytest.mark.parametrize("do", ["preview", "run"])
@pytest.mark.parametrize(
    ("fields", "wrong", "told"),
    [
        ({"sample": "a b"}, ["sample"], "a b"),
        ({"sample": "../x", "source": "/etc/{sample}"}, ["sample", "source"], "may read"),
        ({"sample": ""}, ["sample"], "is missing"),
        ({"source": " "}, ["source"], "is missing"),
        ({"source": "s3://runs/<b>/../x"}, ["source"], "s3://runs/&lt;b&gt;/../x: a key with"),
        ({"source": "/files.tsv"}, ["source"], "not in a folder that runs may read"),
        ({"build": "GRCh39"}, ["build"], "GRCh39"),
        ({"analysis": "al"}, ["fieldset"], "did you mean all?"),
        ({"source": "s3://a\tb/"}, [], "a tab or a new line"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    lab: WebLab, do: str, fields: dict[str, str], wrong: list[str], told: str
) -> None:
    before, asked = runs_of(lab), filled(lab, do=do, **fields)
    answer = lab.client().post("/new", data=asked)
    text = answer.get_data(as_text=True)
    assert answer.status_code == (200 if do == "preview" else 422)
    assert 'role="alert"' in text and told in text
    form = _Form(text)
    assert form.wrong == wrong
    assert form.sent["once"] == asked["once"]
    assert "<b>" not in text
    assert runs_of(lab) == before


def test_what_the_workflow_finds_wrong_stands_beside_its_field(lab: WebLab) -> None:
    asked = filled(lab, do="run", giab="nobody", sample="nobody")
    answer = lab.client().post("/new", data=asked)
    assert answer.status_code == 422
    assert "nobody knows them (ask somebody)" in answer.text
    assert _Form(answer.text).wrong == ["giab"]


def test_what_only_operators_do_is_not_offered_to_viewers(lab: WebLab) -> None:
    asked = filled(lab, do="run")
    assert lab.client("vera").post("/new", data=asked).status_code == 403
    assert lab.client("vera").get("/new").status_code == 403
    assert 'href="/new"' not in lab.client("vera").get("/").get_data(as_text=True)
    assert 'href="/new"' in lab.client().get("/").get_data(as_text=True)


def test_who_has_to_sign_in_finds_the_form_as_it_was(lab: WebLab) -> None:
    stranger, before = lab.client(None), runs_of(lab)
    assert stranger.get("/new").headers["Location"] == "/sign-in?next=/new"
    begun = stranger.get("/new?from=20261121-221005-3f9a&do=run").headers["Location"]
    assert begun == "/sign-in?next=/new%3Ffrom%3D20261121-221005-3f9a"
    asked = filled(lab, do="run", sample="ä&b", giab="HG004")
    for answer, code in (
        (stranger.post("/new", data=asked), 303),
        (stranger.get("/new", query_string={k: v for k, v in asked.items() if k != "do"}), 302),
    ):
        assert answer.status_code == code
        onward = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
        assert local_path(onward) == onward, "where the sign-in leads to"
        again = _Form(lab.client().get(onward).get_data(as_text=True)).sent
        for name in ("sample", "source", "giab", "build", "analysis"):
            assert again[name] == asked[name]
    assert runs_of(lab) == before


def test_a_form_on_another_page_submits_nothing(
    lab: WebLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    proxy = {"header": "X-Remote-User", "trusted": ["127.0.0.1"]}
    other = WebLab(
        tmp_path, workflow=make_source_workflow(tmp_path / "w"), access={"proxy_header": proxy}
    )
    asked = filled(lab, do="run")
    evil = {"X-Remote-User": "ada", "Origin": "https://evil.example"}
    client = other.client(None)
    assert client.post("/new", data=asked, headers=evil).status_code == 403
    assert runs_of(other) == []
    ours = {"X-Remote-User": "ada", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/new", data=asked, headers=ours).status_code == 303
    assert len(runs_of(other)) == 1


def test_a_full_quota_is_told_on_the_page(tmp_path: Path) -> None:
    workflow = make_source_workflow(tmp_path / "w")
    full = WebLab(tmp_path, workflow=workflow, limits_per_user={"storage_gb": 0.000001})
    full.client().post("/api/v1/uploads", json={"name": "a.vcf", "size": 1000})
    answer = full.client().post("/new", data=filled(full, do="run"))
    assert answer.status_code == 403
    assert "storage: " in answer.get_data(as_text=True)
    assert _Form(answer.get_data(as_text=True)).sent["sample"] == "HG002"


def test_where_the_driver_runs_is_asked_where_there_is_a_choice(tmp_path: Path) -> None:
    lab = WebLab(tmp_path, launchers={"night": {"kind": "slurm"}})
    page = lab.client().get("/new?view=one&launcher=night").get_data(as_text=True)
    assert _Form(page).sent["launcher"] == "night"
