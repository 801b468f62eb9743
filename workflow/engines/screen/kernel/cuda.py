"""CUDA's driver interface by ctypes: no package for GPUs is needed, only the driver's library.

Functions and numbers of errors: CUDA Driver API, docs.nvidia.com/cuda/cuda-driver-api.
"""

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any
from uuid import UUID

from engines.contract.errors import EngineError, Transient, Unavailable

LIBRARY = "libcuda.so.1"
OUT_OF_MEMORY = 2
NO_DEVICE = 100
# code that the driver does not take: no binary for the GPU, invalid PTX, PTX of a later version
NOT_LOADED = (209, 218, 222)
# what another attempt, or another machine, may not have: busy, ECC, lost, killed by a watchdog
PASSING = (3, 4, 46, 205, 214, 226, 700, 702, 710, 713, 714, 716, 718, 719, 802, 999)
MAJOR, MINOR = 75, 76  # attributes of a device: its compute capability

SIGNATURES: dict[str, list[Any]] = {
    "cuInit": [c_uint],
    "cuDriverGetVersion": [POINTER(c_int)],
    "cuGetErrorName": [c_int, POINTER(c_char_p)],
    "cuDeviceGetCount": [POINTER(c_int)],
    "cuDeviceGet": [POINTER(c_int), c_int],
    "cuDeviceGetUuid_v2": [c_char_p, c_int],
    "cuDeviceGetName": [c_char_p, c_int, c_int],
    "cuDeviceGetAttribute": [POINTER(c_int), c_int, c_int],
    "cuDevicePrimaryCtxRetain": [POINTER(c_void_p), c_int],
    "cuDevicePrimaryCtxRelease_v2": [c_int],
    "cuCtxSetCurrent": [c_void_p],
    "cuModuleLoadData": [POINTER(c_void_p), c_void_p],
    "cuModuleUnload": [c_void_p],
    "cuModuleGetFunction": [POINTER(c_void_p), c_void_p, c_char_p],
    "cuMemAlloc_v2": [POINTER(c_uint64), c_size_t],
    "cuMemFree_v2": [c_uint64],
    "cuMemcpyHtoD_v2": [c_uint64, c_void_p, c_size_t],
    "cuMemcpyDtoH_v2": [c_void_p, c_uint64, c_size_t],
    "cuLaunchKernel": [c_void_p, *[c_uint] * 7, c_void_p, POINTER(c_void_p), c_void_p],
}


class CudaError(Exception):
    """A call that the driver refused.

    Attributes:
        number: CUresult.
        name: what the driver calls it.
    """

    def __init__(self, call: str, number: int, name: str) -> None:
        super().__init__(f"{call}: {name}")
        self.call, self.number, self.name = call, number, name

    def explained(self) -> EngineError:
        """The error for a user or a scheduler."""
        what = f"GPU: {self.name} ({self.number}) in {self.call}"
        if self.number == NO_DEVICE:
            return Unavailable("no GPU: the driver finds none", hint="use --device cpu or auto")
        if self.number == OUT_OF_MEMORY:
            return Transient(
                "the memory of the GPU is full", hint="wait for others to end, or --device cpu"
            )
        if self.number in NOT_LOADED:
            return Unavailable(
                f"{what}: the driver does not take the kernel",
                hint="update the driver (580 or later), put nvcc on PATH, or use --device cpu",
            )
        if self.number in PASSING:
            return Transient(what, hint="try again; if it stays, use --device cpu")
        return Unavailable(what, hint="check the driver with nvidia-smi, or use --device cpu")


class Driver:
    """The loaded driver, initialised.

    Raises:
        Unavailable: there is none, or it finds no GPU.
        CudaError: it refuses to start.
    """

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
            for name, arguments in SIGNATURES.items():
                function = getattr(self._library, name)
                function.restype, function.argtypes = c_int, arguments
        except (OSError, AttributeError) as error:
            raise Unavailable(
                f"no GPU: the driver's library cannot be loaded ({error})",
                hint="install NVIDIA's driver, or use --device cpu or auto",
            ) from error
        self.call("cuInit", 0)

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function of the driver.

        Raises:
            CudaError: it did not succeed.
        """
        number = getattr(self._library, name)(*arguments)
        if number:
            text = c_char_p()
            self._library.cuGetErrorName(number, byref(text))
            raise CudaError(name, number, (text.value or b"unknown error").decode())

    def count(self) -> int:
        """GPUs that are visible."""
        number = c_int()
        self.call("cuDeviceGetCount", byref(number))
        return number.value

    def identity(self, device: int) -> str:
        """UUID of a GPU as nvidia-smi writes it; of a part of one (MIG), that of the part."""
        plain = ctypes.create_string_buffer(16)
        self.call("cuDeviceGetUuid_v2", plain, device)
        return f"GPU-{UUID(bytes=plain.raw)}"

    def version(self) -> str:
        """Of CUDA, that the driver supports."""
        number = c_int()
        self.call("cuDriverGetVersion", byref(number))
        return f"{number.value // 1000}.{number.value % 1000 // 10}"

    def describe(self, device: int) -> tuple[str, str]:
        """Name of a GPU, and its architecture as nvcc names it."""
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, len(name), device)
        parts = (c_int(), c_int())
        for part, attribute in zip(parts, (MAJOR, MINOR), strict=True):
            self.call("cuDeviceGetAttribute", byref(part), attribute, device)
        return name.value.decode(errors="replace"), f"sm_{parts[0].value}{parts[1].value}"


def visible_number(asked: int, count: int) -> int:
    """The number of a GPU among those that are visible.

    Where ``CUDA_VISIBLE_DEVICES`` hides others, the visible ones count from 0. Callers of the
    earlier system set it to k and ask for GPU k as well: the one that is meant is then taken.

    Raises:
        Unavailable: there is no such GPU.
    """
    listed = [part.strip() for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    if asked < count:
        return asked
    if str(asked) in listed[:count]:
        return listed.index(str(asked))
    seen = f"; CUDA_VISIBLE_DEVICES is {','.join(listed)}, and counts from 0" if any(listed) else ""
    raise Unavailable(
        f"GPU {asked}: {count} visible{seen}", hint=f"choose 0 to {count - 1}, or --device cpu"
    )
