"""POST /runs: a form with attachments becomes a submission like any other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any, Literal

from flask import request
from pydantic import Field, ValidationError
from werkzeug.datastructures import FileStorage

from control.record.lines import parse
from control.runs import configuration_text, quota
from control.runs.analyses import read_workflow, with_leaves
from control.runs.errors import Conflict
from control.runs.idempotency import KeyTaken
from control.runs.proposal import LARGEST_SHEET
from control.runs.submit import Submission, merged
from control.web import auth
from control.web.api.resource import Answer
from control.web.api.submissions import KeyHeaders, key_of
from control.web.api.uploads import attached
from control.web.aside import aside
from control.web.problems import ProblemError
from control.web.service import service
from control.web.strict import json_object, refuse

NAME, TYPE, ENGINE = "plumbline", "SMK", "snakemake"
_OBJECTS = ("workflow_params", "workflow_engine_parameters", "tags")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
OURS = ("analysis", "targets", "profile", "launcher")  # the other parameters are Snakemake's

MOST_ATTACHED = 50
Files = dict[str, FileStorage]


class RunRequest(Answer):
    """The fields of the form but for the attachments."""

    workflow_type: Literal["SMK", "Snakemake"]
    workflow_type_version: str
    workflow_url: str
    workflow_params: dict[str, Any] = Field({})
    workflow_engine: Literal["snakemake"] = "snakemake"
    workflow_engine_version: str | None = None
    workflow_engine_parameters: dict[str, Any] = Field({})
    tags: dict[str, str] = Field({})


def versions() -> list[str]:
    """What the version of Snakemake may be called: 9.27.1, 9.27 or 9."""
    parts = version("snakemake").split(".")
    return [".".join(parts[:count]) for count in (3, 2, 1)]


def urls() -> list[str]:
    """What a client may name as its workflow: it cannot bring one of its own."""
    analyses = read_workflow(service().settings.workflow).analyses
    return [NAME, "workflow/Snakefile", *(f"{NAME}#{name}" for name in analyses)]


@contextmanager
def submission(header: KeyHeaders) -> Iterator[Submission]:
    """What the current request submits; its attachments are uploads inside of the block only.

    Raises:
        ProblemError: the request is not as documented.
        EngineError: an attachment is too large, or nothing that runs take.
        Conflict: there are attachments, and the idempotency key has given a run.
    """
    fields, files = _received()
    try:
        made = Submission.model_validate(_content(RunRequest.model_validate(fields), files, header))
    except ValidationError as error:
        refuse(error)
    with attached({name: file.stream for name, file in files.items()}) as ids:
        texts = {"config": made.config, "samples": made.samples}
        try:
            yield made.model_copy(update=with_leaves(texts, lambda _, text: _named(text, ids)))
        except KeyTaken as taken:
            if not ids:
                raise
            message = f"run {taken.run_id} has this key; attachments sent again are not compared"
            raise Conflict(
                message, hint="follow that run; only another key makes one more"
            ) from None


def _received() -> tuple[dict[str, Any], Files]:
    """The fields of the form, and what is attached, by name."""
    settings = service().settings
    if request.mimetype not in _FORMS:
        said = f"the body is {request.mimetype[:100] or 'of no type'}, not a form"
        raise ProblemError(400, said, hint="send multipart/form-data, as WES 1.1 says")
    if request.content_length is None:  # then nothing says whether there is room for it
        raise ProblemError(411, "nothing says how long the body is", hint="send a Content-Length")
    quota.refuse_above(settings, auth.principal().name, request.content_length)
    if request.mimetype == _FORMS[0]:  # the other is read into memory
        request.max_content_length = int(settings.upload_gb * quota.GB)
        request.max_form_memory_size = LARGEST_SHEET
    told, attached = list(request.form.items(multi=True)), list[FileStorage]()
    room = LARGEST_SHEET
    for field, file in request.files.items(multi=True):
        if field.removesuffix("[]") == "workflow_attachment":
            attached.append(file)
        elif field in RunRequest.model_fields:
            told.append((field, _text(file, room)))
            room -= file.stream.tell()
        else:
            told.append((field, ""))  # which is refused: it need not be read
    if len(attached) > MOST_ATTACHED:
        message = f"{len(attached)} attachments, and the most is {MOST_ATTACHED}"
        raise ProblemError(400, message, hint="upload the files before, and name upload:<id>")
    fields, files = dict(told), {file.filename or "": file for file in attached}
    if len(fields) + len(files) < len(told) + len(attached):
        raise ProblemError(400, "a field, or the name of an attachment, is there twice", hint="")
    return fields | {key: json_object(fields.get(key) or "{}", key) for key in _OBJECTS}, files


def _content(asked: RunRequest, files: Files, header: KeyHeaders) -> dict[str, Any]:
    """What is submitted; the two attachments that are no inputs are taken out."""
    here = auth.address(f"{request.script_root}/")  # some clients send addresses only
    named = asked.workflow_url.removeprefix(here)
    for field, value, known in (
        ("workflow_type_version", asked.workflow_type_version, versions()),
        ("workflow_engine_version", asked.workflow_engine_version or versions()[0], versions()),
        ("workflow_url", named, urls()),
    ):
        if value not in known:
            message = f"{field} {value[:200]!r} cannot be run here"
            raise ProblemError(400, message, hint=f"there is {', '.join(known)}")
    given = asked.workflow_engine_parameters.items()  # "" is the default of many
    options = {name: _value(each) for name, each in given if each != ""}
    ours = {name: options.pop(name) for name in OURS if name in options}
    analysis = named.partition("#")[2]
    if analysis and ours.setdefault("analysis", analysis) != analysis:
        raise ProblemError(400, "workflow_url and the parameters name two analyses", hint="")
    config, sheet = asked.workflow_params, asked.workflow_params.get("samples")
    if file := files.pop("config.yaml", None):
        text = _text(file)
        read = aside(lambda: configuration_text.parse(text))
        for wrong in read.problems:
            where = f"config.yaml, line {wrong.line}"
            raise ProblemError(400, f"{where}: {wrong.message}", hint=wrong.hint)
        config = merged(read.config or {}, config)
    if file := files.pop("samples.tsv", None):
        if sheet is not None:
            raise ProblemError(400, "samples.tsv, and samples in workflow_params", hint="")
        sheet = _text(file)
    names_a_file = isinstance(sheet, str) and "\n" not in sheet  # and `config` has it
    return {
        "analysis": "" if ours.get("targets") else "all",
        **ours,
        "options": options,
        "config": config,
        "samples": None if names_a_file else sheet,
        "name": asked.tags.get("name", ""),
        "tags": asked.tags,
        "idempotency_key": key_of(asked.tags.get("idempotency_key"), header),
    }


def _value(given: Any) -> Any:
    """What a parameter says: the standard has texts only, and "4" is 4."""
    with suppress(ValueError):
        return parse(given) if isinstance(given, str) else given
    return given


def _text(file: FileStorage, room: int = LARGEST_SHEET) -> str:
    content = file.stream.read(room + 1)
    with suppress(UnicodeDecodeError):
        if len(content) <= room:
            return content.decode("utf-8-sig")
    most = f"UTF-8 text of up to {LARGEST_SHEET / 1e6:g} MB"
    raise ProblemError(400, f"{(file.filename or '')[:200]}: no {most}", hint="")


def _named(text: Any, ids: dict[str, str]) -> Any:
    """A text (a whole sheet, too) with uploads in place of the names of attachments."""
    if not ids or not isinstance(text, str):
        return text
    return re.sub(r"[^\t\r\n,]+", lambda word: ids.get(word[0].strip(), word[0]), text)
