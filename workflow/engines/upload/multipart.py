"""One large file in parts: gone on with where an earlier call was killed, or taken back."""

import base64
import functools
from concurrent.futures import Executor, Future
from typing import Any

from engines.contract.errors import EngineError
from engines.contract.progress import say
from engines.contract.wording import printable
from engines.upload.contents import read_part
from engines.upload.items import Altered, Content, LocalFile
from engines.upload.journal import Begun, Journal
from engines.upload.refusals import Denied, Gone, Taken
from engines.upload.store import CHECKSUM, Store


class Multipart:
    """The upload of one file in parts; ``pool`` sends them."""

    def __init__(
        self, store: Store, journal: Journal, pool: Executor, key: str, file: LocalFile
    ) -> None:
        self.store, self.journal, self.pool = store, journal, pool
        self.key, self.file = key, file

    def send(self, content: Content, condition: dict[str, str]) -> Any:
        """The answer to its completion.

        Raises:
            Taken, Altered: nothing of it is left at the store.
            Gone: somebody else aborted it. EngineError: what is there is kept for the next call.
        """
        how = self._how(content)
        upload, have = self._left_behind(content, how) or (self._begin(content, how), {})
        try:
            etags = have | self._send_parts(content, upload, set(have))
            return self._complete(content, upload, etags, condition)
        except Gone:
            self.journal.end(self.key)
            raise
        except (Taken, Altered):
            abort(self.store, self.journal, self.key, upload)
            raise

    def _how(self, content: Content) -> dict[str, Any]:
        manner = self.store.manner
        return {
            "size": content.size,
            "part_size": content.part_size,
            "sse": [manner.sse, manner.kms_key_id],
            "sha256": content.sha256.hex(),
        }

    def _begin(self, content: Content, how: dict[str, Any]) -> str:
        self.journal.begin(self.key, **how)
        answer = self.store.call(
            "create_multipart_upload",
            self.key,
            Key=self.key,
            **CHECKSUM,
            **self.store.described(self.key, content),
        )
        self.journal.learn(self.key, answer["UploadId"])
        return str(answer["UploadId"])

    def _left_behind(
        self, content: Content, how: dict[str, Any]
    ) -> tuple[str, dict[int, str]] | None:
        """Id and parts (number → ETag) of what a killed call left, where they are good."""
        begun = self.journal.begun.get(self.key)
        if begun is None:
            return None
        if begun.upload is None or begun.how != how:
            clear(self.store, self.journal, self.key, begun)
            return None
        try:
            listed = parts_of(self.store, self.key, begun.upload)
        except Gone:
            self.journal.end(self.key)
            return None
        have = {}
        for number, (etag, sha256) in begun.parts.items():
            if listed.get(number) == etag and content.parts[number - 1].hex() == sha256:
                have[number] = etag
        size = sum(size_of(content, number) for number in have)
        self.store.traffic.resume(size)
        say(f"{printable(self.file.name)}: goes on, {size:,} of {content.size:,} bytes are there")
        return begun.upload, have

    def _send_parts(self, content: Content, upload: str, have: set[int]) -> dict[int, str]:
        """Send what is not there; number → ETag."""
        numbers = [n for n in range(1, len(content.parts) + 1) if n not in have]
        work = functools.partial(self._send_part, content, upload)
        futures: dict[int, Future[str]] = {n: self.pool.submit(work, n) for n in numbers}
        failure: Exception | None = None
        for future in futures.values():
            try:
                if failure is None:
                    future.result()
                elif not future.cancel():
                    future.exception()  # wait: none may arrive after an abort
            except Exception as error:
                failure = error
        if failure:
            raise failure
        return {number: future.result() for number, future in futures.items()}

    def _send_part(self, content: Content, upload: str, number: int) -> str:
        self.store.waiting.turn()
        data = read_part(self.file, content, number)
        sha256 = content.parts[number - 1]
        etag = self.store.part(self.key, upload, number, data, sha256)
        self.journal.part(self.key, number, etag, sha256.hex())
        return etag

    def _complete(
        self, content: Content, upload: str, etags: dict[int, str], condition: dict[str, str]
    ) -> Any:
        parts = [
            {"PartNumber": number, "ETag": etags[number], "ChecksumSHA256": _base64(sha256)}
            for number, sha256 in enumerate(content.parts, 1)
        ]
        answer = self.store.call(
            "complete_multipart_upload",
            self.key,
            Key=self.key,
            UploadId=upload,
            MultipartUpload={"Parts": parts},
            **condition,
        )
        self.journal.end(self.key)
        return answer


def size_of(content: Content, number: int) -> int:
    """Bytes of part ``number``."""
    return min(content.part_size, content.size - (number - 1) * content.part_size)


def parts_of(store: Store, key: str, upload: str) -> dict[int, str]:
    """What the store has of a multipart upload: number → ETag.

    Raises:
        Gone: there is no such upload.
    """
    pages = store.pages("list_parts", key, Key=key, UploadId=upload)
    return {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", [])}


def clear(store: Store, journal: Journal, key: str, begun: Begun) -> None:
    """Take back what a killed call began and nobody goes on with.

    Where it was killed before it learned the id, what it made is an upload of this key without
    a part: the id is noted before the first part is sent.
    """
    if begun.upload is not None:
        abort(store, journal, key, begun.upload)
        return
    try:
        for page in store.pages("list_multipart_uploads", key, Prefix=key):
            for found in page.get("Uploads", []):
                upload = found["UploadId"]
                if found["Key"] == key and not _has_parts(store, key, upload):
                    abort(store, journal, key, upload)
    except Denied as error:
        store.note(
            f"{error.message}: an empty multipart upload of an earlier call may be left there"
        )
    journal.end(key)


def _has_parts(store: Store, key: str, upload: str) -> bool:
    try:
        return bool(parts_of(store, key, upload))
    except Gone:
        return True  # completed or aborted by now: not ours to touch


def abort(store: Store, journal: Journal, key: str, upload: str) -> None:
    """Take back a multipart upload, its parts with it; warns where that is not possible."""
    try:
        store.call("abort_multipart_upload", key, Key=key, UploadId=upload)
    except Gone:
        pass
    except EngineError as error:
        store.note(
            f"{error.message}: parts of an unfinished upload are left; the next call tries again"
        )
        return
    journal.end(key)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
