"""The API of the service: requests, and its problems as errors of ours."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from control.client.address import Place, find_service
from control.client.unix_socket import UnixSocketAdapter
from control.record.plain_text import visible_text
from engines import __version__
from engines.contract.errors import EngineError, Transient, Unavailable

if TYPE_CHECKING:
    from control.settings import StateDir

PREFIX = "/api/v1"
PAGE = 500
"""Items that are asked for at once."""
CONNECTIONS = 256
"""That are kept for the next request: of many runs that are followed at once."""
CONNECT_SECONDS, READ_SECONDS = 10.0, 90.0
TRIES = 4
"""How often a request that may be repeated is sent while the service is away or busy."""

Json = dict[str, Any]

_CODES = {401: 77, 403: 77, 404: 66, 422: 65, 429: 75, 503: 75, 507: 73}
_SIGN_IN = (
    "set PLUMBLINE_TOKEN, or put a token into ~/.config/plumbline/token;"
    " the service's page /account makes them, and so does your admin"
)


class Refused(EngineError):
    """What the service answers with instead.

    Args:
        status: of HTTP; decides the exit code.
        message, hint: what it says.
        retry_after: seconds after which to ask again, where it says so.
        places: each value that cannot be, as the service lists them (place, message, hint).
    """

    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        retry_after: float | None = None,
        places: list[Json] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status, self.retry_after, self.places = status, retry_after, places or []
        self.code = _CODES.get(status, Unavailable.code if status >= 500 else 64)
        classes = {Transient.code: Transient.error_class, Unavailable.code: "unknown"}
        self.error_class = classes.get(self.code, "permanent")


class Api:
    """The service, as one user asks it.

    Args:
        url: what ``--url`` said; None: find it.
        state: of the service that is to be found; None: by the environment and settings.
        token: to come with; None: find it too.

    Attributes:
        place: where the service is.
        renews_token: a new token may be found after a restart of the service.

    Raises:
        EngineError: there is no service, or no address.
    """

    def __init__(
        self, url: str | None = None, state: "StateDir | None" = None, token: str | None = None
    ) -> None:
        self._named, self._state, self._token = url, state, token
        self._finding = threading.Lock()
        self.place = find_service(url, state, token)
        self._session = _session_for(self.place)
        self.renews_token = self.place.is_own and token is None

    def find(self) -> None:
        """Look where the service is now: after a restart it may have another port and token.

        Raises:
            Unavailable: it does not run.
        """
        with self._finding:  # many runs may be followed at once
            found = find_service(self._named, self._state, self._token)
            if found != self.place:
                self._session.close()
                self.place, self._session = found, _session_for(found)

    def health(self) -> Json:
        """How the service is, also where it says that something of it fails.

        Raises:
            EngineError: it does not answer, or is something else.
        """
        limits = (CONNECT_SECONDS, READ_SECONDS)
        try:
            with self._session.get(f"{self.place.url}/health", timeout=limits) as answer:
                found = answer.json()
        except requests.JSONDecodeError as error:
            raise _something_else(self.place) from error
        except requests.RequestException as error:
            raise _away(self.place, error) from error
        if not isinstance(found, dict) or not isinstance(found.get("checks"), dict):
            raise _something_else(self.place)
        return found

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """Ask for something.

        Args:
            path: below ``/api/v1``, or as the service gave it.
            params: the query; None values are left out.

        Raises:
            EngineError: what the service says, or that it does not.
        """
        return self._json("GET", path, params=params, repeat=True)

    def post(self, path: str, body: Json | None = None, *, repeat: bool = False) -> Json:
        """Do something; ``repeat`` where doing it twice does no harm.

        Raises:
            EngineError: as :meth:`get`.
        """
        return self._json("POST", path, json=body, repeat=repeat)

    def delete(self, path: str) -> None:
        """Delete something.

        Raises:
            EngineError: as :meth:`get`.
        """
        self._send("DELETE", path).close()

    def pages(
        self, path: str, params: Mapping[str, Any], most: int | None = None
    ) -> Iterator[Json]:
        """The items of a list, page by page.

        Args:
            path: of the list.
            params: which.
            most: how many at most; None for all.
        """
        given = 0
        page = self.get(path, params)
        while True:
            for item in page["items"]:
                if most is not None and given >= most:
                    return
                given += 1
                yield item
            if not page["next"]:
                return
            page = self.get(page["next"])

    def patch(self, path: str, data: Any, headers: Mapping[str, str]) -> Json:
        """Send bytes.

        Raises:
            EngineError: as :meth:`get`.
        """
        return self._json("PATCH", path, data=data, headers=headers)

    @contextmanager
    def stream(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> Iterator[requests.Response]:
        """An answer whose body is read bit by bit.

        Raises:
            EngineError: as :meth:`get`; also while it is read.
        """
        answer = self._send("GET", path, headers=headers, stream=True)
        try:
            yield answer
        except requests.RequestException as error:
            raise _away(self.place, error) from error
        finally:
            answer.close()

    def address(self, path: str) -> str:
        """The whole address of a path below ``/api/v1``, or of one that the service gave."""
        if path.startswith(("/api/", "/ws")):
            return self.place.url + path
        prefix = urlsplit(self.place.url).path  # it is in what the service gives
        if prefix and path.startswith(f"{prefix}/"):
            return self.place.url.removesuffix(prefix) + path
        return self.place.url + PREFIX + path

    def _json(self, method: str, path: str, *, repeat: bool = False, **options: Any) -> Json:
        for left in range(TRIES - 1 if repeat else 0, -1, -1):
            try:
                with self._send(method, path, **options) as answer:
                    found: Json = answer.json()
                    return found
            except requests.JSONDecodeError as error:
                raise _something_else(self.place) from error
            except EngineError as error:
                if not left or error.code != Transient.code:
                    raise
                time.sleep(min(5.0, getattr(error, "retry_after", None) or 1.0))
        raise AssertionError("the last try returns or raises")

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        if options.get("params"):
            options["params"] = {k: v for k, v in options["params"].items() if v is not None}
        limits = (CONNECT_SECONDS, READ_SECONDS)
        try:
            answer = self._session.request(
                method, self.address(path), timeout=limits, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            raise _away(self.place, error) from error
        if answer.status_code >= 300 and answer.status_code != 304:
            with answer:
                raise _problem(answer)
        return answer


def _session_for(place: Place) -> requests.Session:
    made = requests.Session()
    made.trust_env = not place.is_here  # proxies; never .netrc, see _Bearer
    made.headers["User-Agent"] = f"plumbline/{__version__}"
    made.auth = _Bearer(place.token)
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
    if place.socket:
        made.mount("http://", UnixSocketAdapter(place.socket))
    return made


class _Bearer(requests.auth.AuthBase):
    """Sends the token; being there, it also keeps requests from looking into ``~/.netrc``."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _away(place: Place, error: Exception) -> EngineError:
    where = f"unix:{place.socket}" if place.socket else place.url
    if isinstance(error, requests.exceptions.SSLError):
        return Unavailable(f"{where}: TLS fails ({_reason(error)})", hint="check the certificate")
    if isinstance(error, requests.Timeout):
        return Transient(f"{where}: no answer in time", hint="try again")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Transient(f"{where}: the connection broke off ({_reason(error)})", hint="try again")
    if isinstance(error, requests.ConnectionError):
        hint = "is it running? 'plumbline serve' starts it, 'plumbline doctor' looks closer"
        return Transient(f"{where}: no connection ({_reason(error)})", hint=hint)
    return Unavailable(f"{where}: {_reason(error)}", hint="check the address")


