"""`balcao doctor`: check everything the configuration names, and report what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.log.sealing import WrongMasterKey
from adapters.postgres.queries.quarantine import summary
from adapters.postgres.schema.migrate import SchemaRefused, check_schema
from adapters.postgres.server.diagnostics import (
    assigner_never_ran,
    count_notices,
    database_time,
    listen_works,
    server_info,
)
from adapters.postgres.server.requirements import check_sessions, check_writes
from adapters.postgres.topics.stored_offsets import StoredOffsets
from adapters.postgres.topics.topic_states import PARKED
from domain.log.port import LogUnavailable
from schemas.topics import TopicsUnavailable
from services.app.public_address import NotOurs, examine_public_address
from services.app.serve import with_running_database
from services.commands.erasure import ErasureCommands
from services.queries.topic_states import measure
from services.runtime.clock import skew_alarm, utc_now
from services.runtime.durable_files import exposure
from services.runtime.erased_list import ErasedList
from services.runtime.event_log import log_of
from services.runtime.settings import Settings, SettingsRefused, unprotected
from services.runtime.topics import ALL_TOPICS, topics_of
from services.workers.send.attempts import HALTED

OLDEST_POSTGRESQL = 15
WRONG, DOUBTFUL, RIGHT = "[red]✗[/red]", "[yellow]![/yellow]", "[green]✓[/green]"


class ServerTooOld(Exception):
    """PostgreSQL is older than the oldest supported version."""


class OlderCopy(Exception):
    """The database is older than the list of erased contacts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its result; `advice` is a warning when `ok`, else the error."""

    what: str
    ok: bool
    advice: str = ""


def examine(settings: Settings) -> int:
    """Print the findings; return 1 when something is wrong, else 0."""
    console = Console(highlight=False, soft_wrap=True)
    wrong = False
    for finding in findings(settings):
        mark = WRONG if not finding.ok else DOUBTFUL if finding.advice else RIGHT
        console.print(f"{mark} {finding.what}" + (f": {finding.advice}" if finding.advice else ""))
        wrong = wrong or not finding.ok
    return int(wrong)


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield the findings one by one; checks that depend on a failed one are skipped."""
    yield Finding("configuration", True, _advice(settings))
    try:
        settings = with_running_database(settings)
    except SettingsRefused as refused:
        yield Finding("database", False, "; ".join(refused.problems))
        return
    database = _check("database", lambda: _database(settings))
    yield database
    if not database.ok:
        return
    yield _check("pooler", lambda: check_sessions(settings.database_url))
    yield _check("writing", lambda: check_writes(settings.database_url))
    yield _check("clock", lambda: _clock(settings.database_url))
    yield _check("LISTEN", lambda: _listens(settings.database_url))
    schema = _check("schema and log", lambda: check_schema(settings.database_url))
    yield schema
    if schema.ok or settings.kafka:
        yield _check("topics", lambda: _topics(settings))
    if not schema.ok:
        return
    yield _check("channels", lambda: _halts(settings))
    yield _check("assignment", lambda: _assignment(settings))
    yield _check("records", lambda: _records(settings))
    key = _check("master key", lambda: _log(settings))
    yield key
    if key.ok:
        if settings.public_url:
            yield _check("public address", lambda: _public_address(settings))
        yield _check("quarantine", lambda: _quarantine(settings))
        yield _check("erased contacts", lambda: _erased(settings))


def _check(what: str, act: Callable[[], str | None]) -> Finding:
    try:
        return Finding(what, True, act() or "")
    except (ServerTooOld, OlderCopy, SchemaRefused, WrongMasterKey, LogUnavailable, psycopg.Error) as error:
        return Finding(what, False, str(error).splitlines()[0])
    except (TopicsUnavailable, NotOurs) as error:
        return Finding(what, False, str(error))


