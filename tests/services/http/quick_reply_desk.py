"""Quick replies at a real office, as a state machine: whoever does what, in any order, it is as on paper."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain import streams
from tests.services.http.actions import get_json, send
from tests.support.office import Office

PATH = "/v1/quick-replies"
AGENTS, ADMINS = ("ana", "bruno", "clara"), ("davi", "eva")
PEOPLE = st.sampled_from([*AGENTS, *ADMINS])
DECIDERS = st.sampled_from(["davi", "eva", "davi", "eva", "clara"])
WHICH = st.integers(0, 5)
SEEN = st.sampled_from([0, 0, 0, 0, 1, 2])
"""How many changes somebody has missed."""

TEAMS = st.sampled_from([False, False, True])
TEXTS = st.sampled_from(["Olá!\n Tudo bem? ", "Bom dia, é você?", "<b>R$ 50</b>", "$$"])
CONTENTS = st.tuples(st.sampled_from(["Zé", "Olá", "Fim"]), st.sampled_from([None, "ola", "fim"]), TEXTS)
REASONS = st.sampled_from(["já temos", "não"])

Content = tuple[str, str | None, str]
_runs = count(1)


@dataclass
class Paper:
    """What is known of one quick reply, written down by hand."""

    id: UUID
    versions: list[Content] = field(default_factory=list)
    of_team: bool = False
    suggested: Content | None = None
    by: str | None = None
    fate: str | None = None
    reason: str | None = None
    suggesters: set[str] = field(default_factory=set)
    archived: bool = False
    revision: int = 0
    uses: Counter[str] = field(default_factory=Counter)

    @property
    def state(self) -> str:
        if self.archived:
            return "archived"
        return "approved" if self.versions else {"waiting": "suggested"}.get(str(self.fate), str(self.fate))

    @property
    def shown(self) -> Content | None:
        return self.versions[-1] if self.versions else self.suggested

    def is_offered_to(self, who: str) -> bool:
        return not self.of_team or who in ("ana", *ADMINS)


@dataclass
class Counters:
    """An office where five people have written to a customer each; Ana is in a team of her own."""

    office: Office
    team: UUID = field(init=False)
    clients: dict[str, httpx2.Client] = field(default_factory=dict)
    messages: dict[str, tuple[UUID, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.office.hire("eva", "admin")
        self.team = self.office.team("Vendas", "ana")
        for customer, name in enumerate((*AGENTS, *ADMINS), 1):
            client = self.clients[name] = self.office.login(name)
            conversation = self.office.customer_writes("oi", customer=customer)
            answer = send(client, conversation, "Bom dia!", key=uuid4().hex)
            assert answer.status_code == 202, answer.text
            self.messages[name] = conversation, answer.json()["message_id"]
        self.office.settle()


class Desk(RuleBasedStateMachine):
    """Each request is answered as paper says, and then log and read models say what paper says."""

    at: ClassVar[Counters]

    @initialize()
    def begin(self) -> None:
        self.word = f"caso{next(_runs)}"
        self.papers: list[Paper] = []
        self.answered = True
        self.add("davi", ("Olá", "ola", "Olá!"), True)
        self.suggest_change("ana", 0, ("Olá", None, "Até logo!"))
        self.suggest("bruno", ("Fim", "fim", "Até logo!"))

    @rule(who=PEOPLE, content=CONTENTS, of_team=TEAMS)
    def add(self, who: str, content: Content, of_team: bool) -> None:
        body = {**self._body(content), "team_ids": self._teams(of_team)}
        answer = self._ask(who, "post", "", body)
        if who not in ADMINS:
            return self._refused(answer, 403, "forbidden")
        self._done(answer, 201)
        paper = Paper(UUID(answer.json()["id"]), [content], of_team, revision=1)
        self.papers.append(paper)
        self._log_says(paper)

    @rule(who=PEOPLE, content=CONTENTS)
    def suggest(self, who: str, content: Content) -> None:
        answer = self._suggest(who, content, None)
        self._done(answer, 201)
        self.papers.append(Paper(UUID(answer.json()["id"])))
        self._suggested(self.papers[-1], who, content)

    @precondition(lambda self: self.papers)
    @rule(who=PEOPLE, which=WHICH, content=CONTENTS)
    def suggest_change(self, who: str, which: int, content: Content) -> None:
        paper = self._paper(which)
        answer = self._suggest(who, content, paper)
        if not (who in ADMINS or who == paper.by or (paper.versions and paper.is_offered_to(who))):
            return self._refused(answer, 404, "not_found")
        if paper.archived:
            return self._refused(answer, 409, "archived")
        if paper.fate == "waiting":
            return self._refused(answer, 409, "suggestion_waits")
        self._done(answer, 201)
        self._suggested(paper, who, content)

    @precondition(lambda self: self.papers)
    @rule(who=DECIDERS, which=WHICH, missed=SEEN, change=st.none() | TEXTS, of_team=st.none() | TEAMS)
    def approve(self, who: str, which: int, missed: int, change: str | None, of_team: bool | None) -> None:
        paper = self._paper(which)
        body: dict[str, Any] = {"approved": True}
        body |= {} if change is None else {"text": change}
        body |= {} if of_team is None else {"team_ids": self._teams(of_team)}
        answer = self._decide(who, paper, missed, body)
        if paper.suggested is None and who in ADMINS:
            return self._refused(answer, 404, "not_found")
        name, shortcut, text = paper.suggested or ("", None, "")
        content = name, shortcut, text if change is None else change
        wanted = paper.of_team if of_team is None else of_team
        is_so = paper.fate == "approved" and paper.versions[-1:] == [content] and paper.of_team == wanted
        if not self._may_decide(answer, who, paper, missed, is_so):
            return None
        paper.versions.append(content)
        paper.fate, paper.of_team, paper.revision = "approved", wanted, paper.revision + 1
        self._log_says(paper)

    @precondition(lambda self: self.papers)
    @rule(who=DECIDERS, which=WHICH, missed=SEEN, reason=REASONS)
    def reject(self, who: str, which: int, missed: int, reason: str) -> None:
        paper = self._paper(which)
        answer = self._decide(who, paper, missed, {"approved": False, "reason": reason})
        if paper.suggested is None and who in ADMINS:
            return self._refused(answer, 409, "no_suggestion")
        is_so = paper.fate == "rejected" and paper.reason == reason
        if not self._may_decide(answer, who, paper, missed, is_so):
            return None
        paper.fate, paper.reason, paper.revision = "rejected", reason, paper.revision + 1
        self._log_says(paper)

    @precondition(lambda self: self.papers)
    @rule(who=PEOPLE, which=WHICH)
    def withdraw(self, who: str, which: int) -> None:
        paper = self._paper(which)
        answer = self._ask(who, "delete", f"/{paper.id}/suggestion")
        if not (who in ADMINS or who == paper.by or (paper.versions and paper.is_offered_to(who))):
            return self._refused(answer, 404, "not_found")
        if paper.by is None:
            return self._refused(answer, 409, "no_suggestion")
        if paper.by != who:
            return self._refused(answer, 403, "forbidden")
        if paper.fate in ("approved", "rejected"):
            return self._refused(answer, 409, "no_suggestion")
        self._done(answer, 200)
        if paper.fate == "waiting":
            paper.fate, paper.revision = "withdrawn", paper.revision + 1
        self._log_says(paper)

    @precondition(lambda self: self.papers)
    @rule(who=DECIDERS, which=WHICH, missed=SEEN, content=CONTENTS, of_team=TEAMS)
    def edit(self, who: str, which: int, missed: int, content: Content, of_team: bool) -> None:
        paper = self._paper(which)
        body = {**self._body(content), "team_ids": self._teams(of_team)}
        answer = self._ask(who, "put", f"/{paper.id}", body, max(0, paper.revision - missed))
        if who not in ADMINS:
            return self._refused(answer, 403, "forbidden")
        if paper.archived:
            return self._refused(answer, 409, "archived")
        if not paper.versions:
            return self._refused(answer, 409, "not_approved")
        if paper.versions[-1] == content and paper.of_team == of_team:
            return self._done(answer, 200)
        if missed and paper.revision:
            return self._refused(answer, 409, "quick_reply_moved")
        self._done(answer, 200)
        paper.versions += [content] if paper.versions[-1] != content else []
        paper.of_team, paper.revision = of_team, paper.revision + 1
        self._log_says(paper)

    @precondition(lambda self: self.papers)
    @rule(who=DECIDERS, which=WHICH)
    def archive(self, who: str, which: int) -> None:
        paper = self._paper(which)
        answer = self._ask(who, "delete", f"/{paper.id}")
        if who not in ADMINS:
            return self._refused(answer, 403, "forbidden")
        if paper.fate == "waiting" and not paper.archived:
            return self._refused(answer, 409, "suggestion_waits")
        self._done(answer, 200)
        paper.revision += not paper.archived
        paper.archived = True
        self._log_says(paper)

    @precondition(lambda self: self.papers)
    @rule(who=PEOPLE, which=WHICH, later=st.sampled_from([0, 0, 1]))
    def use(self, who: str, which: int, later: int) -> None:
        """A message is written with the newest version, or with one that is not there yet."""
        paper = self._paper(which)
        version = max(1, len(paper.versions)) + later
        conversation = self.at.messages[who][0]
        body = {"type": "text", "text": "Oi", "quick_replies": [{"id": str(paper.id), "version": version}]}
        path = f"/v1/conversations/{conversation}/messages"
        headers = {"Idempotency-Key": uuid4().hex}
        self.answered = False
        answer = self.at.clients[who].post(path, json=body, headers=headers)
        if version > len(paper.versions) or not paper.is_offered_to(who):
            return self._refused(answer, 404, "not_found")
        self._done(answer, 202)
        paper.uses[who] += 1

    @precondition(lambda self: self.papers)
    @rule(who=PEOPLE)
    def look(self, who: str) -> None:
        """What somebody reads is what paper says."""
        self.answered = False
        decides = who in ADMINS
        listed = {view: self._listed(who, view) for view in ("usable", "mine")}
        usable = [p for p in self.papers if p.state == "approved" and p.is_offered_to(who)]
        # Names are sorted without accents, as everywhere.
        usable.sort(key=lambda p: (-p.uses[who], _plain(self._name(p)), p.id))
        assert [item["id"] for item in listed["usable"]] == [str(p.id) for p in usable], "usable"
        mine = {str(p.id) for p in self.papers if who in p.suggesters}
        assert {item["id"] for item in listed["mine"]} == mine, "mine"
        if decides:
            listed |= {view: self._listed(who, view) for view in ("waiting", "all", "archived")}
            expected = {
                "waiting": [p for p in self.papers if p.fate == "waiting" and not p.archived],
                "all": [p for p in self.papers if p.state == "approved"],
                "archived": [p for p in self.papers if p.archived],
            }
            for view, those in expected.items():
                assert {item["id"] for item in listed[view]} == {str(p.id) for p in those}, view
        papers = {str(p.id): p for p in self.papers}
        for item in (item for items in listed.values() for item in items):
            self._agree(item, papers[item["id"]], who)
        for paper in self.papers:
            answer = self.at.clients[who].get(f"{PATH}/{paper.id}")
            offered = paper.state == "approved" and paper.is_offered_to(who)
            if not (decides or offered or who in paper.suggesters):
                self._refused(answer, 404, "not_found")
                continue
            page = answer.json()
            self._agree(page, paper, who)
            versions = [(self._plain_name(v["name"]), v["shortcut"], v["text"]) for v in page["versions"]]
            assert versions == paper.versions[::-1], "the versions"
            uses = {each["agent"]["name"].lower(): each["uses"] for each in page["uses_by"]}
            assert uses == {n: u for n, u in paper.uses.items() if decides or n == who}, "the uses"
        self.answered = True

    def teardown(self) -> None:
        if self.answered:  # else something is wrong already
            for who in ("ana", "bruno", "davi"):
                self.look(who)

    # On the way

    def _ask(
        self, who: str, method: str, path: str, body: Any = None, seen: int | None = None
    ) -> httpx2.Response:
        self.answered = False
        headers = {"Idempotency-Key": uuid4().hex}
        headers |= {} if seen is None else {"If-Match": f'"{seen}"'}
        return self.at.clients[who].request(method, f"{PATH}{path}", json=body, headers=headers)

    def _suggest(self, who: str, content: Content, paper: Paper | None) -> httpx2.Response:
        conversation, message = self.at.messages[who]
        about = {"conversation_id": str(conversation), "message_id": message}
        about |= {} if paper is None else {"quick_reply_id": str(paper.id)}
        return self._ask(who, "post", "/suggestions", {**self._body(content), **about})

    def _decide(self, who: str, paper: Paper, missed: int, body: Any) -> httpx2.Response:
        return self._ask(who, "put", f"/{paper.id}/approval", body, max(0, paper.revision - missed))

    def _may_decide(self, answer: httpx2.Response, who: str, paper: Paper, missed: int, is_so: bool) -> bool:
        """Whether paper has to be changed now; else it was refused, or done before."""
        if who not in ADMINS:
            self._refused(answer, 403, "forbidden")
        elif who == paper.by:
            self._refused(answer, 403, "own_suggestion")
        elif paper.archived:
            self._refused(answer, 409, "archived")
        elif is_so and missed == 1:
            self._done(answer, 200)
        elif missed:
            self._refused(answer, 409, "quick_reply_moved")
        elif paper.fate != "waiting":
            self._refused(answer, 409, "no_suggestion")
        else:
            self._done(answer, 200)
            return True
        return False

    def _suggested(self, paper: Paper, who: str, content: Content) -> None:
        paper.suggested, paper.by, paper.fate, paper.reason = content, who, "waiting", None
        paper.suggesters.add(who)
        paper.revision += 1
        self._log_says(paper)

    def _log_says(self, paper: Paper) -> None:
        """The events of the log, folded, are what paper says."""
        folded = self.at.office.cell.log.load([paper.id], streams.quick_reply)[paper.id]
        reply = folded.state
        assert reply is not None
        found = [(self._plain_name(c.name), c.shortcut, c.text) for c in reply.versions]
        assert found == paper.versions, "the approved texts"
        assert (reply.state, reply.revision, folded.version) == (
            *(paper.state, paper.revision, paper.revision),
        )
        assert reply.teams == (frozenset({self.at.team}) if paper.of_team else frozenset())
        if reply.suggestion is None:
            assert paper.suggested is None
        else:
            c = reply.suggestion.content
            assert (self._plain_name(c.name), c.shortcut, c.text) == paper.suggested
            people = self.at.office.people
            assert (reply.suggestion.state, reply.suggestion.by) == (paper.fate, people[str(paper.by)])
            assert paper.fate != "rejected" or reply.suggestion.reason == paper.reason

    def _agree(self, item: Any, paper: Paper, who: str) -> None:
        shown = (self._plain_name(item["name"]), item["shortcut"], item["text"])
        assert shown == paper.shown, "what it says"
        assert (item["state"], item["version"], item["revision"]) == (
            *(paper.state, len(paper.versions), paper.revision),
        ), "its state"
        assert [team["id"] for team in item["teams"]] == self._teams(paper.of_team)
        assert (item["uses"], item["own_uses"]) == (paper.uses.total(), paper.uses[who]), "its use"
        suggestion = item["suggestion"]
        if paper.by is None or not (who in ADMINS or who == paper.by):
            assert suggestion is None, "the suggestion is not theirs to see"
        else:
            assert (suggestion["state"], suggestion["by"]["name"].lower()) == (paper.fate, paper.by)
            assert suggestion["text"] == (paper.suggested or ("", None, ""))[2]
            assert suggestion["reason"] == (paper.reason if paper.fate == "rejected" else None)

    def _listed(self, who: str, view: str) -> list[Any]:
        place = self.at.office.head()
        page = get_json(self.at.clients[who], PATH, view=view, q=self.word, limit=200, min_position=place)
        assert (page["stale"], page["next"]) == (False, None)
        items: list[Any] = page["items"]
        return items

    def _paper(self, which: int) -> Paper:
        return self.papers[which % len(self.papers)]

    def _body(self, content: Content) -> dict[str, Any]:
        name, shortcut, text = content
        return {"name": f"{name} {self.word}", "shortcut": shortcut, "text": text}

    def _name(self, paper: Paper) -> str:
        assert paper.shown is not None
        return paper.shown[0]

    def _plain_name(self, name: str) -> str:
        assert name.endswith(f" {self.word}")
        return name.removesuffix(f" {self.word}")

    def _teams(self, of_team: bool) -> list[str]:
        return [str(self.at.team)] if of_team else []

    def _done(self, answer: httpx2.Response, status: int) -> None:
        assert answer.status_code == status, answer.text
        self.answered = True

    def _refused(self, answer: httpx2.Response, status: int, code: str) -> None:
        assert (answer.status_code, answer.json().get("code")) == (status, code), f"not {code}: {answer.text}"
        self.answered = True


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("áé", "ae"))
