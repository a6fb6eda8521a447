"""Measures how far our groups are in the topics, and how many parked records are open."""

from collections.abc import Iterator, Mapping

from adapters.postgres.topics.stored_offsets import Offsets, Spans, StoredOffsets, count_within
from adapters.postgres.topics.topic_states import PARKED, TopicState
from schemas.topics import READERS, Bounds, Topics, UnknownTopic
from services.runtime.clock import Clock, utc_now


def measure(topics: Topics, offsets: StoredOffsets, now: Clock = utc_now) -> list[TopicState]:
    """Measure each partition that somebody of ours reads, and each of the parked topics.

    Raises:
        LogUnavailable, TopicsUnavailable
    """
    return [
        state
        for topic, first_unread in offsets.first_unread().items()
        for state in _measure_topic(topics, offsets, topic, first_unread, now)
    ]


def _measure_topic(
    topics: Topics, offsets: StoredOffsets, topic: str, first_unread: Offsets, now: Clock
) -> Iterator[TopicState]:
    try:
        bounds = topics.bounds(topic)
    except UnknownTopic:
        return
    group = READERS.get(topic, PARKED)
    if group == PARKED:
        resolved: Mapping[int, Spans] = offsets.resolved([topic]).get(topic, {})
    else:
        if any(not _holds(each, first_unread.get(p, 0)) for p, each in bounds.items()):
            # Read and expired between our two questions? The answer to a third one is newer than both.
            first_unread = offsets.first_unread().get(topic, first_unread)
        resolved = {p: [(0, first_unread.get(p, 0))] for p in bounds}
    starts = {p: first_open(each.earliest, resolved.get(p, ())) for p, each in bounds.items()}
    starts = {p: start for p, start in starts.items() if start < bounds[p].end}
    oldest = {record.partition: record.produced_at for record in topics.read(topic, starts, 1)}
    for partition, each in sorted(bounds.items()):
        spans, at = resolved.get(partition, ()), oldest.get(partition)
        yield TopicState(
            topic=topic,
            partition=partition,
            group=group,
            offset=first_unread.get(partition, 0),
            earliest=each.earliest,
            end=each.end,
            unread=each.end - each.earliest - count_within(each.earliest, each.end, spans),
            lost=each.earliest - count_within(0, each.earliest, spans),
            oldest_at=at,
            late=at is not None and now() - at >= topics.unread_alarm,
        )


def first_open(offset: int, spans: Spans) -> int:
    """Return the first offset from `offset` on that is in none of the spans."""
    for first, end in spans:
        if first <= offset < end:
            offset = end
    return offset


def _holds(bounds: Bounds, offset: int) -> bool:
    return bounds.earliest <= offset <= bounds.end
