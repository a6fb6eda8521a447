"""Templates are mirrored from Meta, sent as they stood, and what Meta refuses is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.queries import template_accounts as accounts
from adapters.whatsapp.graph import GraphApi, OutcomeUnknown
from domain.contact.state import MarketingPreferred
from domain.conversation.message_events import ConversationStarted, MessageReceived, MessageSent
from domain.delivery import Accepted, AttemptStarted, Delivered, Failed
from domain.event import ERASED, Event
from domain.refusals import OptedOut, TemplateNotSendable
from domain.template.content import SentTemplate
from domain.template.state import (
    TemplateQualityChanged,
    TemplateRemoved,
    TemplateStatusChanged,
    TemplateSynced,
    stream_of,
)
from services.commands.erasure import ErasureCommands
from services.commands.organisation import ChannelChange, OrganisationCommands
from services.commands.templates import TemplateCommands, Wanted
from services.runtime.clock import utc_now
from services.runtime.erased_list import ErasedList
from services.workers.template_sync import SyncRequests, TemplateSync
from services.write.actor import Administrator, Person, Request
from services.write.command_runner import CommandRunner
from tests.services.simulator.account import ACCOUNT, ORDER, Account, unused
from tests.services.simulator.processes import SimulatorProcess
from tests.support.cell import Cell
from tests.support.waiting import until
from tests.support.webhook_server import WebhookServer

GIVEN = {"header.1": "77", "body.1": "Rosa", "body.2": "Olinda", "button.1": "p/77"}
NOW = timedelta()


@pytest.fixture
def account(one_simulator: SimulatorProcess, webhook: WebhookServer, cell: Cell) -> Iterator[Account]:
    """An account without templates, to which the cell's number belongs; its webhooks reach the cell."""
    one_simulator.settle()
    account = Account(one_simulator)
    for name in {each["name"] for each in account.listed(limit=1000)["data"]}:
        account.call("DELETE", f"{ACCOUNT}/message_templates", params={"name": name})
    one_simulator.settle()
    belongs(cell, ACCOUNT)
    with webhook.leading_to(cell.topics):
        yield account
        one_simulator.settle()


def belongs(cell: Cell, account: str) -> None:
    organisation = OrganisationCommands(CommandRunner(cell.log), lambda *_: None, lambda _: None)
    organisation.configure(cell.channel_id, ChannelChange(account=account), Administrator(cell.tenant_id))
    cell.project()


class Mirror:
    """The worker that reads templates, step by step."""

    def __init__(self, cell: Cell, pool: QueryPool, graph: GraphApi) -> None:
        self.cell, self.sync = cell, TemplateSync(cell.log, pool, graph, pause=NOW)
        self.request = SyncRequests(pool)

    def reads(self) -> bool:
        """What is due is read, and shown."""
        read = self.sync.step()
        self.cell.project()
        return read

    def kinds(self) -> list[type[Event]]:
        return [
            type(event.fact) for event in self.cell.history() if type(event.fact).__name__[:8] == "Template"
        ]


@contextmanager
def mirroring(cell: Cell, graph: GraphApi) -> Iterator[Mirror]:
    with QueryPool(cell.url, 1, "tests") as pool:
        yield Mirror(cell, pool, graph)


def commands(cell: Cell) -> TemplateCommands:
    return TemplateCommands(CommandRunner(cell.log), lambda *_: "full")


def send(cell: Cell, conversation: UUID, template: UUID) -> UUID:
    """Ana sends a template; the message."""
    ana = Person(cell.agent_id, cell.tenant_id, "agent")
    wanted, request = Wanted(template, GIVEN), Request(uuid4().hex, b"")
    done = commands(cell).send(conversation, wanted, request, ana, utc_now())
    return UUID(str(done.answer["message_id"]))


