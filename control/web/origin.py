"""From whose page a request comes.

A browser sends cookies, and a proxy its header, whoever's page asked for it. So where
they are what counts, the page must be ours. A bearer token is added by the page itself: no check.
"""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request

from control.settings import Settings

_SAFE = ("GET", "HEAD", "OPTIONS")


def needs_check(asked: Request) -> bool:
    """Whether the request changes something or opens a socket."""
    return asked.method not in _SAFE or asked.headers.get("Upgrade", "").lower() == "websocket"


def is_ours(asked: Request, settings: Settings) -> bool:
    """Whether a page of ours made the request, or one whose origin the settings name.

    False where no page seems to have made it (no Origin, no Sec-Fetch-Site): whoever
    has no browser has no business with cookies.
    """
    # browsers set it, and no script can: the host is the one in the address bar
    if asked.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    origin = asked.headers.get("Origin", "")
    return origin in settings.access.origins or origin in _own_origins(asked, settings)


def allow_others(app: Flask, settings: Settings) -> None:
    """Let pages of the origins that the settings name read answers (CORS); never with cookies."""

    @app.after_request
    def add_headers(answer: Response) -> Response:
        if not settings.access.origins:
            return answer
        answer.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin in settings.access.origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = "*"
            if request.method == "OPTIONS":
                answer.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
                answer.headers["Access-Control-Allow-Headers"] = (
                    request.headers.get("Access-Control-Request-Headers", "") or "Authorization"
                )
                answer.headers["Access-Control-Max-Age"] = "600"
        return answer


def _own_origins(asked: Request, settings: Settings) -> tuple[str, ...]:
    """The public address where it is asked for; else the host asked for, on either scheme.

    A proxy that ends TLS makes our scheme another than the page's; a cookie never
    comes with a request for another host than its own.
    """
    public = urlsplit(settings.public_url or "")
    if public.netloc and public.netloc == asked.host:
        return (f"{public.scheme}://{public.netloc}",)
    return (f"http://{asked.host}", f"https://{asked.host}")