def _something_else(place: Place) -> Unavailable:
    what = f"{place.url}: answers something else than Plumbline would"
    return Unavailable(what, hint="check the address")


def root_of(error: BaseException) -> BaseException:
    """The innermost cause."""
    while isinstance(cause := error.__cause__ or error.__context__, BaseException):
        error = cause
    return error


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words."""
    error = root_of(error)
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return visible_text(str(text), 200).replace("\n", " ")


def _problem(answer: requests.Response) -> Refused:
    """What the service says is wrong; a line for each value that cannot be."""
    status = answer.status_code
    places: list[Json] = []
    try:
        said = answer.json()
        message, hint = str(said["detail"]), str(said.get("hint", ""))
        if places := said.get("errors") or []:
            lines = [f"{each['place']}: {each['message']}" for each in places]
            hints = [each.get("hint", "") for each in places]
            message, hint = _listed(lines, hints)
    except (ValueError, KeyError, TypeError):
        message = f"{answer.url}: answers {status} {answer.reason}"
        hint = "check the address"
    if status == 401:
        hint = _SIGN_IN
    after = answer.headers.get("Retry-After", "")
    return Refused(
        status,
        visible_text(message),
        visible_text(hint),
        float(after) if after.isdecimal() else None,
        places,
    )


def _listed(lines: list[str], hints: list[str]) -> tuple[str, str]:
    if len(lines) == 1:
        return lines[0], hints[0]
    told = [f"{line} ({hint})" if hint else line for line, hint in zip(lines, hints, strict=True)]
    return f"{len(lines)} problems:\n  " + "\n  ".join(told), ""