def test_what_meta_lists_is_known_here_and_only_what_changes_is_a_fact(cell: Cell, account: Account) -> None:
    names = [unused("a"), unused("b")]
    ids = [account.approved(ORDER, name=name) for name in names]
    with mirroring(cell, account.simulator.graph) as mirror:
        assert mirror.reads()
        assert not mirror.reads()
        rows = cell.rows("select meta_id, name, why_not from templates order by meta_id")
        assert rows == sorted((id, name, None) for id, name in zip(ids, names, strict=True))
        mirror.request([ACCOUNT])
        assert mirror.reads()
        assert mirror.kinds() == [TemplateSynced] * 2

        account.decides(ids[0], status="PAUSED", quality="RED")
        account.call("DELETE", f"{ACCOUNT}/message_templates", params={"name": names[1]})
        mirror.request([ACCOUNT])
        assert mirror.reads()
        assert sorted(mirror.kinds()[2:], key=str) == sorted(
            [TemplateStatusChanged, TemplateQualityChanged, TemplateRemoved], key=str
        )
        assert cell.rows("select meta_id, why_not, quality from templates") == [(ids[0], "paused", "RED")]


def test_a_webhook_has_the_account_read_again(cell: Cell, account: Account) -> None:
    with mirroring(cell, account.simulator.graph) as mirror:
        assert mirror.reads()
        for decision in (
            {"status": "APPROVED"},
            {"quality": "YELLOW"},
            {"category": "MARKETING"},
            {"status": "PAUSED"},
        ):
            if not cell.facts(TemplateSynced):
                id = account.create(ORDER, name=unused("c"))["id"]
            account.decides(id, **decision)

            def told() -> bool:
                cell.ingest(sync=mirror.request)
                return mirror.reads()

            until(f"the account to be read after {decision}", told)
    row = cell.rows("select status, quality, category from templates")
    assert row == [("PAUSED", "YELLOW", "MARKETING")]


def test_a_list_that_ends_half_way_changes_nothing(cell: Cell, account: Account) -> None:
    account.approved(ORDER, name=unused("d"))

    class HalfWay(GraphApi):
        def templates(self, account: str, *, deadline: float) -> Iterator[list[Any]]:
            yield []
            raise OutcomeUnknown("HTTP 500")

    with mirroring(cell, account.simulator.graph) as mirror:
        assert mirror.reads()
    graph = HalfWay("http://127.0.0.1:9", "token")
    with mirroring(cell, graph) as broken:
        broken.request([ACCOUNT])
        assert broken.reads()
        assert broken.kinds() == [TemplateSynced]
        error, synced, later = cell.rows(
            "select error, synced_at < started_at, again_at > now() + interval '5 seconds'"
            " from template_accounts"
        )[0]
        assert (error, synced, later) == ("unreachable", True, True)


def test_what_cannot_be_reached_is_read_again_soon(cell: Cell, account: Account) -> None:
    with mirroring(cell, GraphApi("http://127.0.0.1:9", "token")) as mirror:
        assert mirror.reads()
        (soon,) = cell.rows("select error, again_at < now() + interval '10 seconds' from template_accounts")
        assert soon == ("-1", True)


def test_one_worker_at_a_time_reads_an_account_and_a_dead_one_is_followed(
    cell: Cell, account: Account
) -> None:
    with mirroring(cell, account.simulator.graph) as mirror, psycopg.connect(cell.url, autocommit=True) as db:
        accounts.keep_accounts(db)
        claimed = accounts.claim(db, NOW)
        assert claimed is not None
        mirror.request([ACCOUNT])
        assert not mirror.reads()
        db.execute("update template_accounts set claimed_until = now() - interval '1 second'")
        assert mirror.reads()
        assert not accounts.is_claimed(db, claimed)
        accounts.end_claim(db, claimed, "late", NOW)
        assert cell.rows("select error, again_at > now() + interval '50 minutes' from template_accounts") == [
            (None, True)
        ]
        belongs(cell, "")
        assert not mirror.reads()
        assert cell.rows("select count(*) from template_accounts") == [(0,)]


