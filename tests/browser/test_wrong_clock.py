"""A computer whose clock is wrong: the page goes by the server's."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.actions import bubble, choose_action, log_in, open_conversation, send_message
from tests.support.traffic import body, person, signature, text
from tests.system.installation import APP_SECRET, NUMBER, Installation

SHIFTED = """
(() => {
  const True = Date
  window.shiftMs = %d
  globalThis.Date = class extends True {
    constructor(...given) { given.length ? super(...given) : super(True.now() + window.shiftMs) }
    static now() { return True.now() + window.shiftMs }
  }
})()
"""


def wrote(running: Installation, customer: str, sender: str, ago: timedelta) -> None:
    """Somebody wrote a while ago, by WhatsApp's clock."""
    at = int((datetime.now(UTC) - ago).timestamp())
    message = text(f"wamid.{uuid4().hex}", "Ainda dá tempo?", sender, at)
    raw = body([message], contacts=[person(sender, customer)], number=NUMBER)
    signed = {"X-Hub-Signature-256": signature(raw, APP_SECRET)}
    httpx2.post(running.webhook_url, content=raw, headers=signed, timeout=15.0).raise_for_status()


def minutes_left(desk: Page) -> int:
    """What the page says is left of the window, in minutes."""
    left = desk.locator(".window-pill")
    expect(left).to_contain_text(re.compile(r"\d+ min|\d+ h"))
    told = re.search(r"(?:(\d+) h)?\s*(?:(\d+) min)?\s*$", left.inner_text().strip())
    assert told is not None
    return int(told[1] or 0) * 60 + int(told[2] or 0)


@pytest.mark.parametrize(
    ("customer", "sender", "ahead", "left"),
    [
        ("Iolanda Braz", "5520990070001", timedelta(hours=1), 45),  # F6
        ("Ivone Braz", "5520990070002", timedelta(days=3), 45),
        ("Irene Braz", "5520990070003", timedelta(hours=-2), 90),
    ],
)
def test_what_the_server_takes_can_be_written_whatever_the_computer_s_clock_says(
    context: BrowserContext, running: Installation, customer: str, sender: str, ahead: timedelta, left: int
) -> None:
    # given a computer with a wrong clock, and a customer whose window is nearly over
    context.add_init_script(SHIFTED % (ahead / timedelta(milliseconds=1)))
    wrote(running, customer, sender, timedelta(hours=24) - timedelta(minutes=left, seconds=30))
    desk = log_in(context, running)

    # when Ana opens the conversation
    open_conversation(desk, customer)

    # then it says what is truly left, and her answer is taken
    assert minutes_left(desk) in (left - 1, left)
    desk.get_by_role("button", name="Assumir").click()
    send_message(desk, "Dá, sim!")
    expect(bubble(desk, "Dá, sim!")).to_be_visible()
    expect(desk.get_by_role("article").filter(has_text="Dá, sim!")).not_to_contain_text("não saiu")

    # and what she snoozes comes back at the true hour
    choose_action(desk, "Adiar")
    sheet = desk.get_by_role("dialog", name=re.compile("^Adiar"))
    sheet.get_by_role("button", name=re.compile("^Em 1 hora")).click()
    sheet.get_by_role("button", name=re.compile("^Adiar")).click()
    with running.agent() as ana:
        (ticket,) = [
            one
            for one in ana.get("/v1/tickets", params={"view": "snoozed"}).json()["items"]
            if one["contact"]["name"] == customer
        ]
    due = datetime.fromisoformat(ticket["snoozed_until"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < due <= timedelta(minutes=62)


def test_a_clock_that_is_set_while_the_page_is_open_locks_no_field(
    context: BrowserContext, running: Installation
) -> None:
    context.add_init_script(SHIFTED % 0)
    wrote(running, "Inês Braz", "5520990070004", timedelta(hours=23, minutes=15, seconds=-30))
    desk = log_in(context, running)
    open_conversation(desk, "Inês Braz")
    desk.get_by_role("button", name="Assumir").click()
    field = desk.get_by_role("textbox", name="Mensagem")
    expect(field).to_be_enabled()

    desk.evaluate("window.shiftMs = 3600000")
    field.fill("Ainda")  # its draft is stored: the answer has the server's time
    desk.wait_for_function("document.querySelector('.window-pill').textContent.includes('min')")
    desk.get_by_role("link", name="Fila").click()
    open_conversation(desk, "Inês Braz")
    assert minutes_left(desk) in (44, 45)
    expect(field).to_be_enabled()
