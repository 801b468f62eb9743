"""Where the kernel runs: as asked, or where it is best."""

from engines.contract.errors import BadUsage, EngineError
from engines.contract.progress import say
from engines.contract.wording import did_you_mean, either, quoted
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.gpu import Gpu

DEVICES = ("auto", "cpu", "gpu")


def open_device(name: str = "auto", number: int = 0) -> Cpu | Gpu:
    """The device of that name.

    ``auto``: a GPU where there is one that works, else this machine's processor, and which one and
    why is said.

    Args:
        number: which GPU, from 0, of those that are visible.

    Raises:
        BadUsage: there is no such name.
        Unavailable: ``gpu`` without a GPU; or no kernel for the processor.
        Transient: ``gpu`` that is busy.
    """
    if name not in DEVICES:
        raise BadUsage(
            f"device {quoted(name)}: there is no such device{did_you_mean(name, DEVICES)}",
            hint=f"choose {either(DEVICES)}",
        )
    if number < 0:
        raise BadUsage(f"GPU {number}", hint="GPUs count from 0")
    if name == "cpu":
        return Cpu()
    try:
        return Gpu(number)
    except EngineError as error:
        if name == "gpu":
            raise
        say(f"screening on the processor: {error.message}")
        return Cpu()
