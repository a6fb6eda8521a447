"""The worker processes: each alone, or all as threads of `balcao work`."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from types import FrameType

import structlog

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower import LogFollower
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import DatabaseUnusable
from adapters.postgres.server.requirements import check_requirements
from adapters.whatsapp.graph import GraphApi
from domain.log.port import LogUnavailable
from schemas.topics import Topics
from services.commands.erasure import ErasureCommands
from services.queries.channels import ChannelLookup
from services.runtime.children import announce_ready, die_with_parent, pause_before_next_s
from services.runtime.clock import utc_now
from services.runtime.erased_list import ErasedList
from services.runtime.event_log import log_of
from services.runtime.gc_tuning import collect_rarely
from services.runtime.heartbeat import beating
from services.runtime.log_setup import configure_log
from services.runtime.settings import Settings
from services.runtime.topics import topics_of
from services.workers.assigner import Assigner
from services.workers.ingest.bot_replies import BotReplies
from services.workers.ingest.ingestor import Ingestor
from services.workers.ingest.quarantine_replay import QuarantineReplay
from services.workers.project.project import project
from services.workers.publish.publisher import NAME, TRANSIENT_ERRORS, publisher_of
from services.workers.scheduler import Scheduler
from services.workers.send.sender import MessageSender
from services.workers.template_sync import SyncRequests, TemplateSync
from services.workers.topic_watch import watching

STOP_S = 9.0
AWAY_S = 1.0

log = structlog.get_logger("work")

Worker = Callable[[Settings, threading.Event], None]


def ingest(settings: Settings, stop: threading.Event) -> None:
    """Take inbound webhook items into the log, until `stop`."""
    with _opened(settings, 2) as (event_log, topics):
        take_up = QuarantineReplay(event_log, topics)
        with QueryPool(settings.database_url, 1, "ingest") as pool:
            ingestor = Ingestor(event_log, topics, ChannelLookup(event_log), sync=SyncRequests(pool))
            ingestor.run(stop, take_up.run_once)


def bot_replies(settings: Settings, stop: threading.Event) -> None:
    """Take bot replies into the log, until `stop`."""
    with _opened(settings, 2) as (event_log, topics):
        BotReplies(event_log, topics, ChannelLookup(event_log), utc_now).run(stop)


def publish(settings: Settings, stop: threading.Event) -> None:
    """Publish events of the log to the topics, until `stop`."""
    with _opened(settings, 2) as (event_log, topics):
        follower = LogFollower(settings.database_url, NAME, event_log, transient=TRANSIENT_ERRORS)
        with closing(follower):
            publisher_of(settings, event_log, topics).run(follower, stop)


def send(settings: Settings, stop: threading.Event) -> None:
    """Send outbound messages to WhatsApp, until `stop`."""
    with (
        _opened(settings, 3) as (event_log, topics),
        closing(GraphApi(settings.graph_url, settings.whatsapp_token)) as graph,
        QueryPool(settings.database_url, 1, "send") as pool,
    ):
        channels, sync = ChannelLookup(event_log), SyncRequests(pool)
        MessageSender(event_log, topics, channels, graph, utc_now, sync=sync).run(stop)


def schedule(settings: Settings, stop: threading.Event) -> None:
    """Fire timers that are due, watch the topics and delete what has expired, until `stop`."""
    with _opened(settings, 2) as (event_log, topics), watching(topics, settings.database_url):
        erasures = ErasureCommands(event_log, ErasedList(settings.erased_list_file))
        erasures.housekeep()
        Scheduler(event_log, (event_log.delete_old_responses, erasures.housekeep)).run(stop)


def assign(settings: Settings, stop: threading.Event) -> None:
    """Assign waiting tickets to present agents, until `stop`."""
    url = settings.database_url
    with _opened(settings, 2) as (event_log, _), QueryPool(url, 1, "assign") as pool:
        Assigner(event_log, pool, url).run(stop)


def templates(settings: Settings, stop: threading.Event) -> None:
    """Read the templates of the WhatsApp accounts from Meta, until `stop`."""
    url = settings.database_url
    with (
        _opened(settings, 2) as (event_log, _),
        QueryPool(url, 1, "templates") as pool,
        closing(GraphApi(settings.graph_url, settings.whatsapp_token)) as graph,
    ):
        TemplateSync(event_log, pool, graph).run(stop)


WORKERS: Mapping[str, Worker] = {
    "ingest": ingest,
    "bot-replies": bot_replies,
    "project": project,
    "publish": publish,
    "send": send,
    "schedule": schedule,
    "assign": assign,
    "templates": templates,
}


def run(process: str, settings: Settings) -> None:
    """Run one worker, or all of them as `work`; see `run_all`.

    Raises:
        SchemaRefused, WrongMasterKey: the database or the key belongs to another version or installation.
    """
    run_all(process, WORKERS if process == "work" else {process: WORKERS[process]}, settings)


def run_all(process: str, workers: Mapping[str, Worker], settings: Settings, expected: bool = True) -> None:
    """Run these workers until SIGTERM or SIGINT, then stop within ten seconds.

    Workers that are `expected` send heartbeats; without them the installation is not ready.

    Raises:
        SchemaRefused, WrongMasterKey: the database or the key belongs to another version or installation.
    """
    configure_log(process)
    collect_rarely()
    die_with_parent()
    stop = threading.Event()
    _end_on_signals(stop)
    check_requirements(settings.database_url)
    with log_of(settings, 1):
        pass
    threads = [
        threading.Thread(
            target=_supervise, args=[name, worker, settings, stop, expected], name=name, daemon=True
        )
        for name, worker in workers.items()
    ]
    for thread in threads:
        thread.start()
    announce_ready(process=process)
    while not stop.wait(1.0):
        pass
    ends_by = time.monotonic() + STOP_S
    for thread in threads:
        thread.join(max(0.0, ends_by - time.monotonic()))
    if late := [thread.name for thread in threads if thread.is_alive()]:
        log.warning("workers still running, exiting without them", threads=late)
        sys.stdout.flush()
        os._exit(0)


def _supervise(name: str, worker: Worker, settings: Settings, stop: threading.Event, expected: bool) -> None:
    """Run a worker, and again when it fails; the pauses grow while it fails soon after its start.

    They do not grow while the database is away, or its work would wait for them when it is back.
    """
    pause_s = 0.0
    while not stop.is_set():
        began = time.monotonic()
        try:
            if not expected:
                worker(settings, stop)
                continue
            with beating(settings.database_url, name, stop) as beating_stop:
                worker(settings, beating_stop)
        except (LogUnavailable, DatabaseUnusable) as away:
            log.warning("database unavailable, retrying", worker=name, again_in_s=AWAY_S, reason=str(away))
            stop.wait(AWAY_S)
        except Exception as failed:
            pause_s = pause_before_next_s(pause_s, time.monotonic() - began)
            log.error("worker failed, restarting", worker=name, again_in_s=pause_s, exc_info=failed)
            stop.wait(pause_s)


@contextmanager
def _opened(settings: Settings, pool_size: int) -> Iterator[tuple[PostgresLog, Topics]]:
    with (
        log_of(settings, pool_size) as event_log,
        closing(topics_of(settings)) as topics,
    ):
        yield event_log, topics


def _end_on_signals(stop: threading.Event) -> None:
    def request_stop(_: int, __: FrameType | None) -> None:
        # In a thread of its own: the interrupted main thread may hold the event's lock.
        threading.Thread(target=stop.set, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
