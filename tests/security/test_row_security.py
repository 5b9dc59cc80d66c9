"""The second wall, which only PostgreSQL has: the database itself shows nobody the rows of others.

All of it is asked as the role that serves: it owns the tables, and is no superuser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from flask import jsonify
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, create_engine, func, make_url, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from charter import create_app
from charter.api import members
from charter.database import Base
from charter.database.engine import session_factory
from charter.database.organizations import Organization
from charter.database.people import Membership
from charter.database.records import Visit
from charter.database.row_security import (
    EVERYTHING,
    NOTHING,
    Scope,
    only,
    organization_of,
    parents_of,
    see,
    seeing_everything,
    set_scope,
)
from charter.operate_commands import warn_of_role
from charter.services import health
from charter.stores import store_for
from charter.web.access import rule_of
from charter.web.requests import database
from tests.integration.application.conftest import plain_settings
from tests.integration.application.databases import SERVING, PostgresqlDatabases
from tests.integration.application.worlds import World, post_form
from tests.security.tenants import Site, fill


@pytest.fixture(scope="module")
def walled(postgresql: PostgresqlDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two members with everything; nothing that a test writes is committed."""
    made_settings = plain_settings(postgresql(), tmp_path_factory.mktemp("walled"))
    made = create_app(made_settings)
    yield fill(World(made), made_settings)
    made.extensions["charter.engine"].dispose()


