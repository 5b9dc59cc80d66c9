"""A second wall on PostgreSQL: rows of other organizations stay hidden from a query that forgets to leave them out.

Every table with an organization has a policy. It compares the row with a setting of the transaction, which says whose
rows may be seen and written; where nobody set it there are none. On SQLite there is only the first wall: the rules of
pages and the conditions of queries. Why it is so: docs/decisions/0017-row-security.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Table, event, text
from sqlalchemy.orm import Session, SessionTransaction

SETTING = "charter.organizations"
POLICY = "organizations"
SET_SCOPE = f"SELECT set_config('{SETTING}', %s, true)"
"""What every transaction on PostgreSQL begins with; it ends with the transaction."""


@dataclass(frozen=True)
class Scope:
    """Whose rows a transaction may see and write. `setting`: numbers of organizations, or `*`."""

    setting: str


EVERYTHING = Scope("*")
NOTHING = Scope("0")
"""Of no organization; what belongs to none can be written."""

_SCOPE = "charter_scope"


def only(organizations: Collection[int]) -> Scope:
    """The rows of these."""
    return Scope(",".join(str(each) for each in sorted(organizations))) if organizations else NOTHING


def see(db: Session, scope: Scope) -> None:
    """From now on the session sees these rows; also in its later transactions."""
    if db.info.get(_SCOPE) != scope:
        _set(db, scope)


@contextmanager
def seeing_everything(db: Session) -> Iterator[None]:
    """For the few questions of one member that rows of others answer. Say at each why; give nothing of them away."""
    before = db.info.get(_SCOPE, NOTHING)
    if before == EVERYTHING:
        yield
        return
    _set(db, EVERYTHING)
    try:
        yield
    finally:
        if _has_failed(db):
            db.info[_SCOPE] = before  # nothing can be set any more; the rollback takes it back there
        else:
            _set(db, before)


def set_scope(connection: Connection, scope: Scope) -> None:
    """The same for a transaction of no session."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(SET_SCOPE, (scope.setting,))


def scope_each_transaction(factory: Any, scope: Scope) -> None:
    """Let the sessions that a factory makes on PostgreSQL begin with that scope."""
    factory.kw["info"] = {**(factory.kw.get("info") or {}), _SCOPE: scope}

    def begun(db: Session, transaction: SessionTransaction, connection: Connection) -> None:
        if not transaction.nested:
            set_scope(connection, db.info.get(_SCOPE, NOTHING))

    event.listen(factory, "after_begin", begun)


def organization_of(table: Table) -> Column[Any] | None:
    """The column by which a table's rows belong to an organization; None if they do not, or only through others."""
    return table.c.id if table.name == "organization" else table.c.get("organization_id")


def parents_of(table: Table) -> list[ForeignKey]:
    """Where else its rows may get their organization from: what each of them hangs on."""
    return [each for each in sorted(table.foreign_keys, key=lambda each: each.parent.name) if not each.parent.nullable]


def protect(connection: Connection, table: Table) -> bool:
    """Give a table its policy, which holds for its owner too; gives whether it needs one.

    Rows without an organization of their own belong to that of the first protected row that they hang on.
    """
    quoted = connection.dialect.identifier_preparer.quote
    name, column = quoted(table.name), organization_of(table)
    # The parts in inner brackets are worked out once a query, not once a row.
    setting = f"nullif(current_setting('{SETTING}', true), '')"
    everything = f"(SELECT {setting} = '*')"
    if column is not None:
        of = quoted(column.name)
        seen = f"{everything} OR {of} = ANY ((SELECT string_to_array(nullif({setting}, '*'), ','))::integer[])"
        written = f"{seen} OR ({of} IS NULL AND (SELECT {setting} IS NOT NULL))" if column.nullable else seen
    else:
        key = next((each for each in parents_of(table) if _is_protected(connection, each.column.table.name)), None)
        if key is None:
            return False
        # The other table's own policy decides which of its rows there are.
        other, there, here = (quoted(each) for each in (key.column.table.name, key.column.name, key.parent.name))
        rows = f"FROM {other} AS of WHERE of.{there} = {name}.{here}"
        seen = written = f"{everything} OR EXISTS (SELECT {rows})"
    connection.execute(text(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"))
    connection.execute(text(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"))
    connection.execute(text(f"CREATE POLICY {POLICY} ON {name} USING ({seen}) WITH CHECK ({written})"))
    return True


def is_above_policies(connection: Connection) -> bool:
    """Whether we are connected as somebody for whom PostgreSQL's policies do not count."""
    if connection.dialect.name != "postgresql":
        return False
    found = connection.scalar(text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"))
    return bool(found)


@event.listens_for(Table, "after_create")
def _protect_new_table(table: Table, connection: Connection, **_: Any) -> None:
    """Where tables are made policies are made, so that no migration can forget one."""
    if connection.dialect.name == "postgresql":
        protect(connection, table)


def _is_protected(connection: Connection, name: str) -> bool:
    query = text("SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(:name)")
    quoted = connection.dialect.identifier_preparer.quote(name)
    return bool(connection.scalar(query, {"name": quoted}))


def _set(db: Session, scope: Scope) -> None:
    if db.get_bind().dialect.name == "postgresql" and db.in_transaction():
        # The connection first: if it begins only now, then with the scope from before, to which a savepoint goes back.
        set_scope(db.connection(), scope)
    db.info[_SCOPE] = scope


def _has_failed(db: Session) -> bool:
    """Whether the transaction takes no statement any more."""
    if db.get_bind().dialect.name != "postgresql" or not db.in_transaction() or not db.is_active:
        return not db.is_active
    connection = db.connection()
    if connection.invalidated:
        return True
    driver: Any = connection.connection.driver_connection
    return bool(driver.info.transaction_status.name != "INTRANS")
