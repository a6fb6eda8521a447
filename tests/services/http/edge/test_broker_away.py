"""With Kafka, readiness tells when the broker is away, and says yes to it again by itself."""

from pathlib import Path

import httpx2

from adapters.kafka.broker import KafkaBroker
from adapters.postgres.schema.migrate import migrate
from schemas.topics import TOPICS
from services.runtime.topics import topics_of
from tests.support.office import serving, settings_for
from tests.support.waiting import until

AWAY = "topics: the broker does not answer"


def test_readiness_tells_that_the_broker_is_away(
    fresh_database_url: str, own_kafka: KafkaBroker, tmp_path: Path
) -> None:
    migrate(fresh_database_url)
    settings = settings_for(fresh_database_url, tmp_path, kafka=own_kafka.bootstrap)
    topics = topics_of(settings)
    topics.create(TOPICS)
    topics.close()
    with serving(settings) as url, httpx2.Client(base_url=url, timeout=30.0) as client:

        def problems() -> list[str]:
            answer = client.get("/readyz")
            # No workers run here: there is always something.
            assert answer.status_code == 503
            return [problem for problem in answer.json()["problems"] if problem.startswith("topics: ")]

        until("the broker to be there", lambda: not problems(), 20.0)
        own_kafka.kill()
        until("its absence to be told", lambda: problems() == [AWAY], 20.0)
        own_kafka.start()
        until("the broker to be there again", lambda: not problems(), 20.0)
