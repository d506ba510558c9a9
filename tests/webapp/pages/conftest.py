"""The real app on its own data folder, and a browser that sends its forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from webapp import create_app
from webapp.records import Job
from webapp.storage import Stores

JSON = {"Accept": "application/json"}


class Browser:
    """Sends forms with the token of a page, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, **more: Any) -> TestResponse:
        return self.client.get(url, **more)

    def text(self, url: str) -> str:
        """A page that must exist."""
        response = self.get(url)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, url: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(url, data={"csrf_token": self.token(), **(data or {})}, **more)

    def token(self) -> str:
        """The token of the page that is made in the shortest time."""
        match = re.search(r'name="csrf_token" value="([^"]+)"', self.text("/help"))
        assert match
        return match[1]


class MemoryBytecodeCache(BytecodeCache):
    """Keeps compiled templates in memory, because some tests leave no room on the disk."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.codes.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session")
def compiled_templates() -> BytecodeCache:
    """The templates that any test has used: to compile them takes longer than to show them."""
    return MemoryBytecodeCache()


@pytest.fixture(scope="session")
def compiled_rules() -> Iterator[None]:
    """The functions that build addresses: to compile them is most of the work of making an app."""
    compiled: dict[tuple[str, bool], Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def app(stores: Stores, compiled_templates: BytecodeCache, compiled_rules: None) -> Flask:
    """The app, on the test's own stores."""
    made = create_app(stores.settings)
    made.jinja_env.bytecode_cache = compiled_templates
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A script on this machine."""
    return app.test_client()


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """A browser that has the app open."""
    return Browser(client)


@pytest.fixture
def page(finished_job: Job) -> str:
    """The address of a finished job's page."""
    return f"/jobs/{finished_job.id}"
