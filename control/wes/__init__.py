"""GA4GH WES 1.1 at /ga4gh/wes/v1: its words for what the API does. Optional: docs/wes.md."""

from control.wes.routes import api

__all__ = ["api"]
