"""One installation and one browser for all tests of the page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.databases import temporary_database
from tests.system.installation import Installation, installation

ORIGIN = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]")


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("browser")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o711)
    with (
        temporary_database(server_url, migrated=True) as url,
        installation(folder, url, own_simulator=False) as running,
    ):
        running.start("api", "work", "bot")
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window in Portuguese; a request to another origin, or one the page's policy stops, fails the test."""
    context = browser.new_context(locale="pt-BR", viewport={"width": 1440, "height": 900})
    foreign: list[str] = []
    context.on("request", lambda r: None if ORIGIN.match(r.url) else foreign.append(r.url))
    context.add_init_script(
        "window.stopped = []; addEventListener('securitypolicyviolation',"
        " e => window.stopped.push(`${e.violatedDirective} ${e.blockedURI}`))"
    )
    yield context
    stopped = [line for page in context.pages for line in page.evaluate("window.stopped ?? []")]
    context.close()
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
    assert stopped == []
