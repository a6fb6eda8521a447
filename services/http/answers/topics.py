"""What the health checks say of the topics, from what was measured last."""

from collections.abc import Iterator
from datetime import datetime

from adapters.postgres.topics.topic_states import PARKED, MeasuredStates
from schemas.health import TopicLag
from schemas.topics import READERS, TOPICS, parked_topic

MEASURED_S = 60.0


def topic_lags(measured: MeasuredStates | None, now: datetime) -> Iterator[TopicLag]:
    """Sum up the partitions of each topic that somebody of ours reads, or that has parked records."""
    states = () if measured is None else measured.states
    for topic in TOPICS:
        read = [state for state in states if state.topic == topic]
        parked = sum(state.unread for state in states if state.topic == parked_topic(topic))
        if read or parked:
            ages = [(now - state.oldest_at).total_seconds() for state in read if state.oldest_at is not None]
            yield TopicLag(
                topic=topic,
                group=READERS[topic] if read else None,
                unread=sum(state.unread for state in read),
                oldest_age_s=round(max(ages), 1) if ages else None,
                parked=parked,
                stopped=[state.partition for state in read if state.stopped],
            )


def topic_problems(measured: MeasuredStates | None) -> Iterator[str]:
    """Name the partitions that cannot go on by themselves."""
    for state in () if measured is None else measured.states:
        if state.stopped:
            place = f"{state.topic}/{state.partition}"
            yield f"{place}: stopped at {state.offset}, the first record there is {state.earliest}"


def topic_warnings(measured: MeasuredStates | None, now: datetime) -> Iterator[str]:
    """Say what needs a person: parked records, unread ones that are old, parked ones that expired."""
    if measured is None:
        return
    if measured.age_s > MEASURED_S:
        yield f"topics: not measured for {measured.age_s:.0f} s"
    for topic in topic_lags(measured, now):
        if topic.parked:
            yield f"{topic.topic}: {topic.parked} parked records; see `balcao parked list`"
    for name in dict.fromkeys(state.topic for state in measured.states):
        states = [state for state in measured.states if state.topic == name]
        if late := sum(state.unread for state in states if state.late and state.group != PARKED):
            yield f"{name}: {late} records are not read for long; see `balcao topics`"
        if lost := sum(state.lost for state in states if state.group == PARKED):
            yield f"{name}: {lost} records expired before they were replayed; see `balcao topics`"
