"""What people do on the page, and where they find things."""

import re
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.waiting import until
from tests.system.installation import NUMBER, Installation

MARINA = "Marina Teixeira"
BOT_NUMBER = "100000000000002"
"""The phone number id of the demo's channel with a bot."""
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
STANDS = "document.getAnimations().every(each => each.playState !== 'running')"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    # An experiment that takes the initials in a square for words of its link.
    "rules": {"label-content-name-mismatch": {"enabled": False}},
}


def named(customer: str) -> re.Pattern[str]:
    """Match an accessible name that begins with the customer's name."""
    return re.compile(f"^{re.escape(customer)}")


def log_in(
    context: BrowserContext, running: Installation, email: str = "ana@demo.balcao", password: str = "balcao"
) -> Page:
    """Log in on a new page and wait for the workspace."""
    page = context.new_page()
    page.goto(running.url)
    enter(page, email, password)
    return page


def enter(page: Page, email: str = "ana@demo.balcao", password: str = "balcao") -> None:
    """Log in on the login page and wait for the workspace."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill(password)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("navigation", name="Principal")).to_be_visible()


def open_phone(context: BrowserContext, running: Installation, customer: str = MARINA) -> Page:
    """Open a customer's phone on a new page."""
    page = context.new_page()
    page.goto(f"{running.url}/telefone")
    page.get_by_role("button", name=named(customer)).first.click()
    return page


def send_message(page: Page, text: str) -> None:
    """Send a text, from the desk or from a phone."""
    box = page.get_by_role("textbox", name="Mensagem")
    box.fill(text)
    box.press("Enter")


def open_queue(desk: Page) -> None:
    desk.get_by_role("link", name="Fila").click()


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def open_conversation(desk: Page, customer: str) -> None:
    """Open the customer's conversation, whatever its state."""
    desk.bring_to_front()
    desk.get_by_role("link", name="Todos").click()
    conversation = desk.get_by_role("link", name=named(customer))

    def is_in_sight() -> bool:
        if conversation.count():
            return True
        # Scroll the list by its height; from its end to its beginning.
        desk.locator(".rail-list").evaluate(
            "list => list.scrollTo(0, list.scrollTop + list.clientHeight < list.scrollHeight - 1"
            " ? list.scrollTop + list.clientHeight : 0)"
        )
        return False

    until(f"{customer} in the list", is_in_sight, 30.0, 0.1)
    conversation.click()
    expect(desk.get_by_role("log")).to_be_visible()


def choose_action(desk: Page, what: str) -> None:
    """Choose an action from the menu of the open ticket."""
    desk.get_by_role("button", name="Mais ações").click()
    desk.get_by_role("menuitem", name=what).click()


def new_customer_writes(running: Installation, customer: str, *texts: str, to_the_bot: bool = False) -> str:
    """Write as a customer of this test alone, whose phone nobody looks at; return its `wa_id`."""
    number = BOT_NUMBER if to_the_bot else NUMBER
    phones = f"{running.url}/simulator/v1/phones"
    added = httpx2.post(phones, json={"name": customer, "phone_number_id": number}, timeout=15.0)
    wa_id: str = added.json()["wa_id"]
    customer_writes(running, wa_id, *texts)
    return wa_id


def customer_writes(running: Installation, wa_id: str, *texts: str) -> None:
    """Write from the phone of a customer, which nobody looks at."""
    messages = f"{running.url}/simulator/v1/phones/{wa_id}/messages"
    for text in texts:
        httpx2.post(messages, json={"text": text}, timeout=15.0).raise_for_status()


def holds(page: Page) -> None:
    """Say which element breaks which rule of accessibility, on what is shown now."""
    until("what moves to stand", lambda: page.evaluate(STANDS))
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    broken = [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert broken == [], f"{page.url}\n" + "\n".join(broken)
