import socket

import hypothesis
import pytest
from django.core.management import call_command

from huozhou_portal import memo
from tests.loaded import illustrative_2020, plan_2020  # noqa: F401  fixtures

# The same cases on every machine, however slow it is.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # once, before parallel workers start
        call_command("collectstatic", interactive=False, verbosity=0)


def pytest_terminal_summary(terminalreporter):
    if terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("A skipped test is a test that nobody ran: it counts as failed.", red=True)


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Each test has a database of its own, whose rows may be others under the same hashes."""
    memo.clear()


@pytest.fixture(autouse=True, scope="session")
def loopback_only():
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise ConnectionRefusedError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
