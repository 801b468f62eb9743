"""Local files of a submission: found, sent in pieces that a broken connection cannot lose."""

import re
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from control.client.api import Api, Refused
from control.record.index_names import index_names
from engines.contract.errors import BadData, EngineError, InputMissing, Transient
from engines.contract.progress import Progress, say

PIECE = 8 << 20  # bytes
TRIES = 6
"""How often in a row a piece may fail to get through."""
_KINDS = re.compile(
    r"\.((vcf|gvcf|fastq|fq|fasta|fa|fna|bed|csv|tsv|json)(\.b?gz)?(\.(tbi|csi|fai|gzi))?"
    r"|bam(\.bai|\.csi)?|cram(\.crai)?|bai|crai)$",
    re.IGNORECASE,
)


class Uploader:
    """Sends files, each once, also when an earlier submission has sent it.

    Args:
        api: the service.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._names: dict[Path, str] = {}
        self._known: list[dict[str, Any]] | None = None

    def in_sheet(self, text: str) -> str:
        """A sample sheet with ``upload:<id>`` in the place of local files."""
        lines = [line.split("\t") for line in text.split("\n")]
        return "\n".join("\t".join(map(self._in_cell, cells)) for cells in lines)

    def in_config(self, value: Any) -> Any:
        """A configuration with ``upload:<id>`` in the place of local files."""
        if isinstance(value, Mapping):
            self._send_beside(value.get("stratifications"))
            return {key: self.in_config(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.in_config(each) for each in value]
        return self.name_of(value) if isinstance(value, str) else value

    def _in_cell(self, cell: str) -> str:
        """A cell with the files of several lanes has commas between them."""
        if "," not in cell or Path(cell.strip()).is_file():
            return self.name_of(cell)
        return ",".join(self.name_of(each) for each in cell.split(","))

    def name_of(self, value: str) -> str:
        """``upload:<id>`` for a local file of a kind that runs read; else the value itself.

        Its index is sent along.

        Raises:
            EngineError: it cannot be read or sent.
        """
        if not _KINDS.search(value.strip()) or not (path := Path(value.strip())).is_file():
            return value
        path = path.resolve()
        if path not in self._names:
            self._names[path] = self._send(path)
            for index in map(path.with_name, index_names(path.name)):
                if index.is_file():
                    self._names[index] = self._send(index)
        return self._names[path]

    def _send_beside(self, table: Any) -> None:
        """The BED files that a table of stratifications names, seen from its folder."""
        if not isinstance(table, str) or not Path(table).is_file():
            return
        for row in _text(Path(table)).splitlines():
            name = row.partition("\t")[2].strip()
            if name and not Path(name).is_absolute():
                self.name_of(str(Path(table).resolve().parent / name))

    def _send(self, path: Path) -> str:
        total = path.stat().st_size
        if not total:
            raise BadData(f"{path}: is empty", hint="check the file")
        digest = _sha256(path)
        upload = self._earlier(path.name, total, digest)
        if upload is None:
            asked = {"name": path.name, "size": total, "sha256": digest}
            upload = self._api.post("/uploads", asked)
        if not upload["is_finished"]:
            self._send_rest(path, upload)
            self._api.post(f"/uploads/{upload['id']}/finish", {"sha256": digest}, repeat=True)
        return f"upload:{upload['id']}"

    def _earlier(self, name: str, total: int, digest: str) -> dict[str, Any] | None:
        """An upload of the same content, whole or in part, that is there already."""
        if self._known is None:
            self._known = self._api.get("/uploads")["items"]
        for upload in self._known:
            same_name = upload["name"].lower() == name.lower()
            if same_name and (upload["sha256"], upload["size"]) == (digest, total):
                if upload["is_finished"]:
                    say(f"{name}: was uploaded before")
                return upload
        return None

    def _send_rest(self, path: Path, upload: dict[str, Any]) -> None:
        place, total = f"/uploads/{upload['id']}", upload["size"]
        progress = Progress(f"uploading {path.name}", total, "bytes")
        progress.advance(upload["received"])
        received, failures = upload["received"], 0
        with open(path, "rb") as file:
            while received < total:
                file.seek(received)
                piece = file.read(PIECE)
                if not piece:
                    raise InputMissing(f"{path}: became shorter while it was sent")
                try:
                    headers = {
                        "Upload-Offset": str(received),
                        "Content-Type": "application/offset+octet-stream",
                    }
                    now, failures = self._api.patch(place, piece, headers)["received"], 0
                except EngineError as error:
                    failures += 1
                    now = self._received(place, error, failures)
                progress.advance(max(0, now - received))
                received = now
        progress.finish()

    def _received(self, place: str, error: EngineError, failures: int) -> int:
        """How much is there after a piece failed, which may have arrived all the same."""
        is_elsewhere = isinstance(error, Refused) and error.status == 409
        if failures >= TRIES or not (error.code == Transient.code or is_elsewhere):
            raise error
        time.sleep(min(10.0, 0.2 * 2.0**failures))
        received: int = self._api.get(place)["received"]
        return received


def _sha256(path: Path) -> str:
    found = sha256()
    for block in _blocks(path):
        found.update(block)
    return found.hexdigest()


def _text(path: Path) -> str:
    return b"".join(_blocks(path)).decode(errors="replace")


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                yield block
    except OSError as error:
        raise InputMissing(f"{path}: {error.strerror}", hint="check the file") from error
