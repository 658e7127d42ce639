"""The pages of what is shared: selection policy, plan, profiles, sources, units, the index of terms, the first page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from kam_expert.maintenance.catalogue.pages import (
    Block,
    Code,
    Items,
    Line,
    Link,
    Page,
    Paragraph,
    Section,
    Table,
)
from kam_expert.maintenance.catalogue.rules import pair_lines
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields, rule_page, text
from kam_expert.rulebook.book import STEERING_PARAMETERS
from kam_expert.rulebook.dependencies import Kind, Node, node_of
from kam_expert.rulebook.schema import Profile, Source, Text, Unit

SELECTION_KINDS = ("level", "bar", "block", "forced", "seat", "default", "vote")

# GB 2312 orders its common characters by pinyin; these are the first ones of each initial.
INITIALS = "ABCDEFGHJKLMNOPQRSTWXYZ"
FIRST_OF_INITIAL = tuple("啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝")
COMMON = range(0xB0A1, 0xD7FA)


def selection_page(shelf: Shelf) -> Page:
    say, words, selection = shelf.say, shelf.words, shelf.book.selection
    strengths = [
        ((words.text(each.label),), (Code(key),), (say("veto_points") if each.veto else _signed(each.points),))
        for key, each in selection.strengths.items()
    ]
    order = tuple((shelf.link(Node("strategy", name)),) for name in selection.precedence)
    steering = [
        ((shelf.link(Node("parameter", name)),), (shelf.value(name, shelf.book.parameters[name]),))
        for name in STEERING_PARAMETERS
    ]
    pairs: list[Block] = []
    for name in shelf.book.candidates:
        pairs.append(Paragraph((shelf.link(Node("strategy", name)),)))
        pairs += fields(*pair_lines(shelf, name))
    parts: list[tuple[str, tuple[Block, ...]]] = [
        (say("part.steps"), (Items(tuple((say(f"step.{each}"),) for each in range(1, 8)), numbered=True),)),
        (say("part.rules"), (*fields(*_files(shelf)),)),
        (
            say("part.strengths"),
            (Table((say("column.strength"), say("column.id"), words.say("column.points")), (*strengths,)),),
        ),
        (say("part.precedence"), (Items(order, numbered=True),)),
        (say("part.pairs"), (Paragraph((say("about.pairs"),)), *pairs, Paragraph((_sequence(shelf),)))),
        (say("part.steering"), (Table((say("column.parameter"), say("column.value")), tuple(steering)),)),
    ]
    return Page("selection", say("page.selection"), (Paragraph((say("about.selection"),)),), _numbered(parts))


def _numbered(parts: Iterable[tuple[str, tuple[Block, ...]]]) -> tuple[Section, ...]:
    return tuple(Section(title, blocks, f"part-{place}") for place, (title, blocks) in enumerate(parts, start=1))


def _sequence(shelf: Shelf) -> str:
    words = shelf.words
    return shelf.say("sequence_gate", text=words.text(shelf.book.selection.sequence_gate).format(first="…", second="…"))


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def _files(shelf: Shelf) -> Iterator[tuple[str, list[Line | None]]]:
    """The pages of the rules that select, by what the rules do."""
    for kind in SELECTION_KINDS:
        files = dict.fromkeys(rule.file for rule in shelf.book.rules if rule.kind == kind)
        links: list[Line | None] = [(rule_link(shelf, file),) for file in files]
        yield shelf.say(f"rule_kind.{kind}"), links


def rule_link(shelf: Shelf, file: str) -> Link:
    folder, stem = file.removesuffix(".yaml").split("/")[-2:]
    return Link(shelf.word("rule_file", f"{folder}.{stem}"), rule_page(file))


def plan_page(shelf: Shelf) -> Page:
    say, words, planning = shelf.say, shelf.words, shelf.book.planning
    owners = [
        ((words.text(role.title),), (Code(key),), (words.say("yes" if role.sales else "no"),))
        for key, role in planning.owners.items()
    ]
    goals = [
        ((words.text(kind.title),), (Code(key),), (words.say("yes" if kind.required else "no"),))
        for key, kind in planning.goal_types.items()
    ]
    gates = [
        (
            f"{gate.id} {words.text(gate.title)}",
            [
                (words.say("week", start=gate.week),),
                (say("gate_evidence", text=gate.evidence),),
                (say("gate_decision", text=gate.decision),),
                (say("gate_decides", owner=planning.owners[gate.decides].title),),
            ],
        )
        for gate in planning.gates
    ]
    ranks = [
        ((say(f"rank.{name}"),), (str(rank.first),), (str(rank.step),))
        for name, rank in (
            ("primary", planning.ranks.primary),
            ("inserted", planning.ranks.inserted),
            ("secondary", planning.ranks.secondary),
            ("enabler", planning.ranks.enabler),
        )
    ]
    card = planning.role_card
    chosen = Node("model", card.by)
    roles = [
        (f"{shelf.value(card.by, cell)}{words.colon}{words.text(each.title)}", [(words.text(each.focus),)])
        for cell, each in card.profiles.items()
    ]
    duties = [(words.text(each.title), [(words.text(each.text),)]) for each in card.responsibilities]
    files = dict.fromkeys(rule.file for rule in shelf.book.rules if rule.kind in ("insert", "goal"))
    headline = [(shelf.link(node_of(shelf.book, name)),) for name in planning.headline_numbers]
    hours = [
        text(say("capacity.today"), shelf.link(node_of(shelf.book, planning.capacity.today))),
        text(say("capacity.needed"), shelf.link(node_of(shelf.book, planning.capacity.needed))),
    ]
    parts: list[tuple[str, tuple[Block, ...]]] = [
        (say("part.rules"), (Items(tuple((rule_link(shelf, file),) for file in files)),)),
        (
            words.say("plan.goals"),
            (Table((words.say("column.goal_type"), say("column.id"), say("column.required")), (*goals,)),),
        ),
        (words.say("plan.gates"), fields(*gates)),
        (say("part.owners"), (Table((words.say("column.owner"), say("column.id"), say("column.sales")), (*owners,)),)),
        (say("part.hours"), (Items(tuple(hours)),)),
        (
            say("part.ranks"),
            (
                Paragraph((say("about.ranks"),)),
                Table((say("column.origin"), say("column.first"), say("column.step")), (*ranks,)),
            ),
        ),
        (say("part.headline"), (Items(tuple(headline)),)),
        (words.text(card.title), (Paragraph(text(say("role_by"), shelf.link(chosen))), *fields(*roles, *duties))),
    ]
    return Page("plan", say("page.plan"), (Paragraph((say("about.plan"),)),), _numbered(parts))


def profile_page(shelf: Shelf) -> Page:
    sections = tuple(_profile(shelf, name, profile) for name, profile in shelf.profiles.items())
    return Page(PAGES["profile"], shelf.say("page.profiles"), (Paragraph((shelf.say("about.profiles"),)),), sections)


def _profile(shelf: Shelf, name: str, profile: Profile) -> Section:
    say, words, book = shelf.say, shelf.words, shelf.book
    blocks: list[Block] = [
        Paragraph((words.text(profile.about),)),
        *fields((say("field.currency"), [(words.text(book.units["money"].currencies[profile.currency]),)])),
    ]
    tables = (
        (
            (say("column.parameter"), say("field.default"), say("column.here")),
            [
                (
                    (shelf.link(Node("parameter", key)),),
                    (shelf.value(key, book.parameter_entries[key].default),),
                    (shelf.value(key, value),),
                )
                for key, value in profile.parameters.items()
            ],
        ),
        (
            (say("kind.score"), say("column.part"), say("field.default"), say("column.here")),
            [
                (
                    (shelf.link(Node("score", score)),),
                    (words.text(part.entry.label),),
                    (str(part.entry.weight),),
                    (str(weights[part.entry.id]),),
                )
                for score, weights in profile.weights.items()
                for part in book.scores[score].parts
                if part.entry.id in weights
            ],
        ),
        (
            (say("kind.fact"), say("column.here")),
            [((shelf.link(Node("fact", key)),), (shelf.value(key, value),)) for key, value in profile.facts.items()],
        ),
        (
            (say("column.definition"), say("column.written")),
            [((shelf.link(Node("measure", key)),), (Code(value),)) for key, value in profile.definitions.items()],
        ),
    )
    blocks += [Table(headers, tuple(rows)) for headers, rows in tables if rows]
    node = Node("profile", name)
    return Section(words.text(profile.label), tuple(blocks), shelf.anchor(node), name)


def source_page(shelf: Shelf) -> Page:
    sections = tuple(_source(shelf, source) for source in shelf.book.sources.values())
    return Page(PAGES["source"], shelf.say("page.sources"), (Paragraph((shelf.say("about.sources"),)),), sections)


def _source(shelf: Shelf, source: Source) -> Section:
    say = shelf.say
    cited = shelf.grouped(shelf.citers.get(source.id, ()))
    blocks = [
        Paragraph((shelf.words.text(source.citation),)),
        *fields(
            (say("field.kind"), [(say(f"source_kind.{source.kind}"),)]),
            (say("field.cited_by"), list(cited) or [(say("cited_by_nobody"),)]),
        ),
    ]
    return Section("", tuple(blocks), shelf.anchor(Node("source", source.id)), source.id)


def unit_page(shelf: Shelf) -> Page:
    sections = tuple(_unit(shelf, unit) for unit in shelf.book.units.values())
    return Page(PAGES["unit"], shelf.say("page.units"), (Paragraph((shelf.say("about.units"),)),), sections)


def _unit(shelf: Shelf, unit: Unit) -> Section:
    say, words, node = shelf.say, shelf.words, Node("unit", unit.id)
    suffixes = words.say("list_comma").join(unit.suffixes)
    scales = words.say("list_comma").join(f"{word} = {words.plain(value)}" for word, value in unit.scales.items())
    currencies = words.say("list_comma").join(f"{words.text(name)} {code}" for code, name in unit.currencies.items())
    blocks = fields(
        (say("field.suffixes"), [(Code(suffixes),) if suffixes else None]),
        (say("field.scales"), [(Code(scales),) if scales else None]),
        (say("field.currencies"), [(currencies,) if currencies else None]),
        (say("field.decimals"), [(str(unit.decimals),)]),
        (say("field.used_by"), list(shelf.grouped(shelf.readers.get(node, ())))),
    )
    return Section(shelf.unit(unit.id), blocks, shelf.anchor(node), unit.id)


def term_page(shelf: Shelf) -> Page:
    """Every term of the method in the order of the alphabet, Chinese by pinyin, with what it means."""
    entries = sorted(_terms(shelf), key=lambda each: _sorting(each[0].text))
    grouped: dict[str, list[tuple[Link, Kind, Text]]] = {}
    for entry in entries:
        grouped.setdefault(_initial(entry[0].text), []).append(entry)
    words = shelf.words
    sections = []
    for place, (initial, found) in enumerate(grouped.items(), start=1):
        lines: list[Line] = [
            (
                link,
                f"{words.colon}{shelf.say(f'kind.{kind}')}{words.stop}{words.say('sentence_space')}",
                words.text(meaning),
            )
            for link, kind, meaning in found
        ]
        sections.append(Section(initial, (Items(tuple(lines)),), f"initial-{place}"))
    return Page("terms", shelf.say("page.terms"), (Paragraph((shelf.say("about.terms"),)),), tuple(sections))


def _terms(shelf: Shelf) -> Iterator[tuple[Link, Kind, Text]]:
    book = shelf.book
    found: list[tuple[Node, Text]] = [
        *((Node("fact", fact.id), fact.question) for fact in book.facts.values()),
        *((Node("parameter", each.id), each.reason) for each in book.parameter_entries.values()),
        *((Node("measure", name), each.entry.meaning) for name, each in book.measures.items()),
        *((Node("score", name), each.entry.meaning) for name, each in book.scores.items()),
        *((Node("model", model.id), model.about) for model in book.models.values()),
        *((Node("signal", signal.id), signal.meaning) for signal in book.signals.values()),
        *((Node("strategy", strategy.id), strategy.aim) for strategy in book.strategies.values()),
    ]
    for node, meaning in found:
        yield shelf.link(node), node.kind, meaning


def _sorting(title: str) -> tuple[bytes, str]:
    return title.lstrip("“‘\"'《（(").lower().encode("gb18030", "replace"), title


def _initial(title: str) -> str:
    """The Latin letter under which a reader looks: the first one, or that of the pinyin."""
    first = title.lstrip("“‘\"'《（(")[:1].upper()
    if first.isascii():
        return first if first.isalpha() else "0–9"
    code = first.encode("gb18030", "replace")
    if int.from_bytes(code, "big") not in COMMON:
        return "#"
    firsts = [each.encode("gb2312") for each in FIRST_OF_INITIAL]
    return INITIALS[bisect_right(firsts, code) - 1]


def first_page(shelf: Shelf, pages: list[Page], groups: list[tuple[str, tuple[str, ...]]]) -> Page:
    say, words = shelf.say, shelf.words
    by_name = {page.name: page for page in pages}
    profile = words.text(shelf.book.profile.label) if shelf.book.profile else words.say("no_profile")
    sections = []
    for place, (title, names) in enumerate(groups, start=1):
        lines = []
        for name in names:
            page = by_name[name]
            count = sum(1 for section in page.sections if section.code)
            lines.append(text(Link(page.title, name), say("count", count=count) if count else None))
        sections.append(Section(title, (Items(tuple(lines)),), f"part-{place}"))
    lead = (
        Paragraph((say("about.index"),)),
        *fields(
            (say("field.version"), [(Code(shelf.book.version),)]),
            (say("kind.profile"), [(profile,)]),
        ),
    )
    return Page("index", say("page.index"), lead, tuple(sections))
