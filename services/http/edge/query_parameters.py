"""Refuse unknown and repeated query parameters, as unknown fields of a body are."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from schemas.problem import FieldProblem
from services.http.edge.problems import OWN_NAME, UNKNOWN, Refused

MAX_NAMED = 20

_known: WeakKeyDictionary[Callable[..., Any], frozenset[str]] = WeakKeyDictionary()
"""The names of each route's parameters, by its function."""


def require_known_parameters(request: Request) -> None:
    """Refuse query parameters under `/v1` that the route does not have, or that are given twice.

    Routes with a caller check the login first, so that nobody else learns which parameters they have.

    Raises:
        Refused: 422 `repeated_parameter`
        RequestValidationError: answered as 422 `invalid`, with the name of each.
    """
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    if not route.path.startswith("/v1/") or route.path == UNKNOWN:
        return
    require_single_parameters(request)
    if route.endpoint not in _known:
        _known[route.endpoint] = frozenset(_names(route.dependant))
    if unknown := request.query_params.keys() - _known[route.endpoint]:
        raise RequestValidationError(
            [
                {
                    "type": "extra_forbidden",
                    "loc": ("query", name),
                    "msg": "Extra inputs are not permitted",
                }
                for name in sorted(unknown)
            ]
        )


def require_single_parameters(request: Request) -> None:
    """Refuse a query parameter that is given twice.

    Raises:
        Refused: 422 `repeated_parameter`
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, times in given.items() if times > 1]
    if repeated:
        fields = [
            FieldProblem(field=f"query.{name}", message="Give it once")
            for name in repeated[:MAX_NAMED]
            if OWN_NAME.fullmatch(name)
        ]
        raise Refused(422, "repeated_parameter", "Give each query parameter once", errors=fields)


def _names(dependant: Dependant) -> set[str]:
    own = {str(field.alias) for field in dependant.query_params}
    return own.union(*(_names(part) for part in dependant.dependencies))
