"""Login and the current user in the HTTP API."""

from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

from schemas.http import CleanText, Person, RequestModel, ResponseModel

Role = Literal["agent", "supervisor", "admin"]


class LogIn(RequestModel):
    """Credentials of an agent."""

    email: CleanText = Field(min_length=1, max_length=254)
    password: SecretStr = Field(min_length=1, max_length=200)


class ChangePassword(RequestModel):
    """A new password of the caller, who knows the present one."""

    current: SecretStr = Field(min_length=1, max_length=200)
    new: SecretStr = Field(min_length=1, max_length=200)


class SessionOptions(ResponseModel):
    """What the login page can offer; nothing outside the demo."""

    demo: bool
    accounts: list[str]
    """E-mail addresses of the demo accounts."""


class Tenant(ResponseModel):
    """The company that the agent belongs to."""

    id: UUID
    name: str


class Me(ResponseModel):
    """The agent who is logged in."""

    id: UUID
    name: str
    email: str
    role: Role
    tenant: Tenant
    demo: bool
    teams: list[Person]
