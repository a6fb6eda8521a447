"""Strict parsing of JSON bodies: bounded depth and size, no duplicate keys, no lone surrogates."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

MAX_DEPTH = 64
MAX_ITEMS = 10_000


class StrictJson(APIRoute):
    """Route that parses its body with `strict_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return handle


class _StrictRequest(Request):
    """A request whose body is parsed by `strict_json`."""

    async def json(self) -> Any:
        return strict_json(await self.body())


def strict_json(raw: bytes) -> Any:
    """Parse UTF-8 JSON.

    Raises:
        JSONDecodeError: answered as 400 `malformed`.
    """
    try:
        parsed = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
        )
        if not _bounded(parsed):
            raise ValueError("too deep or too wide")
        if b"\\ud" in raw.lower():
            json.dumps(parsed, ensure_ascii=False).encode()  # fails on lone surrogates
    except (ValueError, RecursionError) as wrong:
        raise json.JSONDecodeError(type(wrong).__name__, "", 0) from None
    return parsed


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a duplicate key")
    return found


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _bounded(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for each in level
            if isinstance(each, (dict, list))
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
        if len(level) > MAX_ITEMS:
            return False
    return False
