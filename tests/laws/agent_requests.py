"""What people may ask of a conversation through HTTP: a word, and the request that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.laws.installation import LawTenant

SOON_S = 0.2
ZONE = "America/Sao_Paulo"

SAYS = ("send", "send", "send", "note", "schedule", "cancel", "mark", "unmark")
TRANSFERS = ("take", "take", "give", "give_back", "transfer", "to_team", "bot", "bot_anew", "undo")
SNOOZES = ("snooze", "snooze_long", "wake", "undo")
ENDS = ("close", "tag", "untag", "undo", "close_all", "snooze_all")
KNOWS = ("card", "merge", "merge", "part")

Request = tuple[str, str, Any]


@dataclass(frozen=True)
class KnownState:
    """What somebody sees: of each conversation the control version and the contact, and what is scheduled."""

    controls: Mapping[UUID, int]
    contacts: Mapping[UUID, UUID]
    scheduled: UUID


def request(wish: str, who: str, tenant: LawTenant, thread: UUID, known: KnownState) -> Request:
    """Method, path and body."""
    if wish in KNOWS:
        return _of_contact(wish, thread, known)
    if wish.endswith("_all"):
        return _of_all(wish, known)
    method, place, body = _of_ticket(wish, who, tenant, known)
    return method, f"/v1/conversations/{thread}{place}", body


def _of_ticket(wish: str, who: str, tenant: LawTenant, known: KnownState) -> Request:
    other = str(tenant.people["bruno" if who == "ana" else "ana"])
    soon, later = _from_now(SOON_S), _from_now(30 * 3_600)
    requests: dict[str, Request] = {
        "send": ("POST", "/messages", {"type": "text", "text": "resposta"}),
        "take": ("PUT", "/assignee", {"assignee_id": str(tenant.people[who])}),
        "give": ("PUT", "/assignee", {"assignee_id": other}),
        "give_back": ("DELETE", "/assignee", None),
        "transfer": ("POST", "/transfer", {"agent_id": other, "note": "veja isto"}),
        "to_team": ("POST", "/transfer", {"team_id": str(tenant.team_id)}),
        "mark": ("PUT", "/answered", {"answered": False}),
        "unmark": ("PUT", "/answered", {"answered": True}),
        "snooze": ("PUT", "/snooze", {"until": soon, "zone": ZONE}),
        "snooze_long": ("PUT", "/snooze", {"until": later, "zone": ZONE, "keep": True}),
        "wake": ("DELETE", "/snooze", None),
        "close": ("POST", "/close", {"reason": "resolvido", "tags": ["fim"]}),
        "undo": ("POST", "/undo", None),
        "note": ("POST", "/notes", {"text": "nota", "mentions": [other]}),
        "tag": ("PUT", "/tags", {"tags": ["vip", "troca"]}),
        "untag": ("PUT", "/tags", {"tags": []}),
        "schedule": ("POST", "/scheduled", {"text": "até logo", "due_at": soon, "zone": ZONE}),
        "cancel": ("DELETE", f"/scheduled/{known.scheduled}", None),
        "bot": ("POST", "/bot", {"until": "agent"}),
        "bot_anew": ("POST", "/bot", {"until": "flow_end", "close": True}),
    }
    return requests[wish]


def _of_contact(wish: str, thread: UUID, known: KnownState) -> Request:
    path = f"/v1/contacts/{known.contacts[thread]}"
    into = next((str(id) for other, id in known.contacts.items() if other != thread), path[-36:])
    requests: dict[str, Request] = {
        "card": ("PUT", path, {"name": "Dona Rita"}),
        "merge": ("POST", f"{path}/merge", {"into": into}),
        "part": ("DELETE", f"{path}/merge", None),
    }
    return requests[wish]


def _of_all(wish: str, known: KnownState) -> Request:
    items = [{"conversation_id": str(id), "control": control} for id, control in known.controls.items()]
    asked = {
        "close_all": {"action": "close", "reason": "fim do dia"},
        "snooze_all": {"action": "snooze", "until": _from_now(SOON_S), "zone": ZONE},
    }
    return "POST", "/v1/tickets/bulk", asked[wish] | {"items": items}


def _from_now(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
