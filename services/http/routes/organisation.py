"""Routes of teams, agents and channels: all roles read names, supervisors the rest, admins change it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool

from adapters.postgres.queries.availability import PostgresPresence
from domain.administration import name_key
from domain.refusals import Forbidden
from projections.directory import DirectoryRow
from schemas.http import Person
from schemas.organisation import (
    Agent,
    Agents,
    ChangeAgent,
    Changed,
    Channel,
    Channels,
    ConfigureChannel,
    Created,
    NameTeam,
    Presence,
    SwitchPresence,
    Team,
    Teams,
)
from services.access.access import Caller
from services.commands.organisation import UNCHANGED, AgentChange, ChannelChange, OrganisationCommands
from services.http.edge.callers import CurrentCaller, IdempotencyKey, MinPosition, person_of, shown
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import NameOf
from services.queries.directory import Directory
from services.write.actor import Administrator, Request

log = structlog.get_logger("administration")

Stale = Annotated[bool, Depends(shown("directory"))]


def current_admin(caller: CurrentCaller) -> Administrator:
    """Require an admin.

    Raises:
        Forbidden: the caller is not an admin; the attempt is logged.
    """
    person = person_of(caller)
    if person.role != "admin":
        log.warning("admin request refused: not an admin", tenant=str(person.tenant_id), agent=str(person.id))
        raise Forbidden
    return Administrator(person.tenant_id, person.id)


CurrentAdmin = Annotated[Administrator, Depends(current_admin)]


def team_routes(organisation: OrganisationCommands, directory: Directory, places: PositionCodec) -> APIRouter:
    """Create the routes of teams."""
    routes = APIRouter(prefix="/v1/teams", tags=["teams"], route_class=StrictJson)

    @routes.get("")
    async def list_teams(
        caller: CurrentCaller, stale: Stale, min_position: MinPosition = None, archived: bool = False
    ) -> Teams:
        """List teams by name.

        `archived` includes archived teams.
        """
        await refresh(directory, min_position)
        items = [
            Team(id=row.id, name=row.name, archived=not row.active)
            for row in _by_name(directory.teams_of(caller.tenant_id))
            if row.active or archived
        ]
        return Teams(items=items, stale=stale)

    @routes.post("", status_code=201)
    def add_team(body: NameTeam, by: CurrentAdmin, key: IdempotencyKey) -> Created:
        """Add a team.

        Admins only. 409 `name_taken`, `idempotency_mismatch`.
        """
        request = Request(key, sha256(b"team " + body.model_dump_json().encode()).digest())
        added = organisation.add_team(body.name, by, request)
        return Created(id=added.answer["id"], position=places.write(added.position))

    @routes.put("/{team_id}")
    def rename_team(team_id: UUID, body: NameTeam, by: CurrentAdmin) -> Changed:
        """Rename a team.

        Admins only. 409 `name_taken`.
        """
        return Changed(position=places.write(organisation.rename_team(team_id, body.name, by)))

    @routes.delete("/{team_id}")
    def archive_team(team_id: UUID, by: CurrentAdmin) -> Changed:
        """Archive a team.

        Past tickets keep its name, which another team may then take. Admins only.

        409 `in_use`: the team has open tickets, or a channel sends new ones to it.
        """
        return Changed(position=places.write(organisation.archive_team(team_id, by)))

    return routes


def agent_routes(
    organisation: OrganisationCommands,
    directory: Directory,
    presence: PostgresPresence,
    places: PositionCodec,
) -> APIRouter:
    """Create the routes of agents."""
    routes = APIRouter(prefix="/v1", tags=["agents"], route_class=StrictJson)

    @routes.get("/agents")
    async def list_agents(
        caller: CurrentCaller, stale: Stale, min_position: MinPosition = None, inactive: bool = False
    ) -> Agents:
        """List agents by name.

        `inactive` includes deactivated agents.
        """
        await refresh(directory, min_position)
        present, shows = await presence.present(caller.tenant_id), Shown(caller, directory.name_of)
        rows = [row for row in _by_name(directory.agents_of(caller.tenant_id)) if row.active or inactive]
        names = Counter(name_key(row.name) for row in rows)
        items = [shows.agent(row, row.id in present, names[name_key(row.name)] > 1) for row in rows]
        return Agents(items=items, stale=stale)

    @routes.put("/agents/{agent_id}")
    def change_agent(agent_id: UUID, body: ChangeAgent, by: CurrentAdmin) -> Changed:
        """Change an agent's role, teams, ticket limit or activation.

        Takes effect within seconds. Admins only.

        403 `themselves`: admins cannot change their own role or deactivate themselves; 422 `unknown_team`.
        """
        wanted = AgentChange(
            active=body.active,
            teams=None if body.team_ids is None else frozenset(body.team_ids),
            limit=body.limit if "limit" in body.model_fields_set else UNCHANGED,
            role=body.role,
        )
        _, position = organisation.change_agent(agent_id, wanted, by)
        return Changed(position=places.write(position))

    @routes.get("/me/presence")
    async def get_presence(caller: CurrentCaller) -> Presence:
        """Get whether the caller takes tickets."""
        person = person_of(caller)
        return Presence(available=await presence.is_available(person.tenant_id, person.id))

    @routes.put("/me/presence")
    async def switch_presence(body: SwitchPresence, caller: CurrentCaller) -> Presence:
        """Set whether the caller takes tickets.

        Automatic assignment gives tickets only to agents who take them.
        """
        person = person_of(caller)
        await presence.switch(person.tenant_id, person.id, body.available)
        return Presence(available=body.available)

    return routes


def channel_routes(
    organisation: OrganisationCommands, directory: Directory, places: PositionCodec
) -> APIRouter:
    """Create the routes of channels."""
    routes = APIRouter(prefix="/v1/channels", tags=["channels"], route_class=StrictJson)

    @routes.get("")
    async def list_channels(
        caller: CurrentCaller, stale: Stale, min_position: MinPosition = None
    ) -> Channels:
        """List channels by name."""
        await refresh(directory, min_position)
        shows = Shown(caller, directory.name_of)
        items = [shows.channel(row) for row in _by_name(directory.channels_of(caller.tenant_id))]
        return Channels(items=items, stale=stale)

    @routes.put("/{channel_id}")
    def configure_channel(channel_id: UUID, body: ConfigureChannel, by: CurrentAdmin) -> Changed:
        """Change the settings of a channel.

        Takes effect with the next message. Admins only. 422 `unknown_team`.
        """
        wanted = ChannelChange(
            team_id=body.team_id if "team_id" in body.model_fields_set else UNCHANGED,
            has_bot=body.has_bot,
            reopen_within_s=body.reopen_within_s,
            sends_read=body.sends_read,
            sends_typing=body.sends_typing,
            auto_assign=body.auto_assign,
            return_after_s=body.return_after_s,
            account=body.account,
            active_message_return_s=body.active_message_return_s,
        )
        _, position = organisation.configure(channel_id, wanted, by)
        return Changed(position=places.write(position))

    return routes


@dataclass(frozen=True, slots=True)
class Shown:
    """Directory rows as the caller may see them: agents see names only."""

    caller: Caller
    name_of: NameOf

    def agent(self, row: DirectoryRow, present: bool, shares_name: bool) -> Agent:
        assert row.role is not None, "an agent has a role"
        return Agent(
            id=row.id,
            name=row.name,
            role=row.role,
            active=row.active,
            present=present and row.active,
            email=row.email if shares_name else None,
            teams=[self._named(UUID(team)) for team in row.teams or ()] if self._reads_all else None,
            limit=row.open_limit if self._reads_all else None,
        )

    def channel(self, row: DirectoryRow) -> Channel:
        if not self._reads_all:
            return Channel(id=row.id, name=row.name)
        return Channel(
            id=row.id,
            name=row.name,
            phone_number_id=row.phone_number_id,
            team=None if row.team_id is None else self._named(row.team_id),
            has_bot=row.has_bot,
            reopen_within_s=row.reopen_within_s,
            sends_read=row.sends_read,
            sends_typing=row.sends_typing,
            auto_assign=row.auto_assign,
            return_after_s=row.return_after_s,
            account=row.account,
            active_message_return_s=row.active_message_return_s,
        )

    @property
    def _reads_all(self) -> bool:
        return self.caller.role != "agent"

    def _named(self, id: UUID) -> Person:
        return Person(id=id, name=self.name_of(id) or "")


def _by_name(rows: Iterable[DirectoryRow]) -> list[DirectoryRow]:
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))


async def refresh(directory: Directory, min_position: str | None) -> None:
    """Reload the cached directory when the caller waits for a change."""
    if min_position is not None:
        await run_in_threadpool(directory.refresh_now)
