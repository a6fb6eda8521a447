"""An answer that fails for good is none, whichever way that is learnt: the ticket waits again and says so."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.conversation.ticket_events import AnswerFailed, AnswerRestored
from domain.delivery import Failed
from domain.log.append import Appended
from schemas.outbound import OutboundItem, decode
from schemas.topics import OUTBOUND
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.send.attempts import Attempts, NotSent, Outcome, Sent
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork
from tests.services.http.actions import etag, get_json, post_action, send, take, ticket_of
from tests.support import traffic
from tests.support.office import Office, Watcher
from tests.support.waiting import until

WINDOW_CLOSED = NotSent("131047", "Re-engagement message", retryable=False)
NOT_DELIVERED = [{"code": 131049, "title": "Not delivered"}]


def answered(client: httpx2.Client, conversation: UUID, text: str = "Já vejo") -> UUID:
    response = send(client, conversation, text, key=uuid4().hex)
    assert response.status_code == 202, response.text
    return UUID(response.json()["message_id"])


def attempted(office: Office, message_id: UUID, outcome: Outcome) -> None:
    """The sender claims the attempt, calls, and records what came of it."""
    office.cell.publish()
    consumer = office.cell.topics.consumer(OUTBOUND, "test", lambda partition: 0)

    def asked() -> list[OutboundItem]:
        # An answer also asks to tell the customer that their messages were read.
        decoded = map(decode, (record.value for record in consumer.poll(1000, 2)))
        return [each for each in decoded if isinstance(each, OutboundItem) and each.message_id == message_id]

    (item,) = until("the attempt", asked)
    consumer.close()
    channel = ChannelLookup(office.cell.log).by_id([(item.tenant_id, item.channel_id)])[item.channel_id]
    cache = StreamCache(office.cell.log)

    def claimed(attempts: Attempts) -> None:
        assert attempts.claim(item, utc_now() + timedelta(seconds=20))

    def ended(attempts: Attempts) -> None:
        attempts.record_outcome(item, channel, outcome, utc_now())

    for step in (claimed, ended):
        for _ in range(2):  # an orphan that waited for the id is told by a conflict
            unit = UnitOfWork(cache)
            step(Attempts(unit, Random(1)))
            if isinstance(unit.commit(), Appended):
                break
        cache = StreamCache(office.cell.log)
    office.settle()


def statuses(office: Office, message_id: UUID, *words: str) -> None:
    """WhatsApp tells what became of the message, in this order."""
    for word in words:
        why: dict[str, Any] = {"errors": NOT_DELIVERED} if word == "failed" else {}
        told = traffic.status(f"wamid.out.{message_id}", word, opaque=str(message_id), **why)
        office.cell.receive(traffic.body(statuses=[told]))
    office.cell.ingest()
    office.settle()


def shown(office: Office, client: httpx2.Client, conversation: UUID) -> tuple[bool, bool, int]:
    office.settle()
    ticket = ticket_of(client, conversation)
    assert ticket["unanswered"] == (ticket["unanswered_since"] is not None)
    return ticket["failed"], ticket["unanswered"], ticket["unread"]


@pytest.mark.parametrize(
    "refusal",
    [
        WINDOW_CLOSED,
        NotSent("131026", "Message undeliverable", retryable=False),
        NotSent("channel_gone", "The channel does not exist any more.", retryable=False),
    ],
    ids=lambda refusal: refusal.code,
)
def test_a_refused_answer_makes_the_ticket_wait_again_since_the_customer_wrote(
    office: Office, refusal: NotSent
) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi", "alguém?")
    since = ticket_of(ana, conversation)["unanswered_since"]
    message_id = answered(ana, conversation)
    assert shown(office, ana, conversation) == (False, False, 0)
    watcher = Watcher(ana)

    attempted(office, message_id, refusal)

    assert shown(office, ana, conversation) == (True, True, 2)
    assert ticket_of(ana, conversation)["unanswered_since"] == since
    until("Ana to see it", lambda: watcher.tickets and watcher.tickets[-1]["failed"])
    watcher.leave()
    items = get_json(ana, f"/v1/conversations/{conversation}/events")["items"]
    assert [item["type"] for item in items[-2:]] == ["delivery.failed", "conversation.answer_failed"]
    told = items[-1]["data"]
    assert (told["message_id"], told["failed"], told["unread"]) == (str(message_id), True, 2)

    answered(ana, conversation, "De novo")
    assert shown(office, ana, conversation) == (False, False, 0)


def test_what_may_be_tried_again_is_no_failure_yet(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    attempted(office, answered(ana, conversation), NotSent("130429", "Too many", retryable=True))
    assert office.cell.facts(Failed) != []
    assert shown(office, ana, conversation) == (False, False, 0)
    assert office.cell.facts(AnswerFailed) == []


def test_a_failure_that_whatsapp_tells_later_counts_once_however_often_it_comes(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    message_id = answered(ana, conversation)
    attempted(office, message_id, Sent(f"wamid.out.{message_id}"))
    assert shown(office, ana, conversation) == (False, False, 0)

    statuses(office, message_id, "failed", "failed", "sent")
    assert shown(office, ana, conversation) == (True, True, 1)
    assert len(office.cell.facts(AnswerFailed)) == 1

    statuses(office, message_id, "delivered", "failed", "read", "delivered")
    assert shown(office, ana, conversation) == (False, False, 0)
    assert (len(office.cell.facts(AnswerFailed)), len(office.cell.facts(AnswerRestored))) == (1, 1)


def test_a_failure_that_is_told_before_the_call_is_answered_counts_too(office: Office) -> None:
    """It waits as an orphan for the id that the call brings."""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    message_id = answered(ana, conversation)
    told: dict[str, Any] = traffic.status(f"wamid.out.{message_id}", "failed") | {"errors": NOT_DELIVERED}
    office.cell.receive(traffic.body(statuses=[told]))
    office.cell.ingest()
    assert shown(office, ana, conversation) == (False, False, 0)

    attempted(office, message_id, Sent(f"wamid.out.{message_id}"))
    assert shown(office, ana, conversation) == (True, True, 1)


def test_a_failure_counts_though_the_ingestor_remembers_the_conversation_without_the_answer(
    office: Office,
) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    ingestor = office.cell.ingestor()

    def taken(*bodies: bytes) -> None:
        office.cell.receive(*bodies)
        until("the record to be taken", lambda: ingestor.step(0.1) > 0)

    taken(traffic.body([traffic.text("wamid.again", "alguém?", "5520990000001")]))
    message_id = answered(ana, conversation)
    attempted(office, message_id, Sent(f"wamid.out.{message_id}"))
    told: dict[str, Any] = traffic.status(f"wamid.out.{message_id}", "failed") | {"errors": NOT_DELIVERED}
    taken(traffic.body(statuses=[told]))
    ingestor.close()
    assert shown(office, ana, conversation) == (True, True, 2)


def test_a_closed_ticket_stays_closed_and_carries_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    mine = etag(take(ana, conversation, office.people["ana"]))
    message_id = answered(ana, conversation)
    etag(post_action(ana, conversation, "close", mine))

    attempted(office, message_id, WINDOW_CLOSED)

    ticket: dict[str, Any] = ticket_of(ana, conversation)
    assert (ticket["state"], ticket["failed"], ticket["unanswered"]) == ("closed", True, False)


def test_a_mark_by_hand_ends_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    attempted(office, answered(ana, conversation), WINDOW_CLOSED)
    done = ana.put(f"/v1/conversations/{conversation}/answered", json={"answered": True})
    assert done.status_code == 200
    assert shown(office, ana, conversation) == (False, False, 0)


def test_the_customer_waits_since_they_wrote_not_since_it_arrived_here(office: Office) -> None:
    ana = office.login("ana")
    conversation = office.customer_writes("oi", ago=timedelta(hours=3))
    ticket = ticket_of(ana, conversation)
    (message,) = get_json(ana, f"/v1/conversations/{conversation}/messages")["items"]
    assert ticket["unanswered_since"] == message["sent_at"]
    office.customer_writes("ainda aí?", ago=timedelta(hours=4))
    since = ticket_of(ana, conversation)["unanswered_since"]
    assert since < message["sent_at"], "what was written first and came last"
    # In the future: its time is not to be trusted, and it waits since it came.
    flagged = office.customer_writes("oi", customer=2, ago=-timedelta(hours=9))
    assert ticket_of(ana, flagged)["unanswered_since"] < ticket_of(ana, flagged)["window_ends_at"]
    assert ticket_of(ana, flagged)["unanswered_since"] < utc_now().isoformat()
