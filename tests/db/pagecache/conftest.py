from tests.pure.pagecache.conftest import no_connection_of_its_own  # noqa: F401  a fixture