def _advice(settings: Settings) -> str:
    advice = unprotected(settings)
    if settings.is_public_demo:
        advice.append("BALCAO_DEMO=public: whoever has one of the demo's passwords can log in from elsewhere")
    elif settings.is_demo and not settings.embedded:
        advice.append("BALCAO_DEMO is on: anyone who knows the demo's password can log in")
    if not settings.is_demo and not settings.whatsapp_token:
        advice.append("BALCAO_WHATSAPP_TOKEN is missing: nothing can be sent")
    if not settings.simulated and settings.unbound_secrets:
        advice.append(
            "BALCAO_WHATSAPP_APP_SECRET has a secret without numbers, which speaks for every number of every"
            " tenant: write secret@1234+5678 with the phone number ids of its app"
        )
    if settings.events_personal == "clear":
        advice.append(
            "BALCAO_EVENTS_PERSONAL=clear: what customers write, and names of customers and agents, leave on"
            " the topic conversation.events.v1, where Kafka keeps them for seven days whoever is erased"
        )
    if settings.kafka_key and (problem := exposure(Path(settings.kafka_key))) is not None:
        advice.append(f"BALCAO_KAFKA_KEY: {problem}")
    if settings.test_flags:
        advice.append("BALCAO_TEST_FLAGS is on: not for production")
    return "; ".join(advice)


def _database(settings: Settings) -> str | None:
    found = server_info(settings.database_url)
    if found.version < OLDEST_POSTGRESQL:
        raise ServerTooOld(f"PostgreSQL {found.version} is too old: {OLDEST_POSTGRESQL} is needed")
    return None if found.durable else "fsync is off: a power failure loses messages"


def _clock(url: str) -> str | None:
    alarm = skew_alarm((database_time(url) - utc_now.local()).total_seconds())
    return None if alarm is None else f"this machine's {alarm}: repair NTP"


def _listens(url: str) -> str | None:
    if listen_works(url):
        return None
    return "notifications do not arrive (a pooler?): everything works by polling, a second later"


def _log(settings: Settings) -> None:
    log_of(settings).close()


def _public_address(settings: Settings) -> str:
    with log_of(settings) as log:
        log_id = log.log_id()
    return "; ".join(examine_public_address(settings, log_id))


def _topics(settings: Settings) -> None:
    with closing(topics_of(settings)) as topics:
        for name in ALL_TOPICS:
            topics.partitions(name)


def _records(settings: Settings) -> str | None:
    with (
        closing(topics_of(settings)) as topics,
        QueryPool(settings.database_url, 1, "doctor") as pool,
    ):
        states = measure(topics, StoredOffsets(pool))
    if stopped := [f"{state.topic}/{state.partition}" for state in states if state.stopped]:
        raise TopicsUnavailable(f"{', '.join(stopped)} stopped, the next record is gone; see `balcao topics`")
    advice = []
    if parked := sum(state.unread for state in states if state.group == PARKED):
        advice.append(f"{parked} parked; see `balcao parked list`")
    if late := sum(state.unread for state in states if state.late and state.group != PARKED):
        advice.append(f"{late} not read for long; see `balcao topics`")
    return "; ".join(advice)


def _quarantine(settings: Settings) -> str | None:
    with log_of(settings) as log:
        waiting = sum(row.items for row in summary(log.datastore))
    return f"{waiting} items waiting; see `balcao quarantine list`" if waiting else None


def _erased(settings: Settings) -> None:
    with log_of(settings) as log:
        back = ErasureCommands(log, ErasedList(settings.erased_list_file)).brought_back()
    if back:
        raise OlderCopy(
            f"{back} contacts of {settings.erased_list_file} are not erased here, so this is an older copy"
            " of the database; run `balcao migrate --restored`"
        )


def _halts(settings: Settings) -> str | None:
    halts = count_notices(settings.database_url, HALTED)
    if halts.last_at is None:
        return None
    last = halts.last_at.isoformat(timespec="seconds")
    return f"WhatsApp halted a channel {halts.times} times in the last day, most recently at {last}"


def _assignment(settings: Settings) -> str | None:
    if not assigner_never_ran(settings.database_url):
        return None
    return "a channel assigns its tickets automatically, but `balcao assign` never ran"
