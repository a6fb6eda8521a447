"""What arrives in another order, from the phone's app, or is no message: as an agent sees it."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx2
from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import bubble, log_in, open_conversation, send_message
from tests.support import traffic
from tests.system.installation import NUMBER, Installation
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

ZULEICA, WHO = "Zuleica Prado", "5571990001234"
NOW = datetime.now(UTC)


def posted(running: Installation, body: bytes) -> None:
    httpx2.post(running.webhook_url, content=body, headers=signed(body), timeout=10.0).raise_for_status()


def customer(running: Installation, *items: dict[str, Any]) -> None:
    posted(running, as_meta_writes(body_of(items, {WHO: ZULEICA})))


def test_a_thread_with_the_phones_app_late_changes_and_what_is_no_message(
    context: BrowserContext, running: Installation
) -> None:
    second = int(NOW.timestamp())
    customer(running, text_item("zu1", WHO, "Onde está o pedido?", NOW))
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, ZULEICA)

    # somebody answers on the phone
    posted(running, traffic.echoes(traffic.echo("zu2", "Sai hoje", WHO, second + 1), number=NUMBER))
    from_app = bubble(desk, "Sai hoje")
    expect(from_app).to_have_accessible_name(re.compile("^Pelo aplicativo,"), timeout=15_000)
    customer(running, traffic.reaction("zu3", "zu2", "❤️", WHO, second + 90))
    customer(running, traffic.reaction("zu4", "zu2", "👍", WHO, second + 80))

    # edits that overtake each other
    customer(running, traffic.edit("zu5", "zu1", "Onde está a versão três?", WHO, second + 30))
    customer(running, traffic.edit("zu6", "zu1", "Onde está a versão dois?", WHO, second + 10))
    # what is no message to us is a notice, and the last to arrive
    customer(running, traffic.text("zu7", "Oi, grupo", WHO, second + 95, group_id="HPgroup"))
    notice = desk.get_by_text("Escreveu em um grupo, não nesta conversa")
    expect(notice).to_be_visible(timeout=15_000)
    expect(bubble(desk, "Onde está a versão três?")).to_have_count(1)
    expect(from_app.get_by_role("img", name="Reação: ❤️")).to_be_visible()
    expect(desk.get_by_text("Oi, grupo")).to_have_count(0)

    # what is pasted with a vertical tab keeps its words apart, at once and once stored
    send_message(desk, "Rua A\vApto 2")
    address = bubble(desk, "Rua A")
    expect(address).to_contain_text("Apto 2")
    for _ in range(2):
        expect(address.locator("[dir=auto]").last).to_have_text("Rua A\nApto 2", use_inner_text=True)
        desk.reload()
        expect(address).to_have_count(1)
