"""The broker of development and tests: started, killed, started again."""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from adapters.kafka.broker import KafkaBroker


def test_a_killed_broker_comes_back_with_its_records(own_kafka: KafkaBroker) -> None:
    admin = KafkaAdminClient(bootstrap_servers=own_kafka.bootstrap)
    admin.create_topics([NewTopic("kept", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=own_kafka.bootstrap, acks="all")
    producer.send("kept", b"before").get(10)
    producer.close()
    before = own_kafka.bootstrap
    own_kafka.kill()
    own_kafka.start()
    assert own_kafka.bootstrap == before
    consumer = KafkaConsumer(bootstrap_servers=own_kafka.bootstrap)
    consumer.assign([TopicPartition("kept", 0)])
    consumer.seek_to_beginning()
    records = consumer.poll(timeout_ms=10_000)
    consumer.close()
    assert [record.value for page in records.values() for record in page] == [b"before"]
