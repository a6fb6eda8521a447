"""Login, logout, and who is let in."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from adapters.postgres.agents.sessions import (
    MAX_SESSIONS,
    LoginSession,
    PostgresLogins,
    PostgresServiceTokens,
    ServiceToken,
)
from adapters.postgres.connection.pool import QueryPool
from domain.administration import AgentDeactivated
from services.access.access import LIFETIME, hash_of
from services.access.passwords import store_password
from services.access.tokens import issue_token, revoke_tokens
from services.commands.installation import InstallationCommands
from services.commands.organisation import AgentChange
from services.http.edge.callers import COOKIE
from services.runtime.failpoint import held
from services.write.actor import Administrator
from tests.support.office import WORD, Office, serving, settings_for
from tests.support.waiting import until


def test_a_login_opens_a_session_and_a_logout_ends_it(office: Office) -> None:
    client = office.client()
    assert client.get("/v1/me").status_code == 401

    answer = client.post("/v1/session", json={"email": " Ana@Example.com", "password": WORD})

    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    me = client.get("/v1/me").json()
    assert (me["name"], me["email"], me["role"]) == ("Ana", "ana@example.com", "agent")
    assert (me["tenant"]["name"], me["demo"]) == ("Aurora", False)
    kept = dict(client.cookies)
    assert client.delete("/v1/session").status_code == 204
    assert office.client(cookies=kept).get("/v1/me").status_code == 401


def test_a_page_of_a_former_person_does_nothing_in_the_name_of_the_new_one(office: Office) -> None:
    """Between another person's login in the same browser and the moment when an open page hears of it."""
    ana, bruno, conversation = office.people["ana"], office.login("bruno"), office.customer_writes("oi")
    before = office.cell.log.head()
    commands: list[tuple[str, str, dict[str, object] | None]] = [
        ("POST", f"/v1/conversations/{conversation}/messages", {"type": "text", "text": "da Ana"}),
        ("PUT", f"/v1/conversations/{conversation}/draft", {"text": "da Ana"}),
        ("GET", "/v1/tickets", None),
        ("DELETE", "/v1/session", None),
    ]
    for agent in (str(ana), str(ana).upper(), "", "null", str(UUID(int=0))):
        for method, path, body in commands:
            headers = {"Balcao-Agent": agent, "Idempotency-Key": "k"}
            refused = bruno.request(method, path, json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "other_agent"), (agent, path)
    assert office.cell.log.head() == before
    assert office.cell.rows("select text from drafts") == []
    mine = {"Balcao-Agent": str(office.people["bruno"]), "Idempotency-Key": "k"}
    assert bruno.request("POST", commands[0][1], json=commands[0][2], headers=mine).status_code == 202
    assert bruno.delete("/v1/session").status_code == 204


def test_a_wrong_password_and_an_unknown_e_mail_get_the_same_answer(office: Office) -> None:
    client = office.client()
    wrong = client.post("/v1/session", json={"email": "ana@example.com", "password": "x"})
    unknown = client.post("/v1/session", json={"email": "nobody@example.com", "password": "x"})
    demo = client.post("/v1/session", json={"email": "ana@demo.balcao", "password": "balcao"})
    assert wrong.status_code == 401
    assert wrong.json()["code"] == "wrong_login"
    assert wrong.json() == unknown.json() == demo.json()


def test_the_eleventh_failure_of_a_minute_has_to_wait(office: Office) -> None:
    def attempt(_: int) -> tuple[int, str | None]:
        with office.client() as client:
            answer = client.post("/v1/session", json={"email": "ana@example.com", "password": "x"})
            return answer.status_code, answer.headers.get("retry-after")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(30)))

    assert sorted(status for status, _ in answers) == [401] * 10 + [429] * 20
    assert all(wait is not None and 1 <= int(wait) <= 60 for status, wait in answers if status == 429)
    right = office.client().post("/v1/session", json={"email": "ana@example.com", "password": WORD})
    assert right.status_code == 429
    office.login("bruno")

    # and whoever looks after the installation is told
    signs = office.client().get("/metrics").text
    told = {
        result: _sign(signs, f'balcao_logins_total{{result="{result}"}}') for result in ("wrong", "too_many")
    }
    assert told["wrong"] >= 10
    assert told["too_many"] >= 21


