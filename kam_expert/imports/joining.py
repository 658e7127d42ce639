"""Records to accounts: by id, else by a name that is written alike; what is not joined to the letter is said."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kam_expert.imports.entries import ImportWords
from kam_expert.imports.findings import CannotImport, Reject
from kam_expert.imports.mapping import ACCOUNTS, OF_ACCOUNT, Model
from kam_expert.imports.sheets import quoted
from kam_expert.imports.tables import Gathered, Record, Table
from kam_expert.problems import Phrase, nearest

ID, NAME, PARENT, PARENT_NAME, OWNER = "id", "name", "parent", "parent_name", "owner"
MOST_NEAR = 200  # unknown names for which a near one is looked for

_WORDS = re.compile(r"[^\W_]+")


@dataclass
class Account:
    """One account of the files. `members`: itself and the accounts rolled up to it, by position."""

    key: int
    id: str | None
    name: str
    record: Record
    parent: int | None = None
    members: tuple[int, ...] = ()


@dataclass
class Join:
    """How the rows of a table found what they refer to.

    `exact`: rows joined to the letter; `alike`: pairs (written, joined to) that differ in how they are written, with
    their rows; `blank`: rows that name nothing; `missing`: rows whose reference leads nowhere.
    """

    table: str
    field: str
    to: str
    exact: int = 0
    alike: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    blank: int = 0
    missing: int = 0


@dataclass
class Joined:
    """Accounts with their rows. `tops`: the accounts that become cases. `same_name`: accounts that may be one."""

    tables: Mapping[str, Table]
    accounts: list[Account]
    tops: list[Account]
    joins: list[Join] = dataclasses.field(default_factory=list)
    same_name: list[tuple[Account, Account]] = dataclasses.field(default_factory=list)
    rolled: list[tuple[Account, Account]] = dataclasses.field(default_factory=list)
    rejects: list[Reject] = dataclasses.field(default_factory=list)


def name_key(name: str, words: ImportWords) -> str:
    """A name as it is compared: full-width, case, spaces, punctuation and legal forms make no difference."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    parts = _WORDS.findall(plain)
    endings = {each.casefold() for each in words.company_endings}
    while len(parts) > 1 and parts[-1] in endings:
        parts.pop()
    key = "".join(parts)
    for ending in sorted((each for each in endings if not each.isascii()), key=len, reverse=True):
        if key.endswith(ending) and len(key) > len(ending) + 1:
            return key.removesuffix(ending)
    return key


def join(found: Gathered, model: Model, *, roll_up: bool) -> Joined:
    """Everything joined. Raises `CannotImport` if no account is named anywhere."""
    return _Joining(found, model).joined(roll_up=roll_up)


class _Index:
    """What can be referred to: to the letter, and as names are compared."""

    def __init__(self, values: Iterable[tuple[str, int]], words: ImportWords) -> None:
        self.words = words
        self.exact: dict[str, list[int]] = {}
        self.alike: dict[str, list[int]] = {}
        for value, key in values:
            self.exact.setdefault(value, []).append(key)
            self.alike.setdefault(name_key(value, words), []).append(key)

    def find(self, value: str, *, name: bool) -> tuple[int | None, str]:
        """The one that is meant, and how it was found: exact, alike, several or missing."""
        for how, found in (("exact", self.exact.get(value)), ("alike", self._alike(value) if name else None)):
            if found:
                return (found[0], how) if len(found) == 1 else (None, "several")
        return None, "missing"

    def _alike(self, value: str) -> list[int] | None:
        return self.alike.get(name_key(value, self.words))


