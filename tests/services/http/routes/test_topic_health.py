"""What readiness and metrics say of the topics."""

from datetime import timedelta

import psycopg

from adapters.postgres.connection.pool import QueryPool
from domain.log.append import Advance, Append
from schemas.topics import BOT_REPLIES, INBOUND, OUTBOUND, Outgoing, parked_topic
from services.workers.topic_watch import TopicWatch
from tests.support.office import Office


def test_readiness_names_a_stopped_partition_and_counts_what_waits(office: Office) -> None:
    cell, nobody = office.cell, office.client()
    assert nobody.get("/readyz").json()["topics"] == []
    cell.topics.produce(
        [Outgoing(INBOUND, b"a", b"{}")] * 3 + [Outgoing(parked_topic(BOT_REPLIES), b"b", b"{}")]
    )
    with psycopg.connect(cell.url) as db:
        old = timedelta(days=3)
        db.execute("update topic_records set produced_at = produced_at - %s where topic = %s", [old, INBOUND])
    cell.log.append(Append(advances=[Advance(f"{OUTBOUND}/5", 0, 44)]))

    with QueryPool(cell.url, 1, "test") as pool:
        TopicWatch(cell.topics, pool).step()
    told = nobody.get("/readyz")

    assert told.status_code == 503
    assert f"{OUTBOUND}/5: stopped at 44, the first record there is 0" in told.json()["problems"]
    topics = {topic["topic"]: topic for topic in told.json()["topics"]}
    assert (topics[INBOUND]["group"], topics[INBOUND]["unread"]) == ("ingest", 3)
    assert 3 * 86_400 <= topics[INBOUND]["oldest_age_s"] < 3 * 86_400 + 600
    assert (topics[BOT_REPLIES]["parked"], topics[BOT_REPLIES]["oldest_age_s"]) == (1, None)
    assert topics[OUTBOUND]["stopped"] == [5]
    warnings = told.json()["warnings"]
    assert f"{INBOUND}: 3 records are not read for long; see `balcao topics`" in warnings
    assert f"{BOT_REPLIES}: 1 parked records; see `balcao parked list`" in warnings
    metrics = nobody.get("/metrics").text
    assert f'balcao_topic_unread_records{{group="ingest",topic="{INBOUND}"}} 3.0' in metrics
    assert f'balcao_topic_stopped_partitions{{topic="{OUTBOUND}"}} 1.0' in metrics
    assert f'balcao_topic_parked_records{{topic="{BOT_REPLIES}"}} 1.0' in metrics
    age = next(
        line
        for line in metrics.splitlines()
        if f'oldest_unread_seconds{{group="ingest",topic="{INBOUND}"' in line
    )
    assert float(age.rpartition(" ")[2]) >= 3 * 86_400

    cell.log.append(Append(advances=[Advance(f"{OUTBOUND}/5", 44, 0)]))
    with QueryPool(cell.url, 1, "test") as pool:
        TopicWatch(cell.topics, pool).step()
    assert not any("stopped" in problem for problem in nobody.get("/readyz").json()["problems"])
