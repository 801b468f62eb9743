"""Variants as they are tiered, for clients of the annotation engine that showed them one by one."""

from control.events.annotation_updates import AnnotationUpdates
from control.web.auth import public
from control.web.live import live_of
from control.web.session import WebSocket
from control.web.shaped import ShapedRun


@public
def follow_job(ws: WebSocket, run_id: str) -> None:
    """Variants of a run as they are tiered, and its progress."""
    ShapedRun(live_of(), ws, run_id, AnnotationUpdates()).run()
