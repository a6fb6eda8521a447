"""Merge two contacts: an alias is shown as one with its main contact, until that is undone."""

from dataclasses import dataclass
from uuid import UUID

from domain.contact.state import AliasAdded, AliasRemoved, Contact, ContactsMerged, MergeUndone
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import DataErased, HasAliases, MergedAlready, MergeItself


@dataclass(frozen=True, slots=True)
class Merge:
    """The facts for the streams of the alias and of the main contact."""

    alias: Decision = nothing_to_do
    main: Decision = nothing_to_do


def main_of(contact_id: UUID, contact: Contact | None) -> UUID:
    """Return the id under which a contact is shown."""
    merged_into = contact.merged_into if contact is not None else None
    return merged_into or contact_id


def merge(alias_id: UUID, alias: Contact, into_id: UUID, into: Contact, by: UUID) -> Merge:
    """Merge `alias` into `into`, which must be a main contact (`main_of`); does nothing when it is.

    Raises:
        MergeItself: both are one contact.
        MergedAlready: one of them is an alias of another contact.
        HasAliases: others are merged into `alias`; a chain of aliases could not be undone link by link.
        DataErased: one of them was erased.
    """
    if alias.erased or into.erased:
        raise DataErased
    if alias_id == into_id:
        raise MergeItself
    if alias.merged_into == into_id:
        return Merge()
    if alias.merged_into is not None:
        raise MergedAlready(alias.merged_into)
    if into.merged_into is not None:
        raise MergedAlready(into.merged_into)
    if alias.aliases:
        raise HasAliases
    return Merge(
        alias=decided(ContactsMerged(into=into_id, name=into.name, by=by)),
        main=decided(AliasAdded(alias=alias_id, by=by)),
    )


def undo_merge(alias_id: UUID, alias: Contact, by: UUID) -> Merge:
    """Undo the merge of an alias; does nothing when it is not merged.

    Raises:
        DataErased
    """
    if alias.erased:
        raise DataErased
    if alias.merged_into is None:
        return Merge()
    return Merge(
        alias=decided(MergeUndone(into=alias.merged_into, by=by)),
        main=decided(AliasRemoved(alias=alias_id, by=by)),
    )
