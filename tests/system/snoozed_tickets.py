"""Tickets that are snoozed for moments, again and again: each wakes once."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2

from domain.conversation.ticket_events import Snoozed, Woken
from domain.event import Recorded
from tests.system.installation import Installation
from tests.system.webhooks import as_meta_writes, body_of, post_until_taken, text_item

NAP = timedelta(seconds=2)


@dataclass
class SnoozedTickets:
    """Customers who wrote once, and whose tickets an admin puts off."""

    installation: Installation
    seed: int
    promised: dict[UUID, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    """By conversation: the hours that were answered 200."""

    def write(self, many: int) -> None:
        with httpx2.Client(timeout=10.0) as client:
            for n in range(many):
                wa_id = f"5522{960000000 + self.seed % 1000 * 1000 + n}"
                item = text_item(f"wamid.{wa_id}", wa_id, "Até já", datetime.now(UTC))
                post_until_taken(client, self.installation.webhook_url, as_meta_writes(body_of([item])))

    def nap(self) -> bool:
        """Snooze whatever is awake; return whether anything ever was. What is refused now is tried again."""
        try:
            with self.installation.agent("admin@demo.balcao") as client:
                answer = client.get("/v1/tickets", params={"view": "all", "limit": 200, "sort": "queued"})
                for ticket in answer.json()["items"]:
                    asleep = ticket["state"] == "snoozed"
                    if not asleep and ticket["last_message"]["text"] == "Até já":
                        self._snooze(client, ticket["conversation_id"], ticket["control"])
        except httpx2.TransportError:
            pass
        return bool(self.promised)

    def _snooze(self, client: httpx2.Client, conversation_id: str, control: int) -> None:
        hour = datetime.now(UTC) + NAP
        body = {"until": hour.isoformat(), "zone": "America/Sao_Paulo", "keep": True}
        path, seen = f"/v1/conversations/{conversation_id}/snooze", {"If-Match": f'"{control}"'}
        answer = client.put(path, json=body, headers=seen)
        if answer.status_code == 200:
            self.promised[UUID(conversation_id)].add(hour)
        else:
            assert answer.status_code in (409, 422, 429, 500, 502, 503), answer.text

    def check(self, events: list[Recorded]) -> list[str]:
        """What is wrong by the log: a snooze that was promised and is not there, that woke twice or never."""
        wrong = []
        hours: dict[UUID, list[datetime]] = defaultdict(list)
        asleep: set[UUID] = set()
        for event in events:
            match event.fact:
                case Snoozed(until=until):
                    hours[event.stream_id].append(until)
                    asleep.add(event.stream_id)
                case Woken(cause=cause) if event.stream_id in asleep:
                    asleep.remove(event.stream_id)
                    if cause == "time" and event.recorded_at < hours[event.stream_id][-1]:
                        wrong.append(f"{event.stream_id}: woke before it was due")
                case Woken():
                    wrong.append(f"{event.stream_id}: woke twice")
        wrong += [f"{thread}: never woke" for thread in asleep]
        for thread, promised in self.promised.items():
            if missing := promised - set(hours[thread]):
                wrong.append(f"{thread}: promised and not snoozed: {missing}")
        return wrong
