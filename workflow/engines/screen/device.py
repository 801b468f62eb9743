"""Where reads are screened, for one sample or for many in turn."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from engines.contract.errors import EngineError, Transient
from engines.contract.progress import say
from engines.screen import gpu_slot
from engines.screen.case import Request
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.cuda import CudaError, Driver
from engines.screen.kernel.devices import open_device
from engines.screen.kernel.gpu import Gpu

BYTES_OF_PAIR = 700  # about: two reads of 150 bases with names and qualities


@contextmanager
def opened_device(request: Request) -> Iterator[Cpu | Gpu]:
    """The device that was asked for, closed at the end; a GPU is held as long as it is used.

    Raises:
        Unavailable: there is none. Transient: all of them are taken.
    """
    count = 0 if request.device == "cpu" else _gpus()
    numbers = range(count) if request.gpu is None else [request.gpu]
    with ExitStack() as stack:
        device: Cpu | Gpu
        try:
            # without a GPU the device itself says why, or refuses
            number = stack.enter_context(gpu_slot.taken(numbers)) if count else request.gpu or 0
            device = open_device(request.device, number)
        except Transient as error:
            if request.device == "gpu":
                raise
            say(f"screening on the processor: {error.message}")
            device = Cpu()
        stack.callback(device.close)
        if isinstance(device, Gpu) and request.batch:
            device.batch = max(request.batch * BYTES_OF_PAIR, 1 << 20)
        yield device


def _gpus() -> int:
    """How many GPUs can be seen; 0 where there is no driver."""
    try:
        return Driver().count()
    except (EngineError, CudaError):
        return 0
