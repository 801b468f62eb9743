"""What ``plumbline doctor`` says of this machine's GPUs: which there are, and who holds them."""

from collections.abc import Iterator

from control.doctor.findings import Finding, ok, warn
from control.settings import Settings
from engines.contract.errors import EngineError
from engines.gpu.devices import offered
from engines.gpu.slots import holders


def gpus(settings: Settings) -> Iterator[Finding]:
    """Nothing of it is needed: a screen runs on the processor as well."""
    try:
        offer = offered()
        held = holders(offer) if offer.devices else {}
    except EngineError as error:
        yield warn("GPUs", error.message, error.hint)
        return
    if not offer.devices:
        yield ok("GPUs", f"none ({offer.source})")
        return
    told = [f"{name[:12]} by process {process}" for name, process in held.items() if process]
    there = f"{len(held)} ({offer.source})"
    yield ok("GPUs", f"{there}, held {', '.join(told)}" if told else f"{there}, none is held")
