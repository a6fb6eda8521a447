"""The customer writes on the phone, the agent answers in the workspace, and the ticks come back."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.actions import (
    MARINA,
    bubble,
    choose_action,
    customer_writes,
    log_in,
    named,
    new_customer_writes,
    open_conversation,
    open_phone,
    open_queue,
    send_message,
)
from tests.support.waiting import until
from tests.system.installation import Installation


def test_a_message_comes_in_is_answered_and_its_ticks_come_back(
    context: BrowserContext, running: Installation
) -> None:
    # given an agent who looks at the queue, and a customer with the phone in hand
    desk = log_in(context, running)
    open_queue(desk)
    customer = open_phone(context, running)

    # when the customer writes
    customer.bring_to_front()
    send_message(customer, "Bom dia! Quero um orçamento")

    # then the red dot appears without a reload
    square = desk.get_by_role("link", name=named(MARINA))
    expect(square).to_have_accessible_name(re.compile("não respondida"))
    square.click()
    expect(bubble(desk, "Quero um orçamento")).to_be_visible()

    # when the agent answers with Enter, while the customer looks elsewhere
    customer.close()
    send_message(desk, "Olá Marina, claro!")

    # then the message is on its way at once, grey when delivered, and the dot is gone
    answer = bubble(desk, "Olá Marina, claro!")
    expect(answer).to_be_visible()
    expect(answer).to_have_accessible_name(re.compile("Entregue"))
    expect(desk).to_have_url(re.compile("/espaco/meus/"))
    expect(desk.get_by_role("link", name=named(MARINA))).to_have_accessible_name(re.compile(", respondida"))

    # and blue when the customer has read it
    customer = open_phone(context, running)
    expect(customer.get_by_text("Olá Marina, claro!")).to_be_visible()
    expect(answer).to_have_accessible_name(re.compile("Lida"))


def test_a_stream_that_is_cut_comes_back_and_nothing_is_missing(
    context: BrowserContext, running: Installation
) -> None:
    # given an agent in a conversation
    customer = open_phone(context, running)
    send_message(customer, "Antes do corte")
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, MARINA)
    expect(bubble(desk, "Antes do corte")).to_be_visible()

    # when the API process dies and comes back, and the customer writes meanwhile
    starts = running.processes["api"].starts
    running.processes["api"].kill()
    until("the API again", lambda: running.processes["api"].starts > starts, 30)
    running.processes["api"].wait_ready()
    for n in range(5):
        send_message(customer, f"Depois do corte {n}")

    # then every message is there, once, without a reload
    for n in range(5):
        expect(bubble(desk, f"Depois do corte {n}")).to_have_count(1, timeout=15_000)


def test_words_that_turn_the_writing_round_turn_nothing_but_themselves(
    context: BrowserContext, running: Installation
) -> None:
    customer = open_phone(context, running)
    send_message(customer, "\u202egro.live \u2067fim")
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, MARINA)
    words = bubble(desk, "gro.live").locator("[dir=auto]").last
    expect(words).to_have_css("unicode-bidi", "isolate")


def test_a_text_without_end_is_folded_and_marks_stay_in_their_bubble(
    context: BrowserContext, running: Installation
) -> None:
    customer = open_phone(context, running)
    send_message(customer, "Pilha: a" + "\u0301" * 100)
    send_message(customer, "Muita coisa " * 300 + "no fim")
    desk = log_in(context, running, "clara@demo.balcao")
    open_conversation(desk, MARINA)

    # a screenful stands for the text; all of it is one click away, and can be folded again
    long = bubble(desk, "Muita coisa")
    expect(long).not_to_contain_text("no fim")
    long.get_by_role("button", name="Mostrar tudo").click()
    expect(long).to_contain_text("no fim")
    long.get_by_role("button", name="Mostrar menos").click()
    expect(long).not_to_contain_text("no fim")

    # a hundred marks on one letter are drawn over nobody else's words
    expect(bubble(desk, "Pilha").locator(".bubble")).not_to_have_css("clip-path", "none")


def test_a_snoozed_conversation_comes_back_when_the_customer_writes(
    context: BrowserContext, running: Installation
) -> None:
    # given a customer who wrote
    desk, customer = log_in(context, running), open_phone(context, running)
    send_message(customer, "Posso retirar na loja?")
    open_conversation(desk, MARINA)
    expect(bubble(desk, "Posso retirar na loja?")).to_be_visible()

    # when the agent chooses an hour behind the window of 24 hours
    choose_action(desk, "Adiar conversa")
    sheet = desk.get_by_role("dialog", name=re.compile("Adiar conversa"))
    sheet.get_by_label("Dia e hora").fill("2031-01-10T09:00")

    # then an hour that cannot be is not offered, and one too late is told
    expect(sheet.get_by_role("status")).to_contain_text("fecha antes")
    sheet.get_by_label("Dia e hora").fill("2020-01-10T09:00")
    expect(sheet.get_by_role("button", name=re.compile("^Adiar"))).to_be_disabled()

    # when it is snoozed for an hour
    sheet.get_by_role("button", name="Em 1 hora").click()
    sheet.get_by_label("Motivo").fill("Ver a loja mais perto")
    sheet.get_by_role("button", name=re.compile("^Adiar até")).click()

    # then it is among the snoozed ones
    desk.get_by_role("link", name="Adiados").click()
    desk.get_by_role("link", name=named(MARINA)).click()
    expect(desk.get_by_text(re.compile("Adiada até"))).to_be_visible()

    # and comes back without a reload when the customer writes, and nothing is left to undo
    undo = desk.get_by_role("button", name="Desfazer")
    expect(undo).to_be_visible()
    customer.bring_to_front()
    send_message(customer, "Achei, obrigada!")
    desk.bring_to_front()
    expect(desk.get_by_text(re.compile("Adiada até"))).to_be_hidden()
    expect(undo).to_be_hidden()
    desk.get_by_role("link", name="Meus").click()
    expect(desk.get_by_role("link", name=named(MARINA))).to_have_accessible_name(re.compile("não respondida"))


def test_someone_with_a_wrong_password_is_told_so(context: BrowserContext, running: Installation) -> None:
    page = context.new_page()
    page.goto(running.url)
    page.get_by_label("E-mail").fill("ana@demo.balcao")
    page.get_by_label("Senha", exact=True).fill("errada")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_contain_text("não combinam")


def test_someone_with_many_wrong_passwords_is_told_how_long_to_wait(
    context: BrowserContext, running: Installation
) -> None:
    page = context.new_page()
    page.goto(running.url)
    page.get_by_label("E-mail").fill("distraida@demo.balcao")
    page.get_by_label("Senha", exact=True).fill("errada")
    for status in [401] * 10 + [429]:
        with page.expect_response("**/v1/session") as answered:
            page.get_by_role("button", name="Entrar").click()
        assert answered.value.status == status
        expect(page.get_by_role("button", name="Entrar")).to_be_visible()  # not "Entrando…"
    expect(page.get_by_role("alert")).to_contain_text("muitas tentativas; tente de novo em 1 minuto.")


def test_the_line_stands_above_what_came_while_another_conversation_was_open(
    context: BrowserContext, running: Installation
) -> None:
    """What was read when a conversation was open last is not new, and what came since is."""
    # given two conversations, both opened before
    new_customer_writes(running, "Quitéria Rosa", "Oi")
    walkiria = new_customer_writes(running, "Walkíria Lobo", "Cadê meu reembolso?")
    desk = log_in(context, running, "clara@demo.balcao")
    line = desk.get_by_text("Novas mensagens")
    for name in ("Walkíria Lobo", "Quitéria Rosa"):
        open_conversation(desk, name)
        expect(line).to_be_hidden()

    # each time the customer writes meanwhile, the line stands above that alone
    before = ["Cadê meu reembolso?"]
    for text in ("E o prazo?", "Alô?"):
        customer_writes(running, walkiria, text)
        desk.get_by_role("link", name=named("Walkíria Lobo")).click()
        expect(bubble(desk, text)).to_be_visible()
        expect(line).to_have_count(1)
        above, below = desk.get_by_role("log").inner_text().split("Novas mensagens")
        assert text in below
        assert all(one in above for one in before)
        before.append(text)
        desk.get_by_role("link", name=named("Quitéria Rosa")).click()
        expect(bubble(desk, "Oi")).to_be_visible()
