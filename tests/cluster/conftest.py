"""Two workers for all tests of a module."""

import pytest

from cartoonize.cluster import connection as clusters


@pytest.fixture(scope="module")
def cluster():
    """Start two workers."""
    with clusters._local_cluster(2) as cluster:
        yield cluster
