import os

import pytest

from tests.deploy.stack import Stack, a_postgres, a_stack

# `make deploy-test` runs these; they need nginx, wrk and programs that a developer's machine may lack.
collect_ignore_glob = [] if "DEPLOY_TEST" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def database():
    with a_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def stack(database) -> Stack:
    """The portal under a name of its own. A test that stops a part of it starts it again."""
    with a_stack(database) as stack:
        yield stack
