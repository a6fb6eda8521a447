"""Kafka: topics for many processes, with either of two clients."""

from typing import Literal

from adapters.kafka.security import NO_SECURITY, KafkaSecurity
from schemas.topics import Topics


def kafka_topics(
    client: Literal["kafka-python", "confluent"],
    bootstrap: str,
    prefix: str = "",
    security: KafkaSecurity = NO_SECURITY,
) -> Topics:
    """Create the topics port of a Kafka cluster. The client `confluent` needs the extra of that name."""
    # Imported here: an installation without Kafka loads neither client, and one of them may be missing.
    from adapters.kafka.refusals import RefusalWatch
    from adapters.kafka.topics import KafkaTopics

    refusals = RefusalWatch(bootstrap, security)
    if client == "confluent":
        from adapters.kafka.confluent_client import ConfluentClient

        return KafkaTopics(
            ConfluentClient(bootstrap, security=security, suspect=refusals.suspect), prefix, refusals
        )
    from adapters.kafka.python_client import PythonClient

    return KafkaTopics(PythonClient(bootstrap, security=security), prefix, refusals)