class _Joining:
    def __init__(self, found: Gathered, model: Model) -> None:
        self.found = found
        self.model = model
        self.words = model.words
        self.rejects: list[Reject] = []
        self.joins: list[Join] = []
        self.looked_for = 0

    def joined(self, *, roll_up: bool) -> Joined:
        for name in self.model.entry.tables:
            if name in self.found.tables:
                self.references(name)
        accounts = self.accounts()
        if not accounts:
            raise CannotImport((Phrase("import.no_accounts"),))
        by_id = _Index(((account.id, account.key) for account in accounts if account.id), self.words)
        by_name = _Index(((account.name, account.key) for account in accounts), self.words)
        for name, table in self.found.tables.items():
            if name != ACCOUNTS:
                self.rows(name, table, accounts, by_id, by_name)
        for table in self.found.tables.values():
            for record in table.records:
                if record.account is not None:
                    record.values[OF_ACCOUNT] = float(record.account)
        rolled = self.parents(accounts, by_id, by_name)
        tops = self.tops(accounts) if roll_up else accounts
        if not roll_up:
            for account in accounts:
                account.members = (account.key,)
        alike = [keys for keys in by_name.alike.values() if len(keys) > 1]
        same = [(accounts[keys[0]], accounts[other]) for keys in alike for other in keys[1:]]
        return Joined(self.found.tables, accounts, tops, self.joins, same, rolled, self.rejects)

    def accounts(self) -> list[Account]:
        """The accounts of the file of accounts, or, without one, those that other rows name."""
        accounts: list[Account] = []
        seen: dict[str, Record] = {}
        if ACCOUNTS not in self.found.tables:
            return self.named_elsewhere()
        for record in self.found.tables[ACCOUNTS].records:
            id_, name = record.values.get(ID), record.values.get(NAME)
            if name is None and id_ is None:
                self.reject(record, "", "", Phrase("import.account_unnamed"))
                continue
            own = str(name if name is not None else id_)
            if id_ is None and own in seen:
                first = {"first_file": seen[own].file, "first_line": str(seen[own].line)}
                self.reject(record, "", own, Phrase("import.id_twice", first))
                continue
            seen.setdefault(own, record)
            record.account = len(accounts)
            accounts.append(Account(len(accounts), None if id_ is None else str(id_), own, record))
        return accounts

    def named_elsewhere(self) -> list[Account]:
        accounts: dict[str, Account] = {}
        for name, table in self.found.tables.items():
            for record in table.records:
                for field_, by in self.model.entry.tables[name].account.items():
                    value = record.values.get(field_)
                    if value is not None and by == "name":
                        own = str(value)
                        same = name_key(own, self.words)
                        accounts.setdefault(
                            same, Account(len(accounts), None, own, Record(record.file, record.line, {}))
                        )
        return list(accounts.values())

    def references(self, name: str) -> None:
        """Bring what a table takes over from others."""
        table = self.found.tables[name]
        for reference in self.model.entry.tables[name].references:
            other = self.found.tables.get(reference.table)
            if other is None or reference.to not in other.fields or reference.field not in table.fields:
                continue
            values = (
                (str(each.values[reference.to]), index)
                for index, each in enumerate(other.records)
                if reference.to in each.values
            )
            index = _Index(values, self.words)
            join = Join(name, reference.field, reference.table)
            names = [str(each.values.get(reference.to)) for each in other.records]
            for record in table.records:
                key = self.look_up(
                    record,
                    reference.field,
                    index,
                    join,
                    names,
                    name=True,
                )
                if key is not None:
                    target = other.records[key].values
                    brought = {own: target[there] for own, there in reference.bring.items() if there in target}
                    record.values.update({own: value for own, value in brought.items() if own not in record.values})
            self.joins.append(join)

    def rows(self, name: str, table: Table, accounts: list[Account], by_id: _Index, by_name: _Index) -> None:
        """Give each row its account."""
        present = {field_ for record in table.records for field_ in record.values}
        stated = self.model.entry.tables[name].account
        fields = {field_: by for field_, by in stated.items() if field_ in present}
        if not fields:
            return
        ids = any(account.id for account in accounts)
        usable = {field_: by for field_, by in fields.items() if by == "name" or ids} or fields
        first, by = next(iter(usable.items()))
        join = Join(name, first, ACCOUNTS)
        names = [account.name if by == "name" else account.id or "" for account in accounts]
        for record in table.records:
            for field_, how in usable.items():
                if field_ in record.values:
                    chosen = by_id if how == "id" else by_name
                    record.account = self.look_up(record, field_, chosen, join, names, name=how == "name")
                    break
            else:
                join.blank += 1
        self.joins.append(join)

    def look_up(
        self, record: Record, field_: str, index: _Index, join: Join, names: list[str], *, name: bool
    ) -> int | None:
        """What a row refers to; what is not found, or found twice, is rejected."""
        if field_ not in record.values:
            join.blank += 1
            return None
        value = str(record.values[field_])
        key, how = index.find(value, name=name)
        if how == "exact":
            join.exact += 1
        elif how == "alike" and key is not None:
            pair = (value, names[key])
            join.alike[pair] = join.alike.get(pair, 0) + 1
        else:
            join.missing += 1
            near = None
            if how == "missing" and self.looked_for < MOST_NEAR:
                self.looked_for += 1
                near = nearest(value, names)
            hint = Phrase("import.near", {"name": near}) if near else ""
            self.reject(record, field_, value, Phrase(f"import.join_{how}", {"to": join.to, "near": hint}))
        return key

    def parents(self, accounts: list[Account], by_id: _Index, by_name: _Index) -> list[tuple[Account, Account]]:
        """Who belongs to whom; a parent that is unknown or leads back to the account is rejected."""
        found: list[tuple[Account, Account]] = []
        names = [account.name for account in accounts]
        join = Join(ACCOUNTS, PARENT, ACCOUNTS)
        for account in accounts:
            stated = next((each for each in (PARENT, PARENT_NAME) if each in account.record.values), None)
            if stated is None:
                continue
            key, how = by_id.find(str(account.record.values[stated]), name=False)
            if how == "missing":
                key = self.look_up(account.record, stated, by_name, join, names, name=True)
            if key is None:
                continue
            ancestor: int | None = key
            while ancestor is not None and ancestor != account.key:
                ancestor = accounts[ancestor].parent
            if ancestor == account.key:
                value = str(account.record.values[stated])
                self.reject(account.record, stated, value, Phrase("import.parent_circle"))
                continue
            account.parent = key
            found.append((account, accounts[key]))
        return found

    def tops(self, accounts: list[Account]) -> list[Account]:
        """The accounts without a parent, each with all below it."""
        below: dict[int, list[int]] = {}
        for account in accounts:
            top = account
            while top.parent is not None:
                top = accounts[top.parent]
            below.setdefault(top.key, []).append(account.key)
        for key, members in below.items():
            accounts[key].members = (key, *(each for each in members if each != key))
        return [account for account in accounts if account.parent is None]

    def reject(self, record: Record, column: str, found: str, why: Phrase) -> None:
        self.rejects.append(Reject(record.file, record.line, column, quoted(found), why))
