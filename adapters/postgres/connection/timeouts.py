"""Timeouts of connections: callers do not wait long, and a vanished server is noticed soon."""

from typing import Any

CHECKOUT_S = 0.5
RECONNECT_S = 2.0
"""How long a pool retries with growing delays: after an outage it must not pause for minutes."""

KEEP_ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
