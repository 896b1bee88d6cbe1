from types import SimpleNamespace

import pytest

from pagecache import poller


@pytest.fixture(autouse=True)
def no_connection_of_its_own(monkeypatch):
    """The poller of a test asks within the test's transaction, or asks no database at all."""
    nothing = SimpleNamespace(close=lambda: None, close_if_unusable_or_obsolete=lambda: None)
    monkeypatch.setattr(poller, "connection", nothing)
