"""Errors of steering runs that the rest of the service tells apart."""

from engines.contract.errors import EngineError


class Conflict(EngineError):
    """The run is in a state in which this cannot be done (409 over HTTP)."""

    code = 64
