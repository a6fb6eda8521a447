"""Topics as configured: tables beside the log, or Kafka."""

from contextlib import closing

from schemas.topics import TOPICS, Topics, parked_topic
from services.runtime.settings import Settings

ALL_TOPICS = (*TOPICS, *map(parked_topic, TOPICS))


def topics_of(settings: Settings) -> Topics:
    """Open the configured topics; the caller closes them."""
    if settings.kafka:
        from adapters.kafka import kafka_topics

        return kafka_topics(
            settings.kafka_client, settings.kafka, settings.topic_prefix, settings.kafka_access
        )
    from adapters.postgres.topics.topics import PostgresTopics

    return PostgresTopics(settings.database_url, prefix=settings.topic_prefix)


def create_topics(settings: Settings) -> None:
    """Create missing topics; idempotent, and safe to run concurrently.

    Raises:
        PartitionsChanged, TopicsUnavailable
    """
    with closing(topics_of(settings)) as topics:
        topics.create(ALL_TOPICS)
