"""Realistic pairs of ledgers, ours and another office's, and what in them is the same hazard.

The same seed gives the same ledgers. The other ledger is put down as offices do: other columns in
another order, titles, merged cells, other spellings, wrong dates, numbers missing or mistyped,
lines split, joined, left out and added. The truth stands in `Line.of`; nothing of it, and none of
the words that the mess is made with, is known to the code under test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from server.glossary import Level
from server.ledgers.records import Record, Standing

from . import wording
from .spelling import CHANGES, NUMBERINGS, Cell, text_day, wide, written_day

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BEGINS = date(2026, 1, 5)
DAYS = 320


@dataclass(frozen=True)
class Site:
    name: str
    brand: str
    credit_code: str
    sector: str
    township: str
    village: str
    address: str


@dataclass
class Line:
    """A line of the other ledger.

    Attributes:
        cells: by the keys of `wording.HEADINGS`.
        of: the refs of our lines that it is of; none if we don't have it, several if it joins them.
        mess: what was done to it.
    """

    cells: dict[str, Cell]
    of: tuple[str, ...]
    mess: set[str] = field(default_factory=set)
    site: Site | None = None


@dataclass(frozen=True)
class Ledgers:
    ours: list[Record]
    theirs: list[Line]


@dataclass(frozen=True)
class Mess:
    """How often things happen, as shares of the lines (or of whoever makes one)."""

    numbered: bool = True
    lines_of_a_site: int = 6
    credit_codes: float = 0.5
    left_out: float = 0.06
    added: float = 0.06
    number_missing: float = 0.04
    number_variant: float = 0.30
    number_mistyped: float = 0.01
    number_of_another: float = 0.008
    site_varied: float = 0.45
    site_missing: float = 0.004
    described_otherwise: float = 0.65
    date_wrong: float = 0.08
    date_missing: float = 0.03
    spot_missing: float = 0.10
    split: float = 0.01
    joined: float = 0.01


def make_ledgers(seed: int, count: int, mess: Mess | None = None) -> Ledgers:
    """Our ledger of so many lines, and the other one."""
    random = Random(seed)
    mess = mess or Mess()
    sites = list(_sites(random, max(3, count // mess.lines_of_a_site)))
    records = list(_records(random, sites, count))
    by_name = {site.name: site for site in sites}
    lines: list[Line] = []
    spelt: dict[str, str] = {}
    skip: set[int] = set()
    for index, record in enumerate(records):
        if index in skip or random.random() < mess.left_out:
            continue
        site = by_name[record.site_name]
        line = _copied(random, record, site, mess, spelt)
        if random.random() < mess.joined and index + 1 < len(records):
            other = records[index + 1]
            if other.site_name == record.site_name:
                skip.add(index + 1)
                line = _joined(line, other)
        if random.random() < mess.split and "，" in str(line.cells["description"]):
            lines += _split(line)
        else:
            lines.append(line)
    extra = list(_records(random, sites, max(1, int(count * mess.added)), first=count + 1))
    for record in extra:
        line = _copied(random, record, by_name[record.site_name], mess, spelt)
        line.of = ()
        line.mess = {"added"}
        if random.random() < 0.5:
            line.cells["number"] = None
        lines.insert(random.randrange(len(lines) + 1), line)
    if mess.numbered:
        _confuse_numbers(random, lines, mess)
    else:
        for line in lines:
            line.cells["number"] = None
    return Ledgers(records, lines)


# --- Ours ------------------------------------------------------------------------------------


def _sites(random: Random, count: int) -> Iterator[Site]:
    seen: set[str] = set()
    while len(seen) < count:
        sector = random.choice(list(wording.SECTORS))
        kinds, _ = wording.SECTORS[sector]
        brand = random.choice(wording.FIRST) + random.choice(wording.SECOND)
        brand += random.choice(wording.THIRD)
        kind = random.choice(kinds)
        prefix = random.choice(["孝义市", "孝义市", "孝义市", "", "山西", "孝义"])
        township = random.choice(list(wording.TOWNSHIPS))
        village = random.choice(wording.VILLAGES)
        if random.random() < 0.15:
            prefix = f"孝义市{township}"
        name = prefix + brand + kind
        if random.random() < 0.05:
            name = f"{name}（{random.choice(['一', '二', '三', '城南', '城北'])}分店）"
        if name in seen:
            continue
        seen.add(name)
        yield Site(
            name,
            brand,
            credit_code(random),
            sector,
            township,
            village,
            f"{township}{village}{random.randint(1, 200)}号",
        )


def credit_code(random: Random) -> str:
    """A made-up code that is right by GB 32100."""
    body = "91141181" + "".join(random.choice(ALPHABET) for _ in range(9))
    total = sum(ALPHABET.index(each) * 3**place for place, each in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def _records(random: Random, sites: list[Site], count: int, first: int = 1) -> Iterator[Record]:
    """Lines of a year, the lines of one site often one after another."""
    serials: dict[str, int] = {}
    made = 0
    while made < count:
        site = random.choice(sites)
        found_on = BEGINS + timedelta(days=random.randrange(DAYS))
        for _ in range(min(random.choice([1, 1, 1, 2, 2, 3, 4]), count - made)):
            series = f"YH-141181-{wording.TOWNSHIPS[site.township]}-{found_on:%Y%m}"
            serials[series] = serials.get(series, 0 if first == 1 else 5000) + 1
            made += 1
            yield _record(random, site, found_on, f"{series}-{serials[series]:04d}")


def _record(random: Random, site: Site, found_on: date, number: str) -> Record:
    spots, found, remedy = random.choice(wording.SECTORS[site.sector][1])
    numbers = {"n": random.randint(1, 9), "m": random.randint(2, 9)}
    spot = random.choice(spots.split("|")).format(**numbers)
    closed = random.random() < 0.6
    deadline = found_on + timedelta(days=random.choice([7, 15, 30]))
    finished = found_on + timedelta(days=random.randint(1, 14))
    accepted = finished + timedelta(days=random.randint(0, 5))
    person = a_person(random)
    return Record(
        ref=number,
        number=number,
        found_on=found_on,
        township=site.township,
        village=site.village,
        site_name=site.name,
        credit_code=site.credit_code,
        address=site.address,
        sector=site.sector,
        spot=spot,
        description=found.format(at=spot if random.random() < 0.5 else "", **numbers),
        level=Level.MAJOR if random.random() < 0.05 else Level.GENERAL,
        reporter=a_person(random),
        responsible_unit=site.name,
        responsible_person=person,
        measures=remedy,
        amount_yuan=Decimal(random.choice([0, 200, 500, 1200, 5000, 15000, 80000])),
        deadline=deadline,
        contingency="设专人看护",
        finish_summary="已完成整改" if closed else "",
        finished_on=finished if closed else None,
        acceptors=(a_person(random), a_person(random)) if closed else (),
        acceptance_opinion="验收合格" if closed else "",
        accepted_on=accepted if closed else None,
        standing=Standing.CLOSED if closed else Standing.OPEN,
        closed_on=accepted + timedelta(days=1) if closed else None,
    )


def a_person(random: Random) -> str:
    return random.choice(wording.SURNAMES) + random.choice("一二三四五六七八九某")


# --- Theirs ----------------------------------------------------------------------------------


def _copied(random: Random, record: Record, site: Site, mess: Mess, spelt: dict[str, str]) -> Line:
    line = Line({}, (record.ref,), set(), site)
    cells = line.cells
    cells["number"] = record.number
    cells["site_name"] = _site_name(random, site, mess, spelt, line)
    cells["credit_code"] = _credit_code(random, site, mess, line)
    cells["found_on"] = _found_on(random, record, mess, line)
    cells["spot"] = record.spot
    cells["description"] = record.description
    if random.random() < mess.spot_missing:
        cells["spot"] = None
        line.mess.add("spot missing")
    if random.random() < mess.described_otherwise:
        _describe_otherwise(random, line)
    cells["township"], cells["village"] = record.township, record.village
    cells["address"], cells["sector"] = record.address, record.sector
    cells["level"] = record.level and random.choice([record.level.chinese] * 4 + ["一般隐患"])
    if record.level is Level.MAJOR:
        cells["level"] = random.choice(["重大", "重大隐患", "重大事故隐患"])
    cells["reporter"] = record.reporter
    cells["responsible_unit"] = cells["site_name"]
    cells["responsible_person"] = f"{record.responsible_person} 1380000{random.randint(0, 9999):04}"
    cells["measures"] = record.measures
    cells["amount"] = float(record.amount_yuan or 0)
    cells["deadline"] = written_day(random, record.deadline)
    cells["contingency"], cells["supervisor"] = record.contingency, "应急管理局"
    cells["finished"] = record.finished_on and (
        f"{record.finish_summary}（{text_day(random, record.finished_on)}）"
    )
    cells["accepted"] = record.accepted_on and (
        f"{'、'.join(record.acceptors)} {text_day(random, record.accepted_on)} 验收合格"
    )
    cells["closed"] = (
        random.choice(["已销号 {}", "是/{}", "√ {}", "已销号（{}）"]).format(
            text_day(random, record.closed_on)
        )
        if record.closed_on
        else random.choice(["未销号", "否", "未销号（整改中）", "整改中"])
    )
    cells["remarks"] = random.choice([None] * 5 + ["/", "无"])
    return line


def _found_on(random: Random, record: Record, mess: Mess, line: Line) -> Cell:
    day = record.found_on
    assert day is not None
    if random.random() < mess.date_missing:
        line.mess.add("date missing")
        return None
    if random.random() < mess.date_wrong:
        line.mess.add("date wrong")
        wrong = [day + timedelta(days=random.choice([-3, -2, -1, 1, 2, 3, 5, 10]))] * 3
        if day.day <= 12:
            wrong.append(date(day.year, day.day, day.month))
        day = random.choice([*wrong, day - timedelta(days=365)])
    return written_day(random, day)


def _credit_code(random: Random, site: Site, mess: Mess, line: Line) -> Cell:
    if random.random() >= mess.credit_codes:
        line.mess.add("no credit code")
        return None
    code = site.credit_code
    if random.random() < 0.04:
        line.mess.add("credit code mistyped")
        place = random.randrange(18)
        return code[:place] + random.choice(ALPHABET) + code[place + 1 :]
    return random.choice([code, code, code.lower(), wide(code), f"{code[:8]} {code[8:]}"])


# --- How a unit is named ---------------------------------------------------------------------


def _site_name(random: Random, site: Site, mess: Mess, spelt: dict[str, str], line: Line) -> Cell:
    """Whoever keeps a ledger mostly spells one unit one way."""
    if random.random() < mess.site_missing:
        line.mess.add("site missing")
        return None
    if site.name not in spelt or random.random() < 0.1:
        varied = random.random() < mess.site_varied
        spelt[site.name] = random.choice(NAMINGS)(random, site) if varied else site.name
    if spelt[site.name] != site.name:
        line.mess.add("site varied")
    return spelt[site.name]


def _without_suffix(random: Random, site: Site) -> str:
    return re.sub(r"(集团)?(有限责任|有限)公司", "", site.name)


def _without_prefix(random: Random, site: Site) -> str:
    return re.sub(r"^(孝义市|孝义|山西)", "", site.name)


def _other_suffix(random: Random, site: Site) -> str:
    if "有限责任公司" in site.name:
        return site.name.replace("有限责任公司", "有限公司")
    return site.name.replace("有限公司", "有限责任公司")


def _abbreviated(random: Random, site: Site) -> str:
    kind = site.name.partition(site.brand)[2].replace("有限责任公司", "").replace("有限公司", "")
    return site.brand + kind[: random.choice([2, 2, 3])]


def _blanks(random: Random, site: Site) -> str:
    place = random.randrange(1, len(site.name))
    return site.name[:place] + random.choice(["　", " ", "  "]) + site.name[place:]


def _brackets(random: Random, site: Site) -> str:
    return site.name.translate(str.maketrans("（）", "()")) + random.choice(["", "（个体工商户）"])


def _mistyped_name(random: Random, site: Site) -> str:
    place = random.randrange(len(site.name))
    return site.name[:place] + random.choice("鑫源达泰市") + site.name[place + 1 :]


NAMINGS: list[Callable[[Random, Site], str]] = [
    _without_suffix, _without_prefix, _other_suffix, _abbreviated, _blanks, _brackets,
    _mistyped_name,
]  # fmt: skip


# --- How a hazard is described ---------------------------------------------------------------


def _describe_otherwise(random: Random, line: Line) -> None:
    text = str(line.cells["description"])
    for change, kind in random.sample(CHANGES, random.choice([1, 1, 2, 2, 3])):
        changed = change(random, text)
        if changed != text:
            line.mess.add(kind)
        text = changed
    line.cells["description"] = text


# --- Numbers, and lines that are several -------------------------------------------------------


def _joined(line: Line, other: Record) -> Line:
    first, second = line.cells["description"], other.description
    if other.spot and other.spot not in second:
        second = other.spot + second
    joined = replace(line, of=(*line.of, other.ref), mess={"joined"})
    joined.cells["description"] = f"1.{first}；2.{second}"
    return joined


def _split(line: Line) -> list[Line]:
    head, _, tail = str(line.cells["description"]).partition("，")
    return [
        Line(line.cells | {"description": part}, line.of, {"split"}, line.site)
        for part in (head, tail)
        if part
    ]


def _confuse_numbers(random: Random, lines: list[Line], mess: Mess) -> None:
    for index, line in enumerate(lines):
        number = line.cells["number"]
        if not isinstance(number, str):
            continue
        chance = random.random()
        if chance < mess.number_missing:
            line.cells["number"] = random.choice([None, "/", ""])
            line.mess.add("number missing")
        elif chance < mess.number_missing + mess.number_mistyped:
            place = random.randrange(len(number) - 12, len(number))
            digit = random.choice("0123456789".replace(number[place], ""))
            line.cells["number"] = number[:place] + digit + number[place + 1 :]
            line.mess.add("number mistyped")
        elif chance < mess.number_missing + mess.number_mistyped + mess.number_of_another:
            line.cells["number"] = lines[index - 1].cells["number"]
            line.mess.add("number of another")
        elif random.random() < mess.number_variant:
            line.cells["number"] = random.choice(NUMBERINGS)(number)
            line.mess.add("number varied")