def test_a_template_goes_out_as_it_stood_and_the_tap_comes_back(cell: Cell, account: Account) -> None:
    simulator = account.simulator
    id = account.approved(ORDER, name=unused("e"))
    wa_id = simulator.phone("Rita")
    simulator.writes(wa_id, "Bom dia")
    with mirroring(cell, simulator.graph) as mirror:
        mirror.reads()

    def met() -> UUID | None:
        cell.ingest()
        return next((event.conversation_id for event in cell.history() if event.conversation_id), None)

    conversation = until("the customer", met)
    message = send(cell, conversation, stream_of(cell.tenant_id, ACCOUNT, id))
    simulator.faults(duplicate=3)
    for _ in range(2):
        cell.publish()
        cell.send(simulator.graph)
    (call,) = simulator.calls()
    assert (call["message_id"], call["n_calls"]) == (str(message), 1)
    shown = simulator.bubbles(wa_id)[-1]["template"]
    (sent,) = cell.facts(MessageSent)
    assert isinstance(sent.template, SentTemplate)
    kept = sent.template.model_dump()
    assert (kept["body"], kept["footer"]) == (shown["body"], shown["footer"])
    assert kept["header"]["text"] == shown["header"]["text"]
    assert [each["url"] for each in kept["buttons"]] == [each["url"] for each in shown["buttons"]]
    tap = {"message_id": simulator.bubbles(wa_id)[-1]["id"], "button": 0}
    simulator.post(f"/phones/{wa_id}/taps", tap)

    def answered() -> bool:
        cell.ingest()
        return len(cell.facts(MessageReceived)) == 2

    until("the tap", answered)
    tapped = cell.facts(MessageReceived)[-1]
    assert (tapped.type, tapped.text, tapped.quoted_id) == ("button", "Falar com a loja", message)
    kinds = [type(fact) for fact in cell.delivery(message)]
    assert kinds[:2] == [AttemptStarted, Accepted]
    assert set(kinds[2:]) <= {Delivered}


def test_of_a_template_that_waits_nothing_is_left_when_its_contact_is_erased(
    cell: Cell, account: Account, tmp_path: Path
) -> None:
    id = account.approved(ORDER, name=unused("g"))
    conversation = cell.meet()
    with mirroring(cell, account.simulator.graph) as mirror:
        mirror.reads()
    message = send(cell, conversation, stream_of(cell.tenant_id, ACCOUNT, id))
    cell.publish()
    held = "select count(*) from topic_records where position('Olinda' in convert_from(value, 'utf8')) > 0"
    assert cell.rows(held) == [(1,)]
    (started,) = cell.facts(ConversationStarted)
    erasures = ErasureCommands(cell.log, ErasedList(tmp_path / "erased"))
    erasures.erase(started.contact_id, Administrator(cell.tenant_id), 0.0)
    assert cell.rows(held) == [(0,)]
    cell.project()
    assert cell.rows("select text, raw, erased from timeline where message_id = %s", message) == [
        (None, None, True)
    ]
    cell.send(account.simulator.graph)
    assert [fact.code for fact in cell.facts(Failed)] == ["contact_erased"]
    assert account.simulator.calls() == []
    (sent,) = cell.facts(MessageSent)
    assert (sent.template, sent.text) == (ERASED, ERASED)


def test_a_refusal_that_says_that_marketing_is_stopped_is_remembered(cell: Cell, account: Account) -> None:
    """B116."""
    id = account.approved(ORDER, name=unused("h"), category="MARKETING")
    conversation, template = cell.meet(), stream_of(cell.tenant_id, ACCOUNT, id)
    with mirroring(cell, account.simulator.graph) as mirror:
        mirror.reads()
    send(cell, conversation, template)
    account.decides(id, refusal=131050)
    cell.publish()
    cell.send(account.simulator.graph)
    assert [fact.code for fact in cell.facts(Failed)] == ["131050"]
    assert [fact.stops for fact in cell.facts(MarketingPreferred)] == [True]
    with pytest.raises(OptedOut):
        send(cell, conversation, template)


@pytest.mark.parametrize(
    ("decision", "code"),
    [({"status": "PAUSED"}, "132015"), ({"status": "DISABLED"}, "132016"), ({"status": "PENDING"}, "132001")],
)
def test_a_template_that_meta_stops_in_between_fails_once_and_is_refused_then(
    cell: Cell, account: Account, decision: dict[str, str], code: str
) -> None:
    id = account.approved(ORDER, name=unused("f"))
    conversation = cell.meet()
    template = stream_of(cell.tenant_id, ACCOUNT, id)
    with mirroring(cell, account.simulator.graph) as mirror:
        mirror.reads()
        message = send(cell, conversation, template)
        account.decides(id, **decision)
        cell.publish()
        cell.send(account.simulator.graph, sync=mirror.request)
        (failed,) = cell.facts(Failed)
        assert (failed.code, failed.retryable) == (code, False)
        assert [type(fact) for fact in cell.delivery(message)] == [AttemptStarted, Failed]
        assert mirror.reads(), "a refusal has the account read again"
    with pytest.raises(TemplateNotSendable):
        send(cell, conversation, template)
