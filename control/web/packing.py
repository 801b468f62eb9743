"""Answers that are text, compressed for clients that take it: a long list shrinks to a tenth."""

import zlib

from flask import Flask, Response, request

LEAST = 1000
"""Bytes; a smaller answer would gain nothing."""
_LEVEL = 3  # of 9: most of the gain for a third of the work
_TEXTS = ("text/", "application/json", "application/problem+json", "image/svg+xml")


def init_app(app: Flask) -> None:
    """Let every text of ``app`` that lies in memory be compressed.

    Not what is sent while it is read (files of a run, which have byte ranges; streams).
    """

    @app.after_request
    def pack(answer: Response) -> Response:
        if not _is_text(answer):
            return answer
        answer.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] <= 0 or answer.status_code == 304:
            return answer
        plain = answer.get_data()
        if len(plain) < LEAST:
            return answer
        packer = zlib.compressobj(_LEVEL, wbits=31)
        answer.set_data(packer.compress(plain) + packer.flush())
        answer.headers["Content-Encoding"] = "gzip"
        tag, _ = answer.get_etag()
        if tag is not None:  # the same content, but not the same bytes
            answer.set_etag(tag, weak=True)
        return answer


def _is_text(answer: Response) -> bool:
    is_whole = not answer.direct_passthrough and not answer.is_streamed
    is_plain = "Content-Encoding" not in answer.headers and answer.status_code != 206
    kind = answer.mimetype or ""
    return is_whole and is_plain and (kind.startswith(_TEXTS) or kind.endswith("javascript"))
