"""Where reads are screened, for one sample or for many in turn."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from engines.contract.errors import EngineError, Transient, Unavailable
from engines.contract.progress import say
from engines.gpu.devices import Offer, scope_of_visible
from engines.gpu.slots import held
from engines.screen.case import Request
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.cuda import CudaError, Driver, visible_number
from engines.screen.kernel.devices import open_device
from engines.screen.kernel.gpu import Gpu

BYTES_OF_PAIR = 700  # about: two reads of 150 bases with names and qualities


@contextmanager
def opened_device(request: Request) -> Iterator[Cpu | Gpu]:
    """The device that was asked for, closed at the end; a GPU is held as long as it is used.

    Raises:
        Unavailable: there is none. Transient: all of them are taken.
    """
    with ExitStack() as stack:
        device: Cpu | Gpu
        try:
            number = 0 if request.device == "cpu" else stack.enter_context(_slot(request.gpu))
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


@contextmanager
def _slot(asked: int | None) -> Iterator[int]:
    """Hold a free GPU, or the one that was asked for, as `plumbline gpu` does; gives its number."""
    names = _identities()
    try:
        choice = names if asked is None else [names[visible_number(asked, len(names))]]
    except Unavailable:
        choice = []
    if not choice:
        yield asked or 0  # the device itself says why, or refuses
        return
    with held(Offer(tuple(choice), scope_of_visible(), "CUDA"), 1) as slot:
        yield names.index(slot.devices[0])


def _identities() -> list[str]:
    """The GPUs that can be seen; none where there is no driver."""
    try:
        driver = Driver()
        return [driver.identity(number) for number in range(driver.count())]
    except (EngineError, CudaError):
        return []
