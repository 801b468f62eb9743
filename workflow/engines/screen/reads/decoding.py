"""Decoding in threads of its own: chunks of text, a few ahead of who takes them."""

import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType

import numpy as np

from engines.screen.kernel.native import PADDING, Bytes
from engines.screen.reads.source import Source

ROOM = 256 * 1024  # in front of a chunk, for the end of the one before
AHEAD = 2  # chunks of a stream that wait to be taken


class Chunk:
    """Text of a stream: ``data[start:end]``; behind it lies padding."""

    def __init__(self, size: int) -> None:
        self.data: Bytes = np.empty(ROOM + size + PADDING, np.uint8)
        self.start, self.end = ROOM, ROOM


class _Stream:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.chunks: deque[Chunk] = deque()
        self.busy = self.ended = False
        self.error: BaseException | None = None


class Decoding:
    """Sources that are decoded by ``threads`` threads, or by who asks where that is 0.

    A thread takes the stream that is shortest of chunks, so that mates advance together, and no
    stream can wait for another that is full.
    """

    def __init__(self, sources: Sequence[Source], threads: int, chunk_size: int) -> None:
        self._streams = [_Stream(source) for source in sources]
        self._size = chunk_size
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"decode-{number}", daemon=True)
            for number in range(min(threads, len(sources)))
        ]
        for thread in self._threads:
            thread.start()

    def next(self, number: int) -> Chunk | None:
        """The next chunk of a stream, None at its end; an error of the stream in its place."""
        stream = self._streams[number]
        if not self._threads and not stream.ended:
            self._advance(stream)
        with self._changed:
            self._changed.wait_for(lambda: stream.chunks or stream.ended)
            if stream.chunks:
                chunk = stream.chunks.popleft()
                self._changed.notify_all()
                return chunk
            if stream.error:
                raise stream.error
            return None

    def close(self) -> None:
        """End the threads and close the sources; one that waits for a pipe is left to itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for stream in self._streams:
                if not stream.busy:
                    stream.source.close()

    def __enter__(self) -> "Decoding":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        while stream := self._claim():
            self._advance(stream)

    def _claim(self) -> _Stream | None:
        """The stream to decode next; None when there is nothing more to do for this thread."""
        with self._changed:
            while not self._closed:
                left = [stream for stream in self._streams if not stream.ended]
                free = [s for s in left if not s.busy and len(s.chunks) < AHEAD]
                if free:
                    stream = min(free, key=lambda s: len(s.chunks))
                    stream.busy = True
                    return stream
                if not left:
                    return None
                self._changed.wait()
        return None

    def _advance(self, stream: _Stream) -> None:
        """Decode one chunk of a stream."""
        error: BaseException | None = None
        chunk = Chunk(0)
        full = ROOM + self._size
        try:
            chunk = Chunk(self._size)
            view = chunk.data.data
            while chunk.end < full and (count := stream.source.readinto(view[chunk.end : full])):
                chunk.end += count
        except BaseException as problem:  # told to who takes the stream, behind what was good
            error = problem
        with self._changed:
            stream.busy = False
            if chunk.end > ROOM:
                stream.chunks.append(chunk)
            if error or chunk.end < full:
                stream.error, stream.ended = error, True
            if self._closed:
                stream.source.close()
            self._changed.notify_all()
