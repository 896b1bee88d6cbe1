import os
import shutil

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import expect, sync_playwright

# Playwright's event loop runs in the thread of the tests, where Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "on"

# Milliseconds, on a machine however busy.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)

CHROMIUM_FLAGS = [
    "--no-sandbox",  # which root can't have
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def server():
    """The whole portal in a thread, static files and media through its own middleware and views."""
    thread = LiveServerThread("127.0.0.1", static_handler=lambda _django_serves_files: WSGIHandler())
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, server, transactional_db):
    """Opens the portal for one more person. What the content security policy refused fails the test."""
    contexts, refused = [], []

    def visit(**options):
        context = browser.new_context(base_url=server, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()
    assert not refused


@pytest.fixture
def page(visit):
    """A fresh visitor."""
    return visit()
