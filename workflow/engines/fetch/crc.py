"""CRC-32C and CRC-64/NVME, the checksums that S3 keeps, in numpy where no library has them.

The bytes are cut into rows that are worked on side by side, eight bytes a step (slicing by 8,
Kounavis and Berry 2005); then the rows are joined by the operator "so many zero bytes later".
Reflected polynomials as in the Rocksoft model.
"""

import functools
from typing import Any

import numpy as np

CRC32C = (32, 0x82F63B78)
CRC64NVME = (64, 0x9A6C9329AC4BC9B5)

_ROWS = (4096, 256)  # bytes of a row: for long inputs, for short ones


class Crc:
    """A running CRC, used like the objects of hashlib; ``width, polynomial`` as above."""

    def __init__(self, kind: tuple[int, int]) -> None:
        self.width, self.kind = kind[0], kind
        self._ones = (1 << self.width) - 1
        self._state = self._ones

    def update(self, data: Any) -> None:
        view = np.frombuffer(data, dtype=np.uint8)
        for row in _ROWS:
            if len(view) >= 16 * row or row == _ROWS[-1]:
                whole = len(view) // row * row
                self._rows(view[:whole].reshape(-1, row))
                view = view[whole:]
        table, state = _tables(self.kind)[0].tolist(), self._state
        for byte in view.tolist():
            state = table[(state ^ byte) & 255] ^ (state >> 8)
        self._state = state

    def digest(self) -> bytes:
        return (self._state ^ self._ones).to_bytes(self.width // 8, "big")

    def hexdigest(self) -> str:
        return self.digest().hex()

    def _rows(self, rows: Any) -> None:
        tables = _tables(self.kind)
        words = np.ascontiguousarray(rows.view("<u8").T)
        states = np.zeros(len(rows), dtype=np.uint64)
        eight, low = np.uint64(8), np.uint64(255)
        for column in words:
            left = column ^ states
            states = tables[7][(left & low).view(np.int64)]
            for k in range(6, -1, -1):
                left >>= eight
                states ^= tables[k][(left & low).view(np.int64)]
        later = _later(self.kind, rows.shape[1])
        for state in states.tolist():
            before, moved = self._state, 0
            for table in later:
                moved ^= table[before & 255]
                before >>= 8
            self._state = moved ^ state


@functools.cache
def _tables(kind: tuple[int, int]) -> list[Any]:
    """Table k: what one byte becomes after k further zero bytes."""
    polynomial = kind[1]
    first = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        first.append(value)
    tables = [np.array(first, dtype=np.uint64)]
    for _ in range(7):
        last = tables[-1]
        tables.append(tables[0][(last & np.uint64(255)).view(np.int64)] ^ (last >> np.uint64(8)))
    return tables


@functools.cache
def _later(kind: tuple[int, int], zeros: int) -> list[list[int]]:
    """For each byte of a state, what it becomes after ``zeros`` zero bytes."""
    table = _tables(kind)[0].tolist()
    tables = []
    for place in range(kind[0] // 8):
        bits = []
        for bit in range(8):
            state = 1 << (8 * place + bit)
            for _ in range(zeros):
                state = table[state & 255] ^ (state >> 8)
            bits.append(state)
        tables.append([_joined(value, bits) for value in range(256)])
    return tables


def _joined(value: int, bits: list[int]) -> int:
    state = 0
    for bit, moved in enumerate(bits):
        if value >> bit & 1:
            state ^= moved
    return state
