"""The application on loopback, with one of everything in it or for one walk, and one Chromium for all tests here."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr
from werkzeug.serving import make_server

from charter import create_app
from charter.config import Settings
from tests.browser.everything import Everything
from tests.browser.pages import Pages, find_pages
from tests.browser.sites import Site
from tests.browser.walks import Coalition
from tests.integration.application.databases import sqlite_databases

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The development server leaves a file open where a browser closes before it has read it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            left_open = "ignore:(?s).*unclosed file.*:pytest.PytestUnraisableExceptionWarning"
            item.add_marker(pytest.mark.filterwarnings(left_open))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with _made(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="session")
def everything(app: Flask) -> Everything:
    return Everything(app)


@pytest.fixture(scope="session")
def pages(everything: Everything) -> Pages:
    return find_pages(everything)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(app: Flask, everything: Everything, browser: Browser) -> Iterator[Site]:
    with _served(app) as address:
        yield Site(app, browser, address, everything)


@pytest.fixture
def coalition(browser: Browser, tmp_path: Path) -> Iterator[Coalition]:
    """Of one walk alone."""
    with _made(tmp_path) as made, _served(made) as address, ExitStack() as contexts:
        yield Coalition(made, browser, address, contexts)


@contextmanager
def _made(folder: Path) -> Iterator[Flask]:
    made = create_app(
        Settings(
            instance=folder / "instance",
            database_url=sqlite_databases(folder)(),
            secret_key=SecretStr("of tests only: 32 characters or more"),
            coalition="Harbour Coalition",
            demo=True,
        )
    )
    try:
        yield made
    finally:
        made.extensions["charter.engine"].dispose()


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
