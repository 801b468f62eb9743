"""The fields that items and assertions share, as the adapters of exports fill them in."""

from typing import TypedDict

from engines.annotate.evidence import Kind


class StatementFields(TypedDict):
    """See :class:`engines.annotate.evidence.Statement`."""

    id: str
    source: str
    profile: str
    kind: Kind
    supports: bool
    significance: str
    disease: str
    doid: str
    therapies: tuple[str, ...]
    interaction: str
    origin: str
    text: str
    url: str
