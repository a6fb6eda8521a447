"""Every operation of the contract, asked by whoever may not: of another role, with ids of another tenant."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from services.access.tokens import issue_token
from services.commands.installation import InstallationCommands
from services.http.openapi import described_app
from services.http.routes.organisation import current_admin
from tests.services.http.actions import contact_of, from_now, schedule, send, take, ticket_of
from tests.services.http.asker import (
    CONTRACT,
    OPERATIONS,
    TELLING,
    Ids,
    example,
    listed_ids,
    make_one_of_each,
    path_with,
)
from tests.support.office import Office
from tests.support.traffic import NUMBER

NUMBER_OF_ANOTHER = "100000000000777"
ENDS_THE_SESSION = {"delete /v1/session", "post /v1/session"}
NEVER_ENDS = "get /v1/stream"

OF_AGENTS = {
    *("conversation.assigned", "conversation.unassigned", "conversation.transferred", "conversation.closed"),
    *("conversation.message_sent", "conversation.marked_answered", "conversation.marked_unanswered"),
    *(
        "conversation.snoozed",
        "conversation.woken",
        "conversation.move_undone",
        "conversation.bot_reactivated",
    ),
    *("conversation.note_added", "conversation.tagged", "conversation.untagged"),
    *("conversation.message_scheduled", "conversation.schedule_ended"),
    *("contact.details_changed", "contact.merged", "contact.alias_added"),
    *("contact.merge_undone", "contact.alias_removed"),
}
"""What agents and supervisors may bring about; a fact of another type needs an admin."""


def asked(
    client: httpx2.Client, method: str, path: str, ids: Ids, control: int | str, body: Any = None
) -> httpx2.Response:
    headers = {"If-Match": f'"{control}"', "Idempotency-Key": uuid4().hex}
    return client.request(method, path_with(path, ids), json=body, headers=headers)


def schema_of(method: str, path: str) -> Any:
    """Of the body; None for an operation without one."""
    content = CONTRACT["paths"][path][method].get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def ids_in_query(method: str, path: str) -> list[str]:
    """The parameters of the query that take an id."""
    parameters = [
        each for each in CONTRACT["paths"][path][method].get("parameters", ()) if each["in"] == "query"
    ]
    return [each["name"] for each in parameters if '"uuid"' in json.dumps(each["schema"])]


def bodies(schema: Any, id: str) -> Iterator[Any]:
    """Bodies that the contract lets in, each with this id in one of the places for ids."""
    if "$ref" in schema:
        yield from bodies(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], id)
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from bodies(each, id)
    if schema.get("format") == "uuid":
        yield id
    if "items" in schema:
        yield from ([inside] for inside in bodies(schema["items"], id))
    for name, field in schema.get("properties", {}).items():
        yield from ({**example(schema), name: inside} for inside in bodies(field, id))


def at_work(office: Office, name: str, number: str, **customer: Any) -> httpx2.Client:
    """An admin whose tenant has something in every list."""
    client = office.login(name)
    conversation = office.customer_writes("segredo", number=number, **customer)
    make_one_of_each(client)
    assert take(client, conversation, office.people[name]).status_code == 200
    assert send(client, conversation, "resposta").status_code == 202
    assert schedule(client, conversation, from_now(hours=1)).status_code == 201
    office.settle()
    return client


def test_ids_of_another_tenant_are_like_ids_of_nothing_wherever_they_stand(office: Office) -> None:
    """B049."""
    commands = InstallationCommands(office.cell.log)
    other = commands.add_tenant("Outra")
    commands.add_channel(other, NUMBER_OF_ANOTHER, "Loja", "another portfolio")
    office.hire("zoe", "admin", other)
    davi = at_work(office, "davi", NUMBER)
    zoe = at_work(office, "zoe", NUMBER_OF_ANOTHER, customer=2)
    ours, theirs = listed_ids(davi, office.head()), listed_ids(zoe, office.head())
    assert ours.keys() == theirs.keys()
    assert all(ours.values())
    assert all(theirs.values())
    conversation = UUID(ours["conversation_id"][0])
    (message, *_) = zoe.get(f"/v1/conversations/{theirs['conversation_id'][0]}/messages").json()["items"]
    foreign = {id for ids in theirs.values() for id in ids} | {message["id"]}
    before = [event for event in office.cell.history() if event.tenant_id == other]
    in_paths = in_queries = in_bodies = 0

    for method, path in OPERATIONS:
        if f"{method} {path}" in ENDS_THE_SESSION or not path.startswith("/v1"):
            continue
        schema = schema_of(method, path)
        control = ticket_of(davi, conversation)["control"]
        for name in [name for name in ours if f"{{{name}}}" in path]:
            body = example(schema) if schema else None
            nothing = str(uuid4())
            missing = asked(davi, method, path, {**ours, name: [nothing]}, control, body)
            found = asked(davi, method, path, {**ours, name: theirs[name]}, control, body)
            assert told(found, theirs[name][0]) == told(missing, nothing), (method, path, name)
            in_paths += 1
        for name in ids_in_query(method, path):
            for id in foreign:
                nothing = str(uuid4())
                missing = davi.get(path_with(path, ours), params={name: nothing})
                found = davi.get(path_with(path, ours), params={name: id})
                assert told(found, id) == told(missing, nothing), (method, path, name)
                in_queries += 1
        for id in foreign if schema else ():
            nothing = str(uuid4())
            for theirs_inside, nothing_inside in zip(
                bodies(schema, id), bodies(schema, nothing), strict=True
            ):
                missing = asked(davi, method, path, ours, control, nothing_inside)
                found = asked(davi, method, path, ours, control, theirs_inside)
                assert told(found, id) == told(missing, nothing), (method, path, theirs_inside)
                in_bodies += 1
    assert in_paths > 30
    assert in_queries > 10
    assert in_bodies > 50

    assert [event for event in office.cell.history() if event.tenant_id == other] == before
    everything = davi.get("/v1/events", params={"limit": 1000}).text
    assert [id for id in foreign if id in everything] == []


def told(answer: httpx2.Response, id: str) -> tuple[int, str]:
    """What an answer tells, without the id that was asked for."""
    return answer.status_code, answer.text.replace(id, "·")


def of_admins(app: FastAPI) -> set[str]:
    """The operations that depend on an admin."""

    def needs_admin(dependant: Dependant) -> bool:
        return dependant.call is current_admin or any(map(needs_admin, dependant.dependencies))

    routes = (getattr(found, "original_route", found) for found in iter_route_contexts(app.routes))
    return {
        f"{method.lower()} {route.path}"
        for route in routes
        if isinstance(route, APIRoute) and needs_admin(route.dependant)
        for method in route.methods or ()
    }


@pytest.mark.parametrize("name", ["ana", "clara", "service"])
def test_each_role_brings_about_what_is_its_own(office: Office, name: str) -> None:
    davi = at_work(office, "davi", NUMBER)
    waiting = office.customer_writes("oi", customer=3)
    if name == "service":
        token = issue_token(office.cell.url, office.cell.tenant_id, "report")
        client = office.client(headers={"Authorization": f"Bearer {token}"})
    else:
        client = office.login(name)
    ids = {**listed_ids(davi, office.head()), "conversation_id": [str(waiting)]}
    ids["contact_id"] = [contact_of(davi, waiting)]
    head = office.cell.log.head()
    admins_only = of_admins(described_app())
    assert len(admins_only) >= 5

    for method, path in sorted(OPERATIONS, key=lambda each: each[1].endswith("/close")):
        operation = f"{method} {path}"
        if operation in ENDS_THE_SESSION or operation == NEVER_ENDS or not path.startswith("/v1"):
            continue
        schema = schema_of(method, path)
        control = ticket_of(davi, waiting)["control"]
        telling = TELLING.get(path.rpartition("/")[2]) or (example(schema) if schema else None)
        for body in (telling, *bodies(schema or {}, str(office.people.get(name, uuid4())))):
            answer = asked(client, method, path, ids, control, body)
            if operation in admins_only:
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), operation
            assert name != "service" or method == "get" or answer.status_code >= 400, operation

    mine = f"agent:{office.people[name]}" if name != "service" else "report"
    caused = [event for event in office.cell.history() if event.position > head]
    done = {event.fact.TOPIC for event in caused if event.actor == mine}
    assert done <= OF_AGENTS
    assert len(done) > 5 if name != "service" else not caused, sorted(done)