@pytest.fixture
def engine(walled: Site) -> Iterator[Engine]:
    """One connection, which is used again and again."""
    made = create_engine(walled.settings.database, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


@pytest.fixture
def within(engine: Engine) -> Iterator[Callable[[Scope], Connection]]:
    """A connection of that scope, in a transaction that leaves nothing behind."""
    with engine.connect() as connection:

        def begun(scope: Scope) -> Connection:
            set_scope(connection, scope)
            return connection

        yield begun
        connection.rollback()


def protected() -> list[Table]:
    """Every table whose rows belong to an organization, by themselves or by what they hang on."""
    found: dict[str, Table] = {}
    for table in Base.metadata.sorted_tables:
        if organization_of(table) is not None or any(key.column.table.name in found for key in parents_of(table)):
            found[table.name] = table
    return list(found.values())


WITH_ORGANIZATION = [table for table in protected() if organization_of(table) is not None]


def owners(connection: Connection, table: Table) -> set[int]:
    """Whose rows a query finds that forgot to ask for somebody's."""
    column = organization_of(table)
    assert column is not None
    return set(connection.scalars(select(column).where(column.is_not(None))))


def test_we_ask_as_a_plain_role_that_owns_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        role = connection.execute(
            text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        )
        assert role.one() == (SERVING, False, False)
        assert set(connection.scalars(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'"))) == {
            SERVING
        }


def test_every_table_of_members_has_a_policy_that_holds_for_its_owner_too(engine: Engine) -> None:
    wanted = {table.name for table in protected()}
    assert {"organization", "assessment", "event", "grant", "agreed_rating", "progress_note", "sheet"} <= wanted
    assert not wanted & {"person", "cycle", "training", "release", "published_pack"}
    with engine.connect() as connection:
        forced = connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
        assert set(forced) == wanted
        policies = connection.execute(
            text("SELECT tablename, cmd, permissive FROM pg_policies WHERE qual IS NOT NULL AND with_check IS NOT NULL")
        ).all()
    assert sorted(tuple(row) for row in policies) == sorted((name, "ALL", "PERMISSIVE") for name in wanted)


def test_a_table_of_a_later_migration_gets_its_policy_when_it_is_made(within: Callable[[Scope], Connection]) -> None:
    connection = within(NOTHING)
    later = Table("later", MetaData(), Column("id", Integer, primary_key=True), Column("organization_id", Integer))
    later.create(connection)
    with pytest.raises(ProgrammingError, match="row-level security"):
        connection.execute(later.insert().values(organization_id=1))


@pytest.mark.parametrize("scope", [None, NOTHING], ids=["unset", "nothing"])
def test_without_a_scope_there_is_no_row(engine: Engine, scope: Scope | None) -> None:
    with engine.connect() as connection:
        for table in protected():
            if scope is not None:
                set_scope(connection, scope)
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name


def test_the_rows_are_there(walled: Site, within: Callable[[Scope], Connection]) -> None:
    """The control: they are hidden, not missing."""
    connection, both = within(EVERYTHING), {walled.ours.organization.id, walled.theirs.organization.id}
    for table in WITH_ORGANIZATION:
        assert owners(connection, table) == both, table.name
    for name in ("agreed_rating", "evidence", "progress_note", "staff_code"):
        assert connection.scalar(select(func.count()).select_from(Base.metadata.tables[name])), name


@pytest.mark.parametrize("scope", [None, NOTHING], ids=["unset", "nothing"])
def test_without_a_scope_nothing_is_written(walled: Site, engine: Engine, scope: Scope | None) -> None:
    with engine.connect() as connection:
        if scope is not None:
            set_scope(connection, scope)
        for table in protected():
            assert connection.execute(table.delete()).rowcount == 0, table.name
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(_visit(walled, walled.ours.organization.id))
        connection.rollback()


def test_without_a_scope_not_even_an_event_of_nobody_is_written(engine: Engine) -> None:
    event = Base.metadata.tables["event"]
    values = {"id": 0, "at": func.now(), "name": "X", "data": {}, "content_hash": "", "previous_hash": "", "hash": "x"}
    with engine.connect() as connection:
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(event.insert().values(**values))
        connection.rollback()
        set_scope(connection, NOTHING)  # what the public does is recorded
        connection.execute(event.insert().values(**values))
        connection.rollback()


def test_with_the_scope_of_one_member_there_are_only_its_rows(
    walled: Site, within: Callable[[Scope], Connection]
) -> None:
    for ours, theirs in ((walled.ours, walled.theirs), (walled.theirs, walled.ours)):
        connection = within(only([ours.organization.id]))
        for table in WITH_ORGANIZATION:
            assert owners(connection, table) == {ours.organization.id}, table.name
        for table in protected():
            if "assessment_id" in table.c and table not in WITH_ORGANIZATION:
                found = set(connection.scalars(select(table.c.assessment_id)))
                assert found <= {ours.own["assessment_id"], ours.own["running_id"]}, table.name
                assert theirs.own["assessment_id"] not in found
        notes = Base.metadata.tables["progress_note"]
        assert set(connection.scalars(select(notes.c.action_id))) == {ours.own["action_id"]}


def test_with_the_scope_of_two_there_are_those_of_both(walled: Site, within: Callable[[Scope], Connection]) -> None:
    both = {walled.ours.organization.id, walled.theirs.organization.id}
    connection = within(only(both))
    for table in WITH_ORGANIZATION:
        assert owners(connection, table) == both, table.name


def test_nothing_is_written_for_another_member(walled: Site, within: Callable[[Scope], Connection]) -> None:
    ours, theirs = walled.ours.organization.id, walled.theirs.organization.id
    connection, visits = within(only([ours])), Base.metadata.tables["visit"]
    connection.execute(_visit(walled, ours))  # the control
    assert connection.execute(visits.update().where(visits.c.organization_id == theirs).values(note="x")).rowcount == 0
    assert connection.execute(visits.delete().where(visits.c.organization_id == theirs)).rowcount == 0
    for statement in (
        _visit(walled, theirs),
        visits.update().values(organization_id=theirs),
        Base.metadata.tables["comment"]
        .insert()
        .values(assessment_id=walled.theirs.own["assessment_id"], text="x", at=func.now(), by_id=1),
        Base.metadata.tables["agreed_rating"].update().values(assessment_id=walled.theirs.own["assessment_id"]),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
            connection.execute(statement)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_scope_ends_with_its_transaction(walled: Site, engine: Engine, end: str) -> None:
    with engine.connect() as connection:
        set_scope(connection, only([walled.ours.organization.id]))
        first = connection.scalar(text("SELECT pg_backend_pid()"))
        assert connection.scalar(select(func.count()).select_from(Visit))
        getattr(connection, end)()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == first
        assert connection.scalar(select(func.count()).select_from(Visit)) == 0


def test_each_transaction_of_a_session_begins_with_its_scope(walled: Site, engine: Engine) -> None:
    ours, theirs = walled.ours.organization.id, walled.theirs.organization.id
    with session_factory(engine)() as db:
        assert set(db.scalars(select(Organization.id))) == set()
        see(db, only([ours]))
        assert set(db.scalars(select(Organization.id))) == {ours}
        db.commit()
        assert set(db.scalars(select(Organization.id))) == {ours}
        db.rollback()
        assert set(db.scalars(select(Organization.id))) == {ours}
    with session_factory(engine, scope=EVERYTHING)() as db:
        assert set(db.scalars(select(Organization.id))) == {ours, theirs}
    with session_factory(engine)() as db:
        assert set(db.scalars(select(Organization.id))) == set()


def test_what_may_see_everything_sees_it_no_longer_than_that(walled: Site, engine: Engine) -> None:
    ours, theirs = walled.ours.organization.id, walled.theirs.organization.id
    query = select(Organization.id)
    with session_factory(engine)() as db:
        see(db, only([ours]))
        with seeing_everything(db):
            assert set(db.scalars(query)) == {ours, theirs}
        assert set(db.scalars(query)) == {ours}
        with pytest.raises(ZeroDivisionError), seeing_everything(db):
            db.scalars(query).all()
            raise ZeroDivisionError
        assert set(db.scalars(query)) == {ours}
        with seeing_everything(db):
            db.commit()  # and on in the next transaction
            assert set(db.scalars(query)) == {ours, theirs}
        assert set(db.scalars(query)) == {ours}


def test_nor_after_the_database_refused_something_meanwhile(walled: Site, engine: Engine) -> None:
    ours, query = walled.ours.organization.id, select(Organization.id)
    wrong = text("INSERT INTO organization (id) VALUES (1)")
    with session_factory(engine)() as db:
        see(db, only([ours]))
        with pytest.raises(IntegrityError), db.begin_nested(), seeing_everything(db):
            db.execute(wrong)
        assert set(db.scalars(query)) == {ours}
        with pytest.raises(IntegrityError), seeing_everything(db), db.begin_nested():
            db.execute(wrong)
        assert set(db.scalars(query)) == {ours}
        with seeing_everything(db):
            savepoint = db.begin_nested()
            see(db, only([ours]))
            savepoint.rollback()
        assert set(db.scalars(query)) == {ours}
        with pytest.raises(IntegrityError), seeing_everything(db):
            db.execute(wrong)
        db.rollback()
        assert set(db.scalars(query)) == {ours}
        with pytest.raises(IntegrityError), seeing_everything(db):
            db.add(Membership(person_id=0, organization_id=0))
            db.flush()
        db.rollback()
        assert set(db.scalars(query)) == {ours}


@pytest.mark.parametrize(
    ("party", "page"),
    [
        ("lead", "/member/{organization_id}"),
        ("contributor", "/member/{organization_id}"),
        ("mentor", "/mentor"),
        ("coordinator", "/coalition"),
        ("public", "/apply"),
    ],
)
def test_a_page_that_forgets_to_ask_whose_rows_shows_only_own(
    walled: Site, monkeypatch: pytest.MonkeyPatch, party: str, page: str
) -> None:
    app, address = walled.world.app, page.format(**walled.ours.own)
    endpoint, _ = app.url_map.bind("localhost").match(address)
    _forget(monkeypatch, walled, endpoint)
    answer = walled.client(party).get(address)
    assert answer.status_code == 200
    ours, theirs = walled.ours.organization.id, walled.theirs.organization.id
    wanted = {"coordinator": [ours, theirs], "public": []}.get(party, [ours])
    assert answer.json == {table.name: wanted for table in WITH_ORGANIZATION}


def test_so_does_a_page_for_a_staff_code(walled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = walled.world.client()
    assert post_form(client, "/answer", {"code": walled.ours.codes[0]}).status_code == 302
    _forget(monkeypatch, walled, "respondent.welcome")
    answer = client.get("/answer/welcome")
    assert answer.json == {table.name: [walled.ours.organization.id] for table in WITH_ORGANIZATION}


def test_so_does_the_programming_interface(walled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        members, "organizations_for", lambda db, _actor, **_: list(db.scalars(select(Organization).order_by("id")))
    )
    client = walled.world.client()
    for tenant in (walled.ours, walled.theirs):
        answer = client.get("/api/v1/organizations", headers={"Authorization": f"Bearer {tenant.tokens[0]}"})
        assert [each["id"] for each in (answer.json or {})["items"]] == [tenant.organization.id]


def test_whoever_has_not_given_the_second_factor_sees_nothing(walled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = walled.client("coordinator")
    with walled.world.writing() as db:
        db.execute(text("UPDATE login_session SET second_factor_at = NULL"))
    _forget(monkeypatch, walled, "account.second_factor")
    address = next(
        rule.rule for rule in walled.world.app.url_map.iter_rules() if rule.endpoint == "account.second_factor"
    )
    assert client.get(address).json == {table.name: [] for table in WITH_ORGANIZATION}


def test_who_serves_above_the_policies_is_told(walled: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ours = make_url(walled.settings.database)
    for role, told in ((SERVING, False), ("postgres", True)):
        address = ours.set(username=role).render_as_string(hide_password=False)
        warn_of_role(plain_settings(address, walled.settings.instance))
        assert ("nothing in the database keeps members apart" in capsys.readouterr().err) is told
        engine = create_engine(address)
        assert (health.DATABASE_ROLE in health.readiness(engine, lambda: store_for(walled.settings)).late) is told
        engine.dispose()


def _visit(site: Site, organization_id: int) -> Any:
    return (
        Base.metadata.tables["visit"]
        .insert()
        .values(
            organization_id=organization_id,
            visited_on=date(2027, 1, 1),
            created_at=func.now(),
            mentor_id=site.coordinator.id,
            note="",
        )
    )


def _forget(monkeypatch: pytest.MonkeyPatch, site: Site, endpoint: str) -> None:
    """Let a page answer with whose rows it finds in each table, without asking for somebody's."""

    def view(**_: Any) -> Any:
        return jsonify({table.name: sorted(owners(database().connection(), table)) for table in WITH_ORGANIZATION})

    view.access_rule = rule_of(site.world.app.view_functions[endpoint])  # type: ignore[attr-defined]
    monkeypatch.setitem(site.world.app.view_functions, endpoint, view)
