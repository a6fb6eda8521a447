"""Replays items of the quarantine whose number has become known: produces them again, then releases them."""

from dataclasses import dataclass

import structlog

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.quarantine import now_known
from adapters.whatsapp.split import key_of
from domain.log.append import Appended, Held
from schemas.inbound import decode
from schemas.topics import INBOUND, Outgoing, Topics
from services.inbound.decisions import UNKNOWN_NUMBER
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

PAGE = 100

log = structlog.get_logger("quarantine")


@dataclass(frozen=True, slots=True)
class QuarantineReplay:
    """Replays items of the quarantine. A crash may repeat one; its message id absorbs that."""

    log: PostgresLog
    topics: Topics

    def run_once(self) -> int:
        """Replay the items of all numbers that are known now; return their number."""
        return sum(self.number(number) for number in now_known(self.log.datastore))

    def number(self, phone_number_id: str, code: str = UNKNOWN_NUMBER) -> int:
        """Replay the items of one number with this code; return their number."""
        taken = 0
        while held := self.log.quarantined(phone_number_id, PAGE, code):
            self.topics.produce([_record(one) for one in held])
            unit = UnitOfWork(StreamCache(self.log))
            unit.release(held)
            done = unit.commit()
            assert isinstance(done, Appended), "a release moves no stream and claims no key"
            taken += len(held)
        if taken:
            log.info("quarantined items replayed", items=taken)
        return taken


def _record(held: Held) -> Outgoing:
    item = decode(held.item.raw)
    headers = {"received_at": item.received_at.isoformat().encode(), "body_hash": item.body_hash.encode()}
    return Outgoing(INBOUND, key_of(item), held.item.raw, headers)
