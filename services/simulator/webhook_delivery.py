"""Delivery of webhooks: retried until each is answered with 200."""

import asyncio
import secrets
from collections.abc import Sequence

import httpx2
import structlog

from adapters.whatsapp.signature import sign
from services.simulator.payloads import merged
from services.simulator.records import Webhook
from services.simulator.world import World

_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_AT_ONCE = 16
_TIMEOUT_S = 10.0
_GATHER_S = 0.05

log = structlog.get_logger("simulator")


class WebhookDelivery:
    """Posts due webhooks; in a lane, one waits for the answer to the one before."""

    def __init__(self, world: World, webhook_url: str, app_secret: str, verify_token: str) -> None:
        self._world, self._url, self._secret, self._token = world, webhook_url, app_secret, verify_token
        self._in_flight: set[int] = set()
        self._posts: set[asyncio.Task[None]] = set()
        self.verified: bool | None = None

    async def run(self) -> None:
        """Post webhooks until cancelled."""
        self._world.store.hurry(self._world.now())
        limits = httpx2.Limits(max_connections=64, keepalive_expiry=2.0)
        async with httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, limits=limits) as client:
            handshake = asyncio.create_task(self._handshake(client))
            try:
                while not self._world.closing:
                    if self._world.faults.batch:
                        await asyncio.sleep(_GATHER_S)
                    await self._world.bell.wait(self._start_due(client))
            finally:
                for task in (handshake, *self._posts):
                    task.cancel()
                await asyncio.gather(handshake, *self._posts, return_exceptions=True)

    def _start_due(self, client: httpx2.AsyncClient) -> float:
        """Start the due posts; return the seconds until the next may start."""
        now, free = self._world.now(), _AT_ONCE - len(self._posts)
        waiting = [hook for hook in self._world.store.heads(_AT_ONCE * 4) if hook.n not in self._in_flight]
        due = [hook for hook in waiting if hook.due <= now][: max(free, 0)]
        groups = [due] if self._world.faults.batch and len(due) > 1 else [[hook] for hook in due]
        for group in groups:
            self._in_flight |= {hook.n for hook in group}
            task = asyncio.create_task(self._post(client, group))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        later = [hook.due - now for hook in waiting if hook.due > now]
        return min([1.0, *later])

    async def _post(self, client: httpx2.AsyncClient, group: Sequence[Webhook]) -> None:
        body = group[0].body if len(group) == 1 else merged(hook.body for hook in group)
        try:
            copies = self._world.faults.copies(group[0].n)
            answers = await asyncio.gather(*(self._once(client, body) for _ in range(copies)))
            done = all(answer == 200 for answer in answers)
            with self._world.store.transaction():
                for hook in group:
                    pause = _PAUSES_S[min(hook.tries, len(_PAUSES_S) - 1)]
                    self._world.store.answered(hook.n, answers, None if done else self._world.now() + pause)
                    if done:
                        self._world.webhook_answered(hook.message_id)
        finally:
            self._in_flight -= {hook.n for hook in group}
        self._world.bell.ring()

    async def _once(self, client: httpx2.AsyncClient, body: bytes) -> int | None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": sign(body, self._secret),
        }
        try:
            return (await client.post(self._url, content=body, headers=headers)).status_code
        except httpx2.HTTPError as failed:
            log.debug("webhook not answered, will retry", reason=type(failed).__name__)
            return None

    async def _handshake(self, client: httpx2.AsyncClient) -> None:
        """Verify the callback URL once, as Meta does when it is saved."""
        challenge = str(secrets.randbelow(10**9))
        asked = {"hub.mode": "subscribe", "hub.verify_token": self._token, "hub.challenge": challenge}
        while True:
            try:
                answer = await client.get(self._url, params=asked)
            except httpx2.HTTPError:
                await asyncio.sleep(0.5)
                continue
            self.verified = answer.status_code == 200 and answer.text == challenge
            if not self.verified:
                log.warning("webhook handshake refused", status=answer.status_code)
            return
