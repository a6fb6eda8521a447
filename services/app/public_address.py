"""Examine the public address for `balcao doctor`: does it lead here, over https, without buffering?"""

import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from services.http.routes.proxy_check import EVENTS, PATH, PAUSE_S, installation_mark
from services.runtime.settings import Settings

ANSWER_S = 5.0
PORTS = {"http": 80, "https": 443}


class NotOurs(Exception):
    """The public address does not lead to this installation, or not as it should; the text says why."""


@dataclass(frozen=True, slots=True)
class Passage:
    """How a request came through: what the API saw, and how far apart its events arrived."""

    seen: dict[str, Any]
    spread_s: float


def examine_public_address(settings: Settings, log_id: str, http_port: int = PORTS["http"]) -> Iterator[str]:
    """Try the public address as a browser would; yield a sentence per doubt.

    Raises:
        NotOurs
    """
    public = settings.public_url
    try:
        passage = _pass_through(public)
    except httpx2.TransportError as error:
        if isinstance(error.__cause__, ssl.SSLError) or "certificate" in str(error).lower():
            raise NotOurs(f"no browser trusts {public}: {_first_line(error)}") from None
        yield f"{public} does not answer here ({type(error).__name__}): try it from outside"
        return
    if passage.seen.get("installation") != installation_mark(log_id):
        raise NotOurs(f"another installation answers at {public}")
    yield from _doubts(settings, passage)
    if (doubt := _without_tls(public, http_port)) is not None:
        yield doubt


def _pass_through(public: str) -> Passage:
    began, arrived, seen = time.monotonic(), list[float](), dict[str, Any]()
    with (
        httpx2.Client(verify=ssl.create_default_context(), timeout=ANSWER_S) as client,
        client.stream("GET", f"{public}{PATH}", headers={"Origin": public}) as answer,
    ):
        if answer.status_code in (502, 503, 504):
            raise NotOurs(f"{public} answers {answer.status_code}: the proxy does not reach `balcao api`")
        if answer.status_code != 200:
            raise NotOurs(f"{public} answers {answer.status_code}: is it Balcão, of this version?")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                arrived.append(time.monotonic() - began)
                seen = seen or _read(line)
    if len(arrived) != EVENTS:
        raise NotOurs(f"what answers at {public} is not Balcão")
    return Passage(seen, arrived[-1] - arrived[0])


def _read(line: str) -> dict[str, Any]:
    try:
        read = json.loads(line.removeprefix("data: "))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _doubts(settings: Settings, passage: Passage) -> Iterator[str]:
    public, seen = urlsplit(settings.public_url), passage.seen
    if passage.spread_s < PAUSE_S:
        raise NotOurs(
            "the proxy buffers what is streamed: pages would stand still; see *Behind a reverse proxy*"
        )
    if not seen.get("public_url"):
        raise NotOurs("the `balcao api` that answers has another BALCAO_PUBLIC_URL: restart it")
    if public.scheme == "https" and not seen.get("https") and seen.get("client") != "direct":
        yield "the proxy sends no X-Forwarded-Proto, or is not in BALCAO_TRUSTED_PROXIES"
    if seen.get("client") == "proxy":
        yield "all clients have the proxy's address: name it in BALCAO_TRUSTED_PROXIES"
    elif seen.get("client") == "direct" and public.scheme == "https":
        yield "the proxy sends no X-Forwarded-For: all clients have its address"
    if seen.get("host") != public.netloc:
        yield "the proxy does not pass on Host: what old browsers send depends on BALCAO_PUBLIC_URL alone"


def _without_tls(public: str, http_port: int) -> str | None:
    """Return what is wrong with plain http at this host; None where nothing listens."""
    address = urlsplit(public)
    if address.scheme != "https":
        return "BALCAO_PUBLIC_URL is http: passwords and messages are readable on the way"
    if address.port not in (None, PORTS["https"]) and http_port == PORTS["http"]:
        return None  # port 80 of this host may be another site's
    try:
        host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
        answer = httpx2.get(f"http://{host}:{http_port}{PATH}", timeout=ANSWER_S)
    except httpx2.TransportError:
        return None
    location = answer.headers.get("location", "")
    if answer.is_redirect and location.startswith("https://"):
        return None
    return f"http://{address.hostname} answers {answer.status_code} instead of leading to https"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
