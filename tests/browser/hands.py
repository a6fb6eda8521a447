"""What people do in the page, and where things stand there."""

import re

import httpx2
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.system.installation import NUMBER, Installation

MARINA = "Marina Teixeira"
BOT_NUMBER = "100000000000002"
"""The phone number id of the demo's channel with a bot."""


def called(customer: str) -> re.Pattern[str]:
    """The accessible name of a customer begins with their name, and says more."""
    return re.compile(f"^{customer}")


def enter(context: BrowserContext, running: Installation, email: str = "ana@demo.balcao") -> Page:
    page = context.new_page()
    page.goto(running.url)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill("balcao")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("navigation", name="Principal")).to_be_visible()
    return page


def phone(context: BrowserContext, running: Installation, customer: str = MARINA) -> Page:
    page = context.new_page()
    page.goto(f"{running.url}/telefone")
    page.get_by_role("button", name=called(customer)).first.click()
    return page


def writes(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Mensagem")
    box.fill(text)
    box.press("Enter")


def queue_of(desk: Page) -> None:
    desk.get_by_role("link", name="Fila").click()


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def opened(desk: Page, customer: str) -> None:
    """The customer's conversation, wherever it stands."""
    desk.bring_to_front()
    desk.get_by_role("link", name="Todos").click()
    desk.get_by_role("link", name=called(customer)).click()
    expect(desk.get_by_role("log")).to_be_visible()


def asked(desk: Page, what: str) -> None:
    """One of the three dots at the right."""
    desk.get_by_role("button", name="Mais ações").click()
    desk.get_by_role("menuitem", name=what).click()


def somebody_writes(running: Installation, customer: str, text: str, to_the_bot: bool = False) -> None:
    """A customer whom no other test knows, on a phone that nobody looks at."""
    number = BOT_NUMBER if to_the_bot else NUMBER
    phones = f"{running.url}/simulator/v1/phones"
    added = httpx2.post(phones, json={"name": customer, "phone_number_id": number}, timeout=15.0)
    written = httpx2.post(f"{phones}/{added.json()['wa_id']}/messages", json={"text": text}, timeout=15.0)
    written.raise_for_status()
