"""How connections of ours are made: nobody waits long for one, and a server that vanished is noticed soon."""

from typing import Any

CHECKOUT_S = 0.5
RECONNECT_S = 2.0
"""How long a pool may go on trying: after an outage it must not pause for minutes."""

KEEP_ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
