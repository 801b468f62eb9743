"""A prefix of a bucket as the target: what is there, and putting files there."""

from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from engines.contract.errors import BadUsage, CannotWrite, Transient, Unavailable
from engines.contract.wording import printable
from engines.fetch.listing import check_address
from engines.fetch.patience import Waiting
from engines.upload.contents import matching, read_content, read_part, with_parts
from engines.upload.items import Content, Job, LocalFile, Placed, There
from engines.upload.journal import Journal
from engines.upload.listing import refuse_long_keys
from engines.upload.multipart import Multipart, clear
from engines.upload.refusals import Denied, Gone, Taken, Unconditional
from engines.upload.sending import Traffic
from engines.upload.store import Store, version_of

RESTARTS = 3  # of one file that somebody else works on, too


class S3Target:
    """``s3://BUCKET/PREFIX/``."""

    def __init__(self, job: Job, waiting: Waiting, traffic: Traffic) -> None:
        check_address(job.to)
        bucket, _, prefix = job.to.removeprefix("s3://").partition("/")
        if not bucket:
            raise BadUsage(f"{printable(job.to)}: names no bucket", hint="s3://BUCKET/PREFIX/")
        self.prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
        self.manner = job.manner
        self.store = Store(bucket, job, waiting, traffic)
        self.address = f"s3://{bucket}/{self.prefix}"
        self.identity = f"{job.access.endpoint or ''} {self.address}"
        self.notes = self.store.notes

    def key(self, file: LocalFile) -> str:
        return self.prefix + file.name

    def check(self, files: tuple[LocalFile, ...]) -> None:
        """Stop before work begins where nothing can be written."""
        refuse_long_keys([self.key(file) for file in files])
        if not self.store.check(self.prefix):
            self._note_once("may not be listed: what is there may be seen only when it is sent")

    def sweep(self, journal: Journal, files: list[LocalFile]) -> None:
        """Take back what earlier calls began of files that are not to be sent any more."""
        wanted = {self.key(f) for f in files if f.size > self.manner.part_of(f.size)}
        for key, begun in list(journal.begun.items()):
            if key not in wanted or begun.upload is None:
                clear(self.store, journal, key, begun)

    # --- what is there ----------------------------------------------------

    def look(self, file: LocalFile) -> There | None:
        """What is there; None: nothing, or nothing that may be seen."""
        try:
            return self._look(file)
        except Denied:
            return None

    def _look(self, file: LocalFile) -> There | None:
        key = self.key(file)
        there = self.store.look(key)
        if there and there.size == file.size and _is_multipart(there):
            there = replace(there, part_size=self.store.part_size(key))
        return there

    def kept(self, file: LocalFile, there: There) -> Placed | None:
        """The entry of a file that is there already; None where that is something else."""
        same = matching(file, there, self.manner.part_of(file.size))
        if same is None:
            return None
        return Placed(
            file,
            self.key(file),
            same[0].sha256.hex(),
            _checksum(there),
            there.etag,
            there.version,
            same[1],
            sent=False,
        )

    # --- putting ----------------------------------------------------------

    def place(
        self, file: LocalFile, there: There | None, journal: Journal, pool: Executor
    ) -> Placed:
        """Put a file there, in place of ``there`` where that is known to be something else.

        Raises:
            CannotWrite: somebody else put other content there in the meantime.
            Altered: the file is being changed. EngineError: the store cannot take it.
        """
        content, _ = read_content(file, self.manner.part_of(file.size))
        for _ in range(RESTARTS):
            try:
                answer = self._send(file, content, there, journal, pool)
                return self._read_back(file, content, answer, there)
            except Unconditional:
                self._warn_unconditional()
            except (Taken, Gone):
                there, kept = self._look_again(file, there)
                if kept:
                    return kept
        raise Transient(
            f"{self._shown(file)}: others upload it at the same time, {RESTARTS} times in a row",
            hint="start again later",
        )

    def _look_again(
        self, file: LocalFile, before: There | None
    ) -> tuple[There | None, Placed | None]:
        """What is there after somebody else was at work; its entry where it is the same.

        Raises:
            CannotWrite: it is something else, or may not be seen.
        """
        try:
            now = self._look(file)
        except Denied as error:
            raise CannotWrite(
                f"{self._shown(file)}: something is there, and it may not be read to compare it",
                hint="choose another --to, or ask for s3:GetObject",
            ) from error
        kept = self.kept(file, now) if now else None
        if now and not kept and (before is None or now.etag != before.etag):
            raise self._overtaken(file)
        return now, kept

    def _send(
        self,
        file: LocalFile,
        content: Content,
        there: There | None,
        journal: Journal,
        pool: Executor,
    ) -> Any:
        condition: dict[str, str] = {}
        if self.store.conditional:
            condition = {"IfMatch": there.etag} if there else {"IfNoneMatch": "*"}
        if content.is_multipart:
            upload = Multipart(self.store, journal, pool, self.key(file), file)
            return upload.send(content, condition)
        data = read_part(file, content, 1)
        return self.store.put(self.key(file), data, content, condition)

    def _read_back(
        self, file: LocalFile, content: Content, answer: Any, before: There | None
    ) -> Placed:
        """Compare what the store says that it has with what was sent."""
        etag = str(answer.get("ETag", ""))
        verified: tuple[str, ...] = ()
        try:
            now = self.store.look(self.key(file))
        except Denied:
            now = None
            self._note_once("it may not be read back: only its answers say that all is there")
        else:
            verified = self._compare(file, content, etag, now)
        return Placed(
            file,
            self.key(file),
            content.sha256.hex(),
            content.checksum,
            etag,
            version_of(answer) or (now.version if now else None),
            verified,
            sent=True,
            replaced=before is not None,
        )

    def _compare(
        self, file: LocalFile, content: Content, etag: str, now: There | None
    ) -> tuple[str, ...]:
        if now is None or (etag and now.etag != etag):
            raise self._overtaken(file)
        checksum = _checksum(now)
        if now.size != content.size or checksum not in ("", content.checksum):
            raise Unavailable(
                f"{self._shown(file)}: the store has {now.size} bytes with checksum "
                f"{checksum or 'unknown'}, but {content.size} with {content.checksum} were sent",
                hint="send it again with --replace; tell who keeps the store",
            )
        if not checksum:
            self._note_once("the store gives no checksums back: it checked none, or does not tell")
        return ("sha256 (the store)",) if checksum else ()

    def _overtaken(self, file: LocalFile) -> CannotWrite:
        return CannotWrite(
            f"{self._shown(file)}: somebody else put something else there at the same time",
            hint="see who uploads there; then start again, with --replace if this is to stay",
        )

    def _warn_unconditional(self) -> None:
        self.store.conditional = False
        self._note_once(
            "the store knows no conditional requests: uploads at once may overwrite each other"
        )

    def _note_once(self, text: str) -> None:
        self.store.note(f"{self.address}: {text}")

    def _shown(self, file: LocalFile) -> str:
        return printable(f"{self.address}{file.name}")


def _is_multipart(there: There) -> bool:
    return "-" in there.etag


def _checksum(there: There) -> str:
    """The SHA-256 that the store has, as S3 writes it; empty where it has none."""
    name = "x-amz-checksum-sha256"
    return with_parts(there.headers.get(name, ""), name, there.etag)
