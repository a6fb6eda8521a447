"""Logging: one JSON object per line on stderr, without what customers wrote."""

import logging
import sys
import time
from traceback import extract_tb
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, ProcessorReturnValue, WrappedLogger

MAX_REASON_CHARS = 300


class Occasionally:
    """Says whether it is time for another log line: one in ten seconds, however often clients cause it."""

    def __init__(self, every_s: float = 10.0) -> None:
        self._every_s, self._next_at = every_s, 0.0

    def is_due(self) -> bool:
        """Return whether to log now; the next time is then `every_s` later."""
        if (now := time.monotonic()) < self._next_at:
            return False
        self._next_at = now + self._every_s
        return True


def configure_log(process: str) -> None:
    """Send structlog and the standard loggers to stderr, each line with the `process`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _discreet_errors,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(process),
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # They log each request with its URL, and each poll.
    for noisy in ("httpx", "httpx2", "httpcore", "kafka", "pyrate_limiter"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _named(process: str) -> Any:
    def name(_: WrappedLogger, __: str, event: EventDict) -> ProcessorReturnValue:
        return {"at": event.pop("timestamp", None), "process": process, **event}

    return name


def _discreet_errors(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Reduce an exception to class, place and the first line of its message.

    Further lines of an error from the database or a validator quote rows or bodies.
    """
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = _causes(error)
    return event


def _causes(error: BaseException) -> list[dict[str, object]]:
    causes: list[dict[str, object]] = []
    at: BaseException | None = error
    while at is not None and len(causes) < 5:
        words = str(at).splitlines()[:1]
        causes.append(
            {
                "kind": type(at).__qualname__,
                "reason": "".join(words)[:MAX_REASON_CHARS],
                "at": [
                    f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(at.__traceback__)
                ],
            }
        )
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return causes


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
