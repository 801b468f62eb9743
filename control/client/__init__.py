"""A client of the service: for scripts and notebooks, and the commands `submit runs cancel tail`.

    from control.client import Client

    client = Client()                                  # or Client("https://…", token="plb_…")
    run = client.submit("all", samples="samples.tsv")
    for message in client.messages(run["run_id"]):     # until it ends
        print(message["sequence"], message["type"])

docs/python-client.md has more. What is imported here is loaded when it is asked for, so that the
commands, which need a part of it, start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from control.client.api import Refused
    from control.client.async_client import AsyncClient
    from control.client.client import Client
    from control.client.following import Message
    from engines.contract.errors import EngineError, TimedOut, Transient, Unavailable

__all__ = [
    "AsyncClient",
    "Client",
    "EngineError",
    "Message",
    "Refused",
    "TimedOut",
    "Transient",
    "Unavailable",
]

_WHERE = {
    "AsyncClient": "control.client.async_client",
    "Client": "control.client.client",
    "Message": "control.client.following",
    "Refused": "control.client.api",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_WHERE.get(name, "engines.contract.errors")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
