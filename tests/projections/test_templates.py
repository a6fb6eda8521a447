"""Whatever Meta lists, in whatever order: the rows are what it listed last, and what the rules go by."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adapters.whatsapp.templates import read_template
from domain import streams
from domain.template.state import Template, TemplateSynced, removed, stream_of, synced
from projections.templates import TemplateRow, TemplatesProjection
from tests.projections.told import TENANT, Told, folded

ACCOUNT = "5"
templates = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["1", "2", "3"]),
        "name": st.sampled_from(["aviso", "oferta"]),
        "language": st.just("pt_BR"),
        "status": st.sampled_from(["APPROVED", "PAUSED", "REJECTED", "PENDING", "DISABLED"]),
        "category": st.sampled_from(["UTILITY", "MARKETING"]),
        "quality_score": st.sampled_from([{"score": "GREEN"}, {"score": "RED"}, None]),
        "components": st.sampled_from(
            [
                [{"type": "BODY", "text": "Olá, {{1}}!"}],
                [{"type": "BODY", "text": "Oi"}, {"type": "FLOW"}],
            ]
        ),
    }
)
lists = st.lists(st.lists(templates, max_size=4, unique_by=lambda each: str(each["id"])), max_size=8)


def mirrored(listings: list[list[dict[str, Any]]]) -> tuple[Told, dict[UUID, Template]]:
    """What the worker makes of one list after the other."""
    told, known = Told(), dict[UUID, Template]()
    for listing in listings:
        found: dict[UUID, TemplateSynced] = {}
        for raw in listing:
            read = read_template(ACCOUNT, raw)
            assert read is not None
            found[stream_of(TENANT, ACCOUNT, read.meta_id)] = read
        for id in {*known, *found}:
            state, read = known.get(id), found.get(id)
            facts = removed(state) if read is None else synced(state, read)
            told.tell(*facts, stream=id, conversation=None, contact=None)
            for fact in facts:
                state = streams.template(state, fact)
            if state is not None:
                known[id] = state
    return told, known


@given(lists, st.integers(1, 5))
def test_rows_are_what_meta_listed_last(listings: list[list[dict[str, Any]]], batch_size: int) -> None:
    told, known = mirrored(listings)
    rows: dict[Any, TemplateRow] = folded(TemplatesProjection(), told.events, batch_size)
    assert rows == folded(TemplatesProjection(), told.events)
    present = {row.template_id: row for row in rows.values()}
    last = {each["id"]: each for each in (listings[-1] if listings else [])}
    assert {row.meta_id for row in present.values()} == last.keys()
    assert present.keys() == {id for id, template in known.items() if not template.removed}
    for id, row in present.items():
        template, raw = known[id], last[row.meta_id]
        assert (row.name, row.status, row.category) == (raw["name"], raw["status"], raw["category"])
        assert row.why_not == template.why_not
        assert (row.status, row.reason, row.quality) == (template.status, template.reason, template.quality)
        assert row.content == template.synced.content.model_dump()


@given(lists)
def test_a_list_that_comes_again_is_no_news(listings: list[list[dict[str, Any]]]) -> None:
    twice = [listing for listing in listings for _ in range(2)]
    assert len(mirrored(twice)[0].events) == len(mirrored(listings)[0].events)
