"""Guessing passwords is limited, and keeps nobody out who has logged in on their device before."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx2
import psycopg
import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from services.access.known_devices import MAX_PEOPLE, KnownDevices
from services.access.passwords import KIND
from services.http.edge.callers import DEVICE_COOKIE
from services.http.routes.session import MAX_WAITING_OF_ADDRESS
from tests.support.office import WORD, Office, serving, settings_for
from tests.support.waiting import until

LOCKS_OF_ADDRESSES = 'balcao_login_locks_total{limit="address"}'
HERE, ELSEWHERE = "192.0.2.4", "198.51.100.7"


@dataclass
class Door:
    """The login behind a proxy, which names the clients' addresses."""

    client: httpx2.Client

    def tries(
        self, address: str, email: str = "ana@example.com", password: str = "x", device: str = ""
    ) -> httpx2.Response:
        cookie = f"{DEVICE_COOKIE}={device}" if device else ""
        headers = {b"X-Forwarded-For": address.encode(), b"Cookie": cookie.encode()}
        login = {"email": email, "password": password}
        return self.client.post("/v1/session", json=login, headers=headers)

    def enters(self, address: str, who: str = "ana", device: str = "") -> httpx2.Response:
        return self.tries(address, f"{who}@example.com", WORD, device)

    def counted(self, name: str) -> float:
        lines = self.client.get("/metrics").text.splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name)), 0.0)


@pytest.fixture
def door(office: Office, tmp_path: Path) -> Iterator[Door]:
    settings = settings_for(office.cell.url, tmp_path, trusted_proxies=("127.0.0.1",))
    limits = httpx2.Limits(max_connections=100)
    with serving(settings) as url, httpx2.Client(base_url=url, timeout=30, limits=limits) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Door(client)


def device_of(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.cookies[DEVICE_COOKIE]


def test_a_stranger_who_guesses_elsewhere_keeps_nobody_out(door: Door) -> None:
    assert [door.tries(ELSEWHERE).status_code for _ in range(11)] == [401] * 10 + [429]
    assert door.enters(ELSEWHERE).status_code == 429
    assert door.enters(HERE).status_code == 200


@pytest.mark.parametrize("where", ["2001:db8::1", "::ffff:192.0.2.4"])
def test_a_stranger_at_the_same_address_keeps_out_no_device_that_is_known(door: Door, where: str) -> None:
    same = "2001:db8::2" if where == "2001:db8::1" else HERE
    device = device_of(door.enters(where))
    assert [door.tries(same).status_code for _ in range(11)] == [401] * 10 + [429]
    assert door.enters(where).status_code == 429
    assert door.enters(where, device=device).status_code == 200


def test_a_crowd_of_strangers_locks_an_account_for_new_devices_alone(door: Door) -> None:
    device = device_of(door.enters(HERE))
    crowd = [f"203.0.113.{host}" for host in range(30)]
    with capture_logs() as logged:
        guesses = [door.tries(address).status_code for address in crowd for _ in range(10)]
        assert guesses == [401] * 300
        assert door.enters("203.0.113.99").status_code == 429
    assert Counter(line["limit"] for line in logged if "limit" in line) == {
        "account and address": 30,
        "account": 1,
    }
    assert door.enters(HERE, device=device).status_code == 200
    assert door.enters("203.0.113.99", "bruno").status_code == 200


@pytest.mark.parametrize("of_site", ["198.51.100.7", "2001:db8:0:1:{}::1"])
def test_sixty_e_mails_of_one_address_are_slowed(door: Door, of_site: str) -> None:
    device = device_of(door.enters(of_site.format(1)))
    before = door.counted(LOCKS_OF_ADDRESSES)
    with capture_logs() as logged:
        answers = [door.tries(of_site.format(n), f"nobody{n}@example.com") for n in range(1, 61)]
    assert [answer.status_code for answer in answers] == [401] * 40 + [429] * 20
    assert all(1 <= int(answer.headers["retry-after"]) <= 600 for answer in answers[40:])
    assert [line["limit"] for line in logged if "limit" in line] == ["address"], (
        "a line per lock, not per refusal"
    )
    assert door.counted(LOCKS_OF_ADDRESSES) == before + 1
    assert door.enters(of_site.format(1)).status_code == 429, (
        "the right password, too: else it could be guessed"
    )
    assert door.enters(of_site.format(1), device=device).status_code == 200
    assert door.enters(HERE).status_code == 200


def test_a_known_device_may_not_guess_for_ever_either(door: Door) -> None:
    device = device_of(door.enters(HERE))
    assert [door.tries(HERE, device=device).status_code for _ in range(11)] == [401] * 10 + [429]
    assert door.enters(HERE, device=device).status_code == 429
    assert door.enters(HERE).status_code == 200, "what is wrong on one device is no matter of another"


def test_a_device_is_known_for_whom_it_served_alone(door: Door, office: Office) -> None:
    both = device_of(door.enters(HERE, "bruno", device_of(door.enters(HERE))))
    of_bruno = device_of(door.enters(HERE, "bruno"))
    forged = KnownDevices(b"another key").cookie_for("ana@example.com", "")
    for cookie in (of_bruno, forged, of_bruno[:-1], "." * 400, "é"):
        assert door.tries(HERE, device=cookie).status_code == 401
    assert [door.tries(HERE).status_code for _ in range(6)] == [401] * 5 + [429]
    assert door.enters(HERE, device=of_bruno).status_code == 429
    assert door.enters(HERE, device=both).status_code == 200
    assert door.enters(HERE, "bruno", both).status_code == 200
    devices, cookie = KnownDevices(b"k"), ""
    for n in range(20):
        cookie = devices.cookie_for(str(n), cookie)
    assert [n for n in range(20) if devices.find(str(n), cookie)] == list(range(20 - MAX_PEOPLE, 20))


def test_one_address_does_not_take_the_whole_queue(door: Door, office: Office) -> None:
    more = 5
    with (
        ThreadPoolExecutor(MAX_WAITING_OF_ADDRESS + more + 2) as pool,
        psycopg.connect(office.cell.url) as db,
    ):
        device = device_of(door.enters(HERE))
        db.execute("lock table names in access exclusive mode")  # whoever is looked for is waited for
        guesses = [pool.submit(door.tries, ELSEWHERE) for _ in range(MAX_WAITING_OF_ADDRESS + more)]
        until("the rest to be refused", lambda: sum(guess.done() for guess in guesses) == more)
        others = [pool.submit(door.enters, HERE), pool.submit(door.enters, HERE, "ana", device)]
        db.rollback()
        assert [other.result().status_code for other in others] == [200, 200]
        answers = Counter(guess.result().status_code for guess in guesses)
    assert answers == {503: more, 401: 10, 429: MAX_WAITING_OF_ADDRESS - 10}


def test_a_wrong_password_and_an_unknown_e_mail_take_the_same_time(door: Door, office: Office) -> None:
    office.cell.log.secrets.put(KIND, office.people["ana"], PasswordHasher().hash(WORD).encode())

    def takes_s(email: str) -> float:
        begun = time.perf_counter()
        assert door.tries(HERE, email).status_code == 401
        return time.perf_counter() - begun

    wrong, unknown = (
        min(takes_s(email) for _ in range(8)) for email in ("ana@example.com", "nobody@example.com")
    )
    assert 0.5 < wrong / unknown < 2