def _sign(signs: str, name: str) -> float:
    return next(float(line.split()[-1]) for line in signs.splitlines() if line.startswith(name))


def test_the_right_password_of_a_closed_account_is_refused_and_never_counted(office: Office) -> None:
    office.hire("fora", "agent")
    office.changed("fora", active=False)
    of_the_demo = InstallationCommands(office.cell.log).add_agent(
        office.cell.tenant_id, "Ana", "fora@demo.balcao", "agent"
    )
    store_password(office.cell.log.secrets, of_the_demo, WORD)

    for email in ("fora@example.com", "fora@demo.balcao"):
        right = {"email": email, "password": WORD}
        answers = [office.client().post("/v1/session", json=right).status_code for _ in range(12)]
        assert answers == [401] * 12, email

    office.changed("fora", active=True)
    office.login("fora")


def test_a_session_of_the_demo_ends_when_the_demo_is_switched_off(office: Office) -> None:
    of_the_demo = InstallationCommands(office.cell.log).add_agent(
        office.cell.tenant_id, "Administração", "antes@demo.balcao", "admin"
    )
    with QueryPool(office.cell.url, 1, "tests") as pool:
        session = LoginSession(office.cell.tenant_id, of_the_demo)
        PostgresLogins(pool).open(hash_of("from before"), session, LIFETIME)
    before = office.client(cookies={COOKIE: "from before"})
    for path in ("/v1/me", "/v1/tickets", "/v1/stream", "/v1/events"):
        assert before.get(path).status_code == 401, path


def test_a_wrong_password_of_a_closed_account_is_counted_like_any_other(office: Office) -> None:
    office.hire("saiu", "agent")
    office.changed("saiu", active=False)
    wrong, right = ({"email": "saiu@example.com", "password": word} for word in ("x", WORD))
    answers = [office.client().post("/v1/session", json=wrong).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert office.client().post("/v1/session", json=right).status_code == 429


def test_many_right_logins_at_once_are_all_let_in(office: Office) -> None:
    with ThreadPoolExecutor(12) as pool:
        clients = list(pool.map(lambda _: office.login("ana"), range(24)))
    assert all(client.get("/v1/me").status_code == 200 for client in clients)


def test_a_deactivated_agent_is_out_within_five_seconds(office: Office) -> None:
    ana = office.login("ana")
    assert ana.get("/v1/me").status_code == 200

    office.changed("ana", active=False)
    office.changed("ana", active=False)

    until("ana to be out", lambda: ana.get("/v1/me").status_code == 401, 5)
    assert office.client().post("/v1/session", json={"email": "ana@example.com", "password": WORD}).is_error
    assert len(office.cell.facts(AgentDeactivated)) == 1, "twice is once"

    office.changed("ana", active=True)
    again = office.login("ana")
    assert again.get("/v1/me").status_code == 200
    assert ana.get("/v1/me").status_code == 401, "a cookie from before does not come back to life"


def test_another_role_ends_the_sessions_of_the_former_one(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    office.changed("ana", role="admin")
    until("ana to be out", lambda: ana.get("/v1/me").status_code == 401, 5)
    assert office.login("ana").get("/v1/me").json()["role"] == "admin"
    office.changed("bruno", limit=3)
    assert bruno.get("/v1/me").status_code == 200, "what is no matter of rights ends nothing"


def test_a_login_takes_no_cookie_that_was_planted_and_ends_the_session_before(office: Office) -> None:
    planted = {COOKIE: "a secret that somebody else knows"}
    client = office.client(cookies=planted)
    ana = {"email": "ana@example.com", "password": WORD}
    cookies: list[str] = []
    for _ in range(2):
        answer = client.post(
            "/v1/session", json=ana, headers={"Cookie": "; ".join(cookies)} if cookies else {}
        )
        assert answer.status_code == 200
        set_cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE))
        assert "Max-Age=1209600" in set_cookie, "fourteen days"
        cookies = [set_cookie.partition(";")[0], *cookies]
    latest, before = cookies
    assert latest != before
    assert planted[COOKIE] not in latest + before
    me = "/v1/me"
    assert office.client(cookies=planted).get(me).status_code == 401
    assert office.client(headers={"Cookie": latest}).get(me).status_code == 200
    until("the former to be out", lambda: office.client(headers={"Cookie": before}).get(me).is_error, 5)


