"""Templates of new runs over the API: one's own, shared ones, and who may do what."""

from typing import Any

import pytest
from web_lab import WebLab, body

from control.access.run_templates import LARGEST, MOST

API = "/api/v1/templates"
CONTENT: dict[str, Any] = {
    "analysis": "small_variants",
    "config": {"build": "GRCh37", "small_variants": {"stratifications": "giab"}},
    "samples": "sample\nA\n",
    "profile": "default",
    "launcher": "",
    "options": {"cores": 4},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def keep(lab: WebLab, name: str, user: str = "ada", **more: Any) -> dict[str, Any]:
    made = lab.client(user).post(API, json={"name": name, "content": CONTENT, **more})
    assert made.status_code == 201, made.get_data()
    assert made.headers["Location"] == body(made)["link"]
    return body(made)


def names(lab: WebLab, user: str) -> list[tuple[str, str]]:
    items = body(lab.client(user).get(API))["items"]
    return [(each["owner"], each["name"]) for each in items]


def test_a_template_gives_back_what_was_saved(lab: WebLab) -> None:
    made = keep(lab, " WGS <b>  ", description="for the sequencer")
    assert (made["name"], made["description"], made["analysis"]) == (
        *("WGS <b>", "for the sequencer"),
        "small_variants",
    )
    again = body(lab.client().get(made["link"]))
    assert again == made
    assert again["content"] == CONTENT
    assert (again["mine"], again["shared"], again["actions"]) == (True, False, ["change", "delete"])


def test_what_is_ones_own_nobody_else_sees_and_what_is_shared_everybody_may_use(
    lab: WebLab,
) -> None:
    own, shared = keep(lab, "mine"), keep(lab, "ours", shared=True)
    assert ("ada", "mine") in names(lab, "ada")
    for other in ("bob", "root"):
        assert ("ada", "mine") not in names(lab, other)
        assert lab.client(other).get(own["link"]).status_code == 404
        assert lab.client(other).delete(own["link"]).status_code == 404
        assert ("ada", "ours") in names(lab, other)
    seen = body(lab.client("bob").get(shared["link"]))
    assert (seen["owner"], seen["mine"], seen["actions"]) == ("ada", False, [])
    keep(lab, "ours", "bob")
    assert names(lab, "bob").index(("bob", "ours")) < names(lab, "bob").index(("ada", "ours"))


def test_only_its_user_changes_it(lab: WebLab) -> None:
    made = keep(lab, "changing", shared=True)
    new = {"name": "changed", "shared": True, "content": {"analysis": "qc"}}
    assert lab.client("bob").put(made["link"], json=new).status_code == 403
    assert lab.client("root").put(made["link"], json=new).status_code == 403
    now = body(lab.client().put(made["link"], json=new))
    assert (now["id"], now["name"], now["analysis"]) == (made["id"], "changed", "qc")
    assert now["content"]["config"] == {}
    assert now["created"] == made["created"]


def test_who_may_delete_it_and_it_is_noted(lab: WebLab) -> None:
    mine, shared = keep(lab, "to go"), keep(lab, "to go too", shared=True)
    assert lab.client("bob").delete(shared["link"]).status_code == 403
    assert body(lab.client("root").get(shared["link"]))["actions"] == ["delete"]
    assert lab.client("root").delete(shared["link"]).status_code == 204
    assert lab.client().delete(mine["link"]).status_code == 204
    assert lab.client().delete(mine["link"]).status_code == 404
    log = body(lab.client("root").get("/api/v1/audit?action=template."))["items"]
    told = [(entry["actor"], entry["action"], entry["target"]) for entry in log]
    assert ("root", "template.remove", str(shared["id"])) in told
    assert ("ada", "template.remove", str(mine["id"])) in told
    assert ("ada", "template.add", str(mine["id"])) in told


def test_two_of_one_name_and_names_that_cannot_be(lab: WebLab) -> None:
    keep(lab, "taken")
    other = keep(lab, "other")
    for answer in (
        lab.client().post(API, json={"name": "taken ", "content": {}}),
        lab.client().put(other["link"], json={"name": "taken", "content": {}}),
    ):
        assert answer.status_code == 409
        assert "taken" in body(answer)["detail"]
    for name, status in (("", 422), ("  ", 400), ("a\nb", 400), ("x" * 101, 422)):
        assert lab.client().post(API, json={"name": name, "content": {}}).status_code == status
    unknown = lab.client().post(API, json={"name": "a", "content": {"nalysis": "all"}})
    assert unknown.status_code == 422


def test_a_viewer_and_a_stranger_have_no_templates(lab: WebLab) -> None:
    asked = {"name": "v", "content": {}}
    assert lab.client("vera").get(API).status_code == 403
    assert lab.client("vera").post(API, json=asked).status_code == 403
    assert lab.client(None).get(API).status_code == 401


def test_what_is_too_large_or_too_many_is_refused(lab: WebLab) -> None:
    huge = {"name": "huge", "content": {"samples": "x" * LARGEST}}
    refused = lab.client("root").post(API, json=huge)
    assert refused.status_code == 400
    assert "sample sheet" in body(refused)["hint"]
    for n in range(MOST):
        keep(lab, f"n{n}", "root")
    assert lab.client("root").post(API, json={"name": "more", "content": {}}).status_code == 409


def test_yaml_and_values_are_turned_into_one_another(lab: WebLab) -> None:
    address = "/api/v1/configuration"
    read = body(lab.client().post(address, json={"yaml": "build: GRCh37\nqc: {keep: []}\n"}))
    assert read["config"] == {"build": "GRCh37", "qc": {"keep": []}}
    assert read["lines"]["qc.keep"] == 2
    written = body(lab.client().post(address, json={"config": read["config"]}))
    assert written["yaml"] == "build: GRCh37\nqc:\n  keep: []\n"
    wrong = body(lab.client().post(address, json={"yaml": "a: 1\na: 2\n"}))
    assert wrong["config"] is None
    assert (wrong["problems"][0]["line"], wrong["problems"][0]["column"]) == (2, 1)
    for asked in ({}, {"yaml": "", "config": {}}, {"yaml": 1}):
        assert lab.client().post(address, json=asked).status_code == 422
    assert lab.client("vera").post(address, json={"yaml": ""}).status_code == 403
