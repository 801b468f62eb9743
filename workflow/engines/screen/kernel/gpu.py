"""The kernel on a GPU: the same counts as on a processor."""

import ctypes
import threading
from collections.abc import Iterator, Sequence
from ctypes import byref, c_uint64, c_void_p

import numpy as np

from engines.contract.errors import Unavailable
from engines.contract.progress import warn
from engines.screen.index.layout import Index
from engines.screen.kernel.cuda import (
    NOT_LOADED,
    OUT_OF_MEMORY,
    CudaError,
    Driver,
    visible_number,
)
from engines.screen.kernel.gpu_code import compiled, shipped_code
from engines.screen.kernel.native import PADDING, RECORD, Numbers, ScreenIndex, Words
from engines.screen.reads.batches import Mate

THREADS = 128  # of a block
LEAST = 1 << 20  # bytes of text: smaller batches are not tried after an out-of-memory


class Gpu:
    """One GPU with its context; indexes stay on it until it is closed.

    Any number of threads may ask; they take turns.

    Attributes:
        name: as it stands in the provenance.
        chunk: bytes of text in a batch that suit it.
        batch: bytes of text that go onto the GPU at once; halved where its memory is full.

    Raises:
        Unavailable: no driver, no such GPU, or a driver that does not take the kernel.
        Transient: the GPU is busy or its memory is full.
    """

    chunk = 16 << 20

    def __init__(self, number: int = 0) -> None:
        self.batch = 64 << 20
        self._lock = threading.Lock()
        self._indexes: dict[tuple[object, ...], tuple[int, int]] = {}
        self._room: dict[str, tuple[int, int]] = {}
        self._module, self._function = c_void_p(), c_void_p()
        self._context = c_void_p()
        try:
            self._driver = Driver()
            self._device = visible_number(number, self._count())
            name, self._architecture = self._driver.describe(self._device)
            self.name = f"{name} (CUDA {self._driver.version()})"
            self._driver.call("cuDevicePrimaryCtxRetain", byref(self._context), self._device)
            self._load()
        except CudaError as error:
            self._release()
            raise error.explained() from error

    def hold(self, index: Index, stride: int) -> ScreenIndex:
        """Put an index onto the GPU, once.

        Raises:
            Transient: its memory is full.
        """
        head = index.header
        key = (head.kind, head.k, head.seed, head.words, head.table_bits, head.checksum)
        with self._lock:
            try:
                self._driver.call("cuCtxSetCurrent", self._context)
                if key not in self._indexes:
                    self._indexes[key] = (self._put(index.filter), self._put(index.table))
            except CudaError as error:
                raise error.explained() from error
        held = index.for_kernel(stride)
        held.filter, held.table = self._indexes[key]
        return held

    def hits(self, indexes: Sequence[ScreenIndex], mate: Mate) -> list[Numbers]:
        """For every index: how many words of it each read has.

        Raises:
            Transient: the GPU fails, or its memory is full for the smallest batch.
        """
        found = [np.empty(len(mate.records), np.uint32) for _ in indexes]
        with self._lock:
            try:
                self._driver.call("cuCtxSetCurrent", self._context)
                first = 0
                while first < len(mate.records):
                    first = self._some(indexes, mate, first, found)
            except CudaError as error:
                raise error.explained() from error
        return found

    def close(self) -> None:
        """Give back the memory and the context."""
        with self._lock:
            self._release()

    def _count(self) -> int:
        if count := self._driver.count():
            return count
        raise Unavailable("no GPU: the driver finds none", hint="use --device cpu or auto")

    def _load(self) -> None:
        """Load the shipped code, or such as nvcc makes for this driver."""
        call = self._driver.call
        call("cuCtxSetCurrent", self._context)
        try:
            self._load_module(shipped_code())
        except CudaError as error:
            if error.number not in NOT_LOADED:
                raise
            try:
                code = compiled(self._architecture)
            except Unavailable:
                raise error from None
            self._load_module(code)
        call("cuModuleGetFunction", byref(self._function), self._module, b"screen_reads")

    def _load_module(self, code: bytes) -> None:
        text = ctypes.create_string_buffer(code)  # ends with a zero, as PTX must
        self._driver.call("cuModuleLoadData", byref(self._module), text)

    def _put(self, words: Words) -> int:
        """A copy of an array on the GPU."""
        address = c_uint64()
        self._driver.call("cuMemAlloc_v2", byref(address), words.nbytes)
        self._driver.call("cuMemcpyHtoD_v2", address, words.ctypes.data, words.nbytes)
        return address.value

    def _some(
        self, indexes: Sequence[ScreenIndex], mate: Mate, first: int, found: list[Numbers]
    ) -> int:
        """Look at as many reads from ``first`` on as go at once; gives the one behind them."""
        records = mate.records
        origin = int(records[first]["start"])
        last = int(np.searchsorted(records["end"], origin + self.batch, side="right"))
        last = max(last, first + 1)
        size = int(records[last - 1]["end"]) - origin
        try:
            text = self._have("text", size + PADDING)
            where = self._have("records", (last - first) * RECORD.itemsize)
            hits = self._have("hits", (last - first) * 4)
        except CudaError as error:
            if error.number != OUT_OF_MEMORY or self.batch <= LEAST:
                raise
            self._forget_room()
            self.batch //= 2
            warn(f"the memory of the GPU is full: batches of {self.batch >> 20} MiB from here on")
            return first
        chosen = np.ascontiguousarray(records[first:last])
        self._driver.call("cuMemcpyHtoD_v2", text, mate.data[origin:].ctypes.data, size)
        self._driver.call("cuMemcpyHtoD_v2", where, chosen.ctypes.data, chosen.nbytes)
        for index, counts in zip(indexes, found, strict=True):
            self._launch(index, text, where, origin, last - first, hits)
            part = counts[first:last]
            self._driver.call("cuMemcpyDtoH_v2", part.ctypes.data, hits, part.nbytes)
        return last

    def _launch(
        self, index: ScreenIndex, text: int, records: int, origin: int, reads: int, hits: int
    ) -> None:
        arguments = [index, *map(c_uint64, (text, records, origin, reads, hits))]
        places = (c_void_p * len(arguments))(*(ctypes.addressof(value) for value in arguments))
        grid = ((reads + THREADS - 1) // THREADS, 1, 1)
        self._driver.call(
            "cuLaunchKernel", self._function, *grid, THREADS, 1, 1, 0, None, places, None
        )

    def _have(self, what: str, size: int) -> int:
        """Memory of the GPU for a purpose, at least so large; it is kept for the next batch."""
        address, room = self._room.get(what, (0, 0))
        if room < size:
            if address:
                del self._room[what]
                self._driver.call("cuMemFree_v2", address)
            fresh = c_uint64()
            self._driver.call("cuMemAlloc_v2", byref(fresh), size)
            self._room[what] = (fresh.value, size)
        return self._room[what][0]

    def _forget_room(self) -> None:
        for address, _ in self._room.values():
            self._driver.call("cuMemFree_v2", address)
        self._room.clear()

    def _addresses(self) -> Iterator[int]:
        yield from (address for address, _ in self._room.values())
        for pair in self._indexes.values():
            yield from pair

    def _release(self) -> None:
        """Free everything; a GPU that is lost by now does not matter any more."""
        if not self._context:
            return
        try:
            self._driver.call("cuCtxSetCurrent", self._context)
            for address in self._addresses():
                self._driver.call("cuMemFree_v2", address)
            if self._module:
                self._driver.call("cuModuleUnload", self._module)
            self._driver.call("cuDevicePrimaryCtxRelease_v2", self._device)
        except CudaError:
            pass
        self._indexes.clear()
        self._room.clear()
        self._context = c_void_p()
