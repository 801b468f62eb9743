"""Pages without scripts, in tests: what they show, and what becomes of their forms."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from web_lab import WebLab

from control.access import sessions, users
from control.access.audit import Actor
from control.web import auth


def shown(client: FlaskClient, address: str) -> str:
    """The text of a page, with its tags."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return unescape(answer.get_data(as_text=True))


def sent(client: FlaskClient, address: str, /, **fields: Any) -> str:
    """The page to which a form leads that is taken."""
    answer = client.post(address, data=fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return shown(client, answer.headers["Location"])


def refused(client: FlaskClient, address: str, /, **fields: Any) -> tuple[int, str]:
    """The status of a form that is refused, and what its page says of it."""
    answer = client.post(address, data=fields)
    text = unescape(answer.get_data(as_text=True))
    (said,) = re.findall(r'<p role="alert">(.*?)</p>', text)
    return answer.status_code, said


def browser_of(lab: WebLab, user: str, agent: str = "") -> FlaskClient:
    """A browser in which somebody is signed in."""
    with lab.app.app_context():
        held = auth.authentication()
        with auth.database().write() as db:
            who = Actor(user, "link", "10.0.0.7")
            new = sessions.create(db, users.get(db, user), who, 12, agent)
    made = lab.app.test_client()
    made.set_cookie(held.cookies.name, held.cookies.write(new))
    return made