def test_a_person_has_fifty_sessions_and_the_oldest_ends(office: Office) -> None:
    first, second = office.login("ana"), office.login("ana")
    session = LoginSession(office.cell.tenant_id, office.people["ana"])
    with QueryPool(office.cell.url, 1, "tests") as pool:
        for n in range(MAX_SESSIONS - 1):
            PostgresLogins(pool).open(hash_of(str(n)), session, LIFETIME)
    until("the first to be out", lambda: first.get("/v1/me").status_code == 401, 5)
    assert second.get("/v1/me").status_code == 200
    assert office.login("bruno").get("/v1/me").status_code == 200


NEW = "outra-senha-456"


def test_a_password_is_changed_by_whoever_knows_it_and_ends_all_other_sessions(office: Office) -> None:
    ana, elsewhere = office.login("ana"), office.login("ana")
    answer = ana.put("/v1/me/password", json={"current": WORD, "new": NEW})
    assert answer.status_code == 204
    assert ana.get("/v1/me").status_code == 200
    until("the other one to be out", lambda: elsewhere.get("/v1/me").status_code == 401, 5)
    for password, status in ((WORD, 401), (NEW, 200)):
        tried = {"email": "ana@example.com", "password": password}
        assert office.client().post("/v1/session", json=tried).status_code == status


@pytest.mark.parametrize("new", ["x", "123456789", "é" * 9])
def test_a_short_password_is_refused(office: Office, new: str) -> None:
    answer = office.login("ana").put("/v1/me/password", json={"current": WORD, "new": new})
    assert (answer.status_code, answer.json()["code"]) == (422, "password_too_short")
    assert office.login("ana").get("/v1/me").status_code == 200


