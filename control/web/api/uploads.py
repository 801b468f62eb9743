"""Uploads: files for runs, sent in pieces, and gone on with where a connection broke."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Annotated, Any

from flask import Response, request
from flask_openapi3.models import RawModel
from pydantic import Field

from control.access.roles import Role
from control.runs import upload_record
from control.runs.quota import GB
from control.runs.uploads import Uploads
from control.web import auth
from control.web.api.resource import (
    LARGEST,
    PREFIX,
    Answer,
    Body,
    Headers,
    Path,
    answer,
    nothing,
    resource,
    with_headers,
)
from control.web.service import service

api = resource("uploads", "Files for runs, sent in pieces")

BLOCK = 1 << 18  # bytes
SILENT_SECONDS = 60
"""How long a client that sends a piece may be silent; then the upload is free again."""
_OFFSET = {"Upload-Offset": "Bytes that are there: where to go on"}


class Upload(Answer):
    """A file that is being uploaded, or was."""

    id: str = Field(description="A run names it as `upload:<id>`")
    name: str = Field(description="As it was given, made safe")
    size: int = Field(description="Bytes that were announced")
    received: int = Field(description="Bytes that are there")
    sha256: str = Field(description="That was announced; may be empty")
    created: str
    is_finished: bool = Field(description="Whole and checked: runs can use it")
    link: str


class UploadList(Answer):
    """Every upload of yours."""

    items: list[Upload]


class NewUpload(Body):
    """What is going to be uploaded."""

    name: str = Field(min_length=1, max_length=255, description="Of the file, with its ending")
    size: int = Field(ge=1, le=LARGEST, description="In bytes")
    sha256: str = Field("", pattern="^([0-9a-fA-F]{64})?$", description="Of the content, if known")


class Checksum(Body):
    """What the content has to be."""

    sha256: str = Field("", pattern="^([0-9a-fA-F]{64})?$", description="Of the content, if known")


class UploadPath(Path):
    """One upload."""

    upload_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class OffsetHeaders(Headers):
    """Where the bytes belong."""

    upload_offset: int = Field(
        alias="Upload-Offset", ge=0, le=LARGEST, description="Bytes that were sent before these"
    )


class Piece(RawModel):
    """Bytes of a file."""

    mimetypes: list[str] = ["application/offset+octet-stream", "application/octet-stream"]  # noqa: RUF012 (as the library reads it)


@api.post("/uploads", responses={201: with_headers(Upload, Location="Its address")})
@auth.requires(Role.OPERATOR)
def create_upload(body: NewUpload) -> Response:
    """Announce a file, which reserves its space."""
    made = _uploads().create(body.name, body.size, body.sha256)
    auth.note("upload.create", made.id, detail=f"{made.name}, {made.size} bytes")
    shown = _shown(made)
    return answer(shown, 201, {"Location": shown.link, "Upload-Offset": "0"})


@api.get("/uploads", responses={200: UploadList})
@auth.requires(Role.OPERATOR)
def list_uploads() -> Response:
    """Your uploads, the newest first."""
    return answer(UploadList(items=[_shown(upload) for upload in _uploads().all()]))


@api.get("/uploads/<upload_id>", responses={200: with_headers(Upload, **_OFFSET)})
@auth.requires(Role.OPERATOR)
def read_upload(path: UploadPath) -> Response:
    """One upload: how much of it is there. HEAD gives the same as Upload-Offset."""
    return _answer(_uploads().get(path.upload_id))


@api.patch("/uploads/<upload_id>", responses={200: with_headers(Upload, **_OFFSET)})
@auth.requires(Role.OPERATOR)
def append_upload(path: UploadPath, header: OffsetHeaders, raw: Piece) -> Response:
    """Add bytes at the end. What has arrived stays, also when the connection breaks."""
    request.max_content_length = int(service().settings.upload_gb * GB)
    return _answer(_uploads().append(path.upload_id, header.upload_offset, _blocks()))


@api.post("/uploads/<upload_id>/finish", responses={200: with_headers(Upload, **_OFFSET)})
@auth.requires(Role.OPERATOR)
def finish_upload(path: UploadPath, body: Checksum) -> Response:
    """Check the whole file, and let runs use it."""
    done = _uploads().finish(path.upload_id, body.sha256)
    auth.note("upload.finish", done.id, detail=done.name)
    return _answer(done)


@api.delete("/uploads/<upload_id>", responses={204: None})
@auth.requires(Role.OPERATOR)
def delete_upload(path: UploadPath) -> Response:
    """Delete an upload; runs that were submitted with it keep their input."""
    _uploads().remove(path.upload_id)
    auth.note("upload.delete", path.upload_id)
    return nothing()


def _uploads() -> Uploads:
    return Uploads(service().settings, auth.principal().name)


def _blocks() -> Iterator[bytes]:
    with _not_for_ever():
        while block := request.stream.read(BLOCK):
            yield block
            time.sleep(0)  # in a gevent worker: others have their turn


@contextmanager
def _not_for_ever() -> Iterator[None]:
    """Take a client that sends nothing for SILENT_SECONDS to be gone.

    A laptop that was closed says no goodbye: its request would hold the upload, so that
    the same person could not go on with it from elsewhere.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(SILENT_SECONDS)
    try:
        yield
    finally:
        connection.settimeout(before)


def _answer(upload: upload_record.Upload) -> Response:
    return answer(_shown(upload), headers={"Upload-Offset": str(upload.received)})


def _shown(upload: upload_record.Upload) -> Upload:
    kept: dict[str, Any] = {
        name: getattr(upload, name) for name in Upload.model_fields if name != "link"
    }
    return Upload(**kept, link=f"{request.script_root}{PREFIX}/uploads/{upload.id}")


@contextmanager
def attached(files: Mapping[str, IO[bytes]]) -> Iterator[dict[str, str]]:
    """Files that came with one submission: uploads of who asks, inside of the block only.

    Args:
        files: by name.

    Returns:
        Name → how a run names it.

    Raises:
        EngineError: as :meth:`control.runs.uploads.Uploads.attached`.
    """
    uploads = Uploads(service().settings, auth.principal().name)
    with uploads.attached(files, lambda *did: auth.note(did[0], did[1], "ok", did[2])) as made:
        yield made
