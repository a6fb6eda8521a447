"""Who comes in and who is there, as the HTTP interface says it."""

from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

from schemas.http import Answer, Asked, CleanText, Person

Role = Literal["agent", "supervisor", "admin"]


class LogIn(Asked):
    """What opens a session."""

    email: CleanText = Field(min_length=1, max_length=254)
    password: SecretStr = Field(min_length=1, max_length=200)


class SessionOptions(Answer):
    """What the login page may offer: outside the demo nothing."""

    demo: bool
    accounts: list[str]
    """E-mail addresses of the demo."""


class Tenant(Answer):
    """The company whose conversations these are."""

    id: UUID
    name: str


class Me(Answer):
    """Who is logged in."""

    id: UUID
    name: str
    email: str
    role: Role
    tenant: Tenant
    demo: bool
    teams: list[Person]
