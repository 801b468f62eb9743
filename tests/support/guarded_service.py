"""An app with the guard and a few views behind it, and people who come to it."""

from pathlib import Path
from typing import Any

from flask import Flask, jsonify
from flask.testing import FlaskClient

from control.access import audit, sessions, tokens, users
from control.access.audit import Actor, AuditFilter
from control.access.database import Database, connect
from control.access.errors import NotSignedIn, TooMany
from control.access.roles import Role
from control.settings import Settings, StateDir
from control.web import auth, headers, pages, sign_in, static_files
from engines.contract.errors import EngineError, NotPermitted

ADA = Actor("ada", "session")
HERE = "http://localhost"
"""The origin of the pages of a test client."""


class GuardedService:
    """A service with the users ada (admin), olga (operator) and vera (viewer).

    Args:
        folder: for its files.
        more: settings.
    """

    def __init__(self, folder: Path, **more: Any) -> None:
        self.settings = Settings.model_validate(
            {"runs": [folder / "runs"], "state": folder / "state", **more}
        )
        self.state = StateDir(self.settings.state)
        self.database: Database = connect(self.state)
        with self.database.write() as db:
            users.add(db, "ada", Role.ADMIN, ADA)
            users.add(db, "olga", Role.OPERATOR, ADA)
            users.add(db, "vera", Role.VIEWER, ADA)
        self.app = Flask("test", static_folder=None)
        static_files.init_app(self.app)
        headers.init_app(self.app)
        auth.init(self.app, self.settings)
        self.app.register_blueprint(sign_in.blueprint)
        self.app.register_blueprint(pages.blueprint)
        self.app.register_error_handler(EngineError, refuse)
        add_views(self.app)
        with self.app.app_context():
            self.authentication = auth.authentication()
        self.cookie_name = self.authentication.cookies.name

    def client(self) -> FlaskClient:
        """A browser, or a script, that nobody is signed in to."""
        return self.app.test_client()

    def browser_of(self, user: str) -> FlaskClient:
        """A browser in which somebody is signed in."""
        with self.database.write() as db:
            held = sessions.create(db, users.get(db, user), Actor(user, "link"), 12)
        client = self.client()
        client.set_cookie(self.cookie_name, self.authentication.cookies.write(held))
        return client

    def token(self, user: str, **more: Any) -> dict[str, str]:
        """The header of a new token."""
        with self.database.write() as db:
            text = tokens.create(db, user, "test", ADA, **more)
        return {"Authorization": f"Bearer {text}"}

    def audited(self, **which: str) -> list[audit.Entry]:
        """Rows of the audit log."""
        with self.database.read() as db:
            return audit.entries(db, AuditFilter(**which))


def add_views(app: Flask) -> None:
    """One view that says nothing of access, one for a role, one for everybody."""

    @app.route("/me", methods=["GET", "POST"])
    def me() -> Any:
        who = auth.principal()
        return jsonify(name=who.name, role=who.role, via=who.via)

    @app.post("/submit")
    @auth.requires(Role.OPERATOR)
    def submit() -> str:
        auth.note("run.submit", "r1")
        return "ok"

    @app.get("/open")
    @auth.public
    def everybodys() -> Any:
        who = auth.authenticate()
        return jsonify(who=who and who.name, address=auth.client_address())

    @app.get("/jwt")
    def make_jwt() -> str:
        return auth.authentication().issue_jwt(auth.principal())[0]

    @app.get("/forgotten")
    def forgotten() -> str:
        return "secret"


def refuse(error: EngineError) -> tuple[Any, int, dict[str, str]]:
    """The answer to a refusal."""
    status = {NotSignedIn: 401, NotPermitted: 403, TooMany: 429}.get(type(error), 503)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    return jsonify(error=error.message, hint=error.hint), status, headers
