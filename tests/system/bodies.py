"""Posts every sample body to a running Balcão and tells what became of each item.

`python -m tests.system.bodies` writes the table that is kept in `docs/webhook-bodies.md`.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from psycopg import sql

from adapters.postgres.log.event_log import PostgresLog
from services.app.demo import COMPANY
from services.commands.installation import InstallationCommands
from tests.adapters.whatsapp.bodies import webhook_files
from tests.support.waiting import until
from tests.system.installation import Installation, installation
from tests.system.servers import Machine
from tests.system.webhooks import as_meta_writes, post_until_taken

TABLE = Path(__file__).parents[2] / "docs" / "webhook-bodies.md"
FOLDED = {
    "conversation.message_received": "row of the timeline",
    "conversation.message_echoed": "row of the timeline (written in the WhatsApp app)",
    "conversation.message_imported": "row of the timeline (imported, no rule fires)",
    "conversation.notice_received": "row of the timeline (notice of WhatsApp)",
    "conversation.reaction_changed": "change applied (reaction)",
    "conversation.message_edited": "change applied (edit)",
    "conversation.message_revoked": "change applied (revocation)",
    "contact.marketing_preferred": "choice about marketing applied",
    "delivery.accepted": "status applied",
    "delivery.delivered": "status applied",
    "delivery.read": "status applied",
    "delivery.failed": "status applied",
}
SAID_BEFORE = {
    f"pywa/user_preferences_{value}": "choice about marketing that an earlier body told"
    for value in ("resume", "signup")
}
"""Bodies after which nothing is to be seen, with a word for what they say."""

KEPT = {"orphans": "kept for a message not seen yet", "quarantine": "quarantine"}


def with_ids_of_its_own(body: Any, n: int) -> Any:
    """The same body with the ids of its messages made its own; what it names of itself follows.

    Where one id stands for several messages (a placeholder of the source), each gets another.
    """
    own = {item["id"] for value in _values(body) for item in _messages(value)}

    def renamed(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: renamed(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [renamed(inner) for inner in part]
        return f"{part}.{n}" if isinstance(part, str) and part in own else part

    renewed = renamed(body)
    seen: Counter[str] = Counter()
    for value in _values(renewed):
        for item in _messages(value):
            seen[item["id"]] += 1
            if seen[item["id"]] > 1:
                item["id"] = f"{item['id']}.{seen[item['id']]}"
    return renewed


def items_in(body: Any) -> tuple[int, int, int]:
    """(messages, statuses, other changes) of a body, counted without our reader."""
    values = list(_values(body))
    messages = sum(len(_messages(value)) for value in values)
    statuses = sum(len(value.get("statuses", [])) for value in values)
    others = sum(not _messages(value) and not value.get("statuses") for value in values)
    return messages, statuses, others


def numbers_in(body: Any) -> set[str]:
    """Every phone number id that a body speaks of."""
    found: set[str] = set()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("phone_number_id"), str):
                found.add(part["phone_number_id"])
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                look(inner)

    look(body)
    return found


def register_numbers(running: Installation, bodies: list[Any]) -> None:
    """Make every number of the samples a channel of the demo tenant."""
    log = PostgresLog(running.environment["BALCAO_DATABASE_URL"], running.environment["BALCAO_MASTER_KEY"])
    try:
        administration = InstallationCommands(log, "system:tests")
        tenant = administration.tenant_named(COMPANY)
        for number in sorted(set().union(*map(numbers_in, bodies))):
            administration.add_channel(tenant, number, f"Canal {number}", "portfolio")
    finally:
        log.close()


def what_became(running: Installation) -> Iterator[tuple[str, list[str]]]:
    """Post each sample by itself; yield its name and a word for each of its items."""
    files = webhook_files()
    bodies = [with_ids_of_its_own(json.loads(path.read_bytes()), n) for n, path in enumerate(files)]
    register_numbers(running, bodies)
    with (
        psycopg.connect(running.environment["BALCAO_DATABASE_URL"], autocommit=True) as connection,
        httpx2.Client(timeout=10.0) as client,
    ):
        before = _seen(connection)
        for path, body in zip(files, bodies, strict=True):
            name = f"{path.parent.name}/{path.stem}"
            expected = 0 if name in SAID_BEFORE else sum(items_in(body))
            tries = post_until_taken(client, running.webhook_url, as_meta_writes(body))
            assert tries == 1, f"{name} was not taken at once"
            now = until(name, lambda: _more(connection, before, expected), 20.0)  # noqa: B023
            yield name, [SAID_BEFORE[name]] if name in SAID_BEFORE else sorted((now - before).elements())
            before = now


def _more(connection: psycopg.Connection, before: Counter[str], expected: int) -> Counter[str] | None:
    now = _seen(connection)
    return now if (now - before).total() >= expected else None


def _seen(connection: psycopg.Connection) -> Counter[str]:
    """How many items became what, so far."""
    seen: Counter[str] = Counter()
    for topic, count in connection.execute("select topic, count(*) from events group by topic"):
        if topic in FOLDED:
            seen[FOLDED[topic]] += count
    seen["status applied"] -= seen[FOLDED["conversation.message_echoed"]]  # each begins as accepted
    for table, word in KEPT.items():
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
        seen[word] += row[0] if row else 0
    for field, count in connection.execute("select field, count(*) from notices group by field"):
        seen[f"kept raw, field {field}"] += count
    return +seen


def _values(body: Any) -> Iterator[dict[str, Any]]:
    for entry in body["entry"]:
        for change in entry.get("changes", []):
            yield change["value"]


def _messages(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [*value.get("messages", []), *value.get("message_echoes", [])]


def page(became: dict[str, list[str]]) -> str:
    """The table as it is kept."""
    lines = [
        "# What becomes of each sample webhook",
        "",
        "Each of the 187 bodies of `tests/fixtures/whatsapp`, posted alone with a right signature and ids of",
        "its own, every number known. Made by `python -m tests.system.bodies`; the system test compares it.",
        "",
        "| body | items |",
        "| --- | --- |",
    ]
    lines += [f"| `{name}` | {', '.join(words)} |" for name, words in became.items()]
    total = Counter(word for words in became.values() for word in words)
    lines += ["", "| in all | |", "| --- | --- |"]
    lines += [f"| {word} | {count} |" for word, count in sorted(total.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    folder = Path(tempfile.mkdtemp(prefix="balcao-bodies-"))
    folder.chmod(0o711)
    with Machine.running(folder) as machine, installation(folder, machine.database_url) as running:
        running.start("api", "work")
        TABLE.write_text(page(dict(what_became(running))))


if __name__ == "__main__":
    main()
