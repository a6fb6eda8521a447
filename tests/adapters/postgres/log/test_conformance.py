"""The library's own suites for recorders, run on our tables and our function."""

from collections.abc import Iterator
from typing import Any

import pytest
from eventsourcing.tests import persistence as suite

from adapters.postgres.connection.datastore import LogDatastore
from tests.adapters.postgres.log.library_recorders import ProcessRecorder, SnapshotRecorder


class OnOurTables:
    """Gives each case a recorder on the emptied database of the worker."""

    recorder: Any = ProcessRecorder
    test_performance: Any = None  # prints, and proves nothing
    test_concurrent_throughput: Any = None

    @pytest.fixture(autouse=True)
    def _datastore(self, database_url: str) -> Iterator[None]:
        self.datastore = LogDatastore(database_url, pool_size=15)
        yield
        self.datastore.close()

    def create_recorder(self) -> Any:
        return self.recorder(self.datastore)


class TestAggregateRecorder(OnOurTables, suite.AggregateRecorderTestCase):
    recorder = SnapshotRecorder


class TestApplicationRecorder(OnOurTables, suite.ApplicationRecorderTestCase[ProcessRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnOurTables, suite.TrackingRecorderTestCase):
    pass


class TestProcessRecorder(OnOurTables, suite.ProcessRecorderTestCase):
    pass


class TestPositionsAreNotInterleaved(OnOurTables, suite.NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000