def test_guessing_the_present_password_is_limited_like_a_login(office: Office) -> None:
    ana = office.login("ana")
    guess = {"current": "x", "new": NEW}
    answers = [ana.put("/v1/me/password", json=guess) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert answers[0].json()["code"] == "wrong_password"
    assert ana.get("/v1/me").status_code == 200


@pytest.mark.parametrize(("email", "status"), [("ana@demo.balcao", 403), ("ana@example.com", 204)])
def test_in_a_demo_only_its_own_people_keep_their_password(
    office: Office, tmp_path: Path, email: str, status: int
) -> None:
    of_the_demo = InstallationCommands(office.cell.log).add_agent(
        office.cell.tenant_id, "Ana", "ana@demo.balcao", "agent"
    )
    store_password(office.cell.log.secrets, of_the_demo, WORD)
    settings = settings_for(office.cell.url, tmp_path, demo=True)
    with serving(settings) as url, httpx2.Client(base_url=url) as ana:
        assert ana.post("/v1/session", json={"email": email, "password": WORD}).status_code == 200
        answer = ana.put("/v1/me/password", json={"current": WORD, "new": NEW})
        assert answer.status_code == status


def test_a_service_has_no_password(office: Office) -> None:
    token = issue_token(office.cell.url, office.cell.tenant_id, "report")
    headers = {"Authorization": f"Bearer {token}"}
    answer = office.client().put("/v1/me/password", headers=headers, json={"current": WORD, "new": NEW})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_somebody_who_was_added_a_moment_ago_can_log_in(office: Office) -> None:
    organisation, by = office.organisation(), Administrator(office.cell.tenant_id)
    with held("after_project"):
        team_id = UUID(str(organisation.add_team("Trocas", by).answer["id"]))
        organisation.change_agent(office.hire("eva", "agent"), AgentChange(teams=frozenset({team_id})), by)
        me = office.client().post("/v1/session", json={"email": "eva@example.com", "password": WORD}).json()
    assert (me["name"], me["tenant"]["name"]) == ("Eva", "Aurora")
    assert me["teams"] == [{"id": str(team_id), "name": "Trocas"}]


def test_somebody_who_came_back_a_moment_ago_can_log_in(office: Office) -> None:
    davi, entry = office.login("davi"), {"email": "bruno@example.com", "password": WORD}
    office.changed("bruno", active=False)
    until("bruno to be out", lambda: "Bruno" not in davi.get("/v1/agents").text, 5)

    with held("after_project"):
        back, by = AgentChange(active=True), Administrator(office.cell.tenant_id)
        office.organisation().change_agent(office.people["bruno"], back, by)
        bruno = office.client()
        assert bruno.post("/v1/session", json=entry).status_code == 200
        assert bruno.get("/v1/me").json()["name"] == "Bruno"


def test_another_site_cannot_ask_in_our_name(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/answered"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ):
        refused = ana.put(
            path, content=b'{"answered":true}', headers={"Content-Type": "application/json"} | headers
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site"), headers
    assert ana.get("/v1/stream", headers={"Origin": "https://evil.example"}).status_code == 403
    assert ana.put(path, json={"answered": True}, headers={"Origin": office.url}).status_code == 200
    login = {"email": "ana@example.com", "password": WORD}
    assert ana.post("/v1/session", json=login, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_service_reads_with_its_token_and_commands_nothing(office: Office) -> None:
    conversation = office.customer_writes("oi")
    client = office.client(
        headers={"Authorization": "Bearer " + issue_token(office.cell.url, office.cell.tenant_id, "report")}
    )
    assert client.get("/v1/tickets").json()["items"][0]["conversation_id"] == str(conversation)
    assert client.get("/v1/events").status_code == 200
    refused = client.put(f"/v1/conversations/{conversation}/answered", json={"answered": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert client.get("/v1/me").status_code == 403

    revoke_tokens(office.cell.url, office.cell.tenant_id, "report")
    until("it to be shut out", lambda: client.get("/v1/tickets").status_code == 401, 5)


def test_what_is_no_token_of_ours_is_401(office: Office) -> None:
    cookie = office.login("ana").cookies["balcao_session"]
    secrets = ["x", "a" * 5000, "eyJhbGciOiJub25lIn0.e30.", cookie, "é"]
    for given in [f"Bearer {secret}" for secret in secrets] + ["Bearer", "Basic YTpi", cookie]:
        begun = time.perf_counter()
        answer = office.client().get("/v1/tickets", headers={b"Authorization": given.encode()})
        assert answer.status_code == 401, given
        assert time.perf_counter() - begun < 1
    assert office.client().get("/v1/me", params={"token": cookie}).status_code == 401
    assert office.client(cookies={"balcao_session": "x" * 300}).get("/v1/me").status_code == 401


def test_an_expired_token_is_401(office: Office) -> None:
    expired = "a secret of long ago"
    with QueryPool(office.cell.url, 1, "tokens") as pool:
        token = ServiceToken(office.cell.tenant_id, "old")
        PostgresServiceTokens(pool).issue(hash_of(expired), token, timedelta(seconds=-1))
    answer = office.client().get("/v1/tickets", headers={"Authorization": f"Bearer {expired}"})
    assert answer.status_code == 401
