"""What people write into a ledger's cells, as plain values, and the forms in which two writings of
one thing are equal.

The readers of cells take whatever a file's cell holds and give None for an empty one; what they
can't read they say with `Unreadable`, whose text tells in Chinese what would be right.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from ...glossary import Level
from ..records import Standing
from ..rules.names import CODE_LENGTH, CODE_SIGNS, is_credit_code

Cell = str | int | float | date | None

FIRST_YEAR, LAST_YEAR = 1990, 2099
MOST_YUAN = Decimal(10) ** 12

# Excel counts days from here, the twenty-ninth of February 1900 among them that never was.
EXCEL_EPOCH = date(1899, 12, 30)

HYPHENS = re.compile(r"[‐‑‒–—―−﹣－_~～一]+")
BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
# Anything that is neither a letter, a digit nor a Chinese character.
MARKS = re.compile(r"[\W_]+")


class Unreadable(ValueError):
    """A cell that says something, but not what its column is of."""


def plain(text: str) -> str:
    """Full width as half width, without blanks at the ends, blanks inside as one."""
    return BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def bare(text: str) -> str:
    """Letters, digits and Chinese characters alone, in lower case, full width as half width.

    >>> bare("孝义市（鹏飞） 煤焦 Ａ厂")
    '孝义市鹏飞煤焦a厂'
    """
    return MARKS.sub("", unicodedata.normalize("NFKC", text).lower())


def text_of(cell: Cell) -> str:
    """A cell as text, as it was written; whole numbers without decimals, dates `yyyy-mm-dd`."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else BLANKS.sub(" ", str(cell)).strip()


# What stands in a cell that says that there is nothing to say.
NOTHING = frozenset(
    {"", "-", "--", "/", "//", "\\", "无", "暂无", "空", "n/a", "na", "null", "none"}
)

# With blanks around it.
MOST_OF_NOTHING = 12


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says nothing: empty, or one of the marks for that."""
    if not isinstance(cell, str):
        return cell is None
    return len(cell) <= MOST_OF_NOTHING and _hyphened(plain(cell)).lower() in NOTHING


def _hyphened(text: str) -> str:
    return re.sub(r"[‐‑‒–—―−﹣]", "-", text)


# --- Dates -----------------------------------------------------------------------------------

FULL_DATE = re.compile(
    r"(?<!\d)(?P<year>\d{4}|\d{2})\s*[年./\-、,]\s*(?P<month>\d{1,2})\s*[月./\-、,]\s*"
    r"(?P<day>\d{1,2})(?!\d)\s*[日号]?"
)
COMPACT_DATE = re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
SHORT_DATE = re.compile(
    r"(?<!\d)(?<!\d[年./\-])(?P<month>\d{1,2})\s*(?:月|[./](?=\s*\d{1,2}\s*(?:[日号]|$|\D)))\s*"
    r"(?P<day>\d{1,2})(?!\d)(?!\s*[.月])\s*[日号]?"
)
SERIAL = re.compile(r"\d{5}(\.\d+)?\Z")
# One character for one, so that places stay what they are.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
CHINESE_DATE = re.compile(
    r"(?P<year>[〇零○一二三四五六七八九]{4})年(?P<month>[一二三四五六七八九十]{1,2})月"
    r"(?P<day>[一二三四五六七八九十]{1,3})[日号]?"
)

DATE_WANTED = "应为日期，如 2026-11-03 或 2026年11月3日"


def read_date(cell: Cell, year: int) -> date | None:
    """A cell's day: Excel's date or serial number, or any customary way of writing it.

    Args:
        year: which one a day without a year is of: the ledger's.

    Raises:
        Unreadable: it is no day, or none that there is, or more than one.
    """
    if is_nothing(cell):
        return None
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    text = plain(text_of(cell))
    if SERIAL.match(text):
        return _plausible(EXCEL_EPOCH + timedelta(days=int(float(text))))
    if isinstance(cell, int | float):
        # 11.3 may have been the third or, its zero lost, the thirtieth.
        raise Unreadable(DATE_WANTED)
    found = dates_in(text, year)
    if len(set(found)) != 1:
        raise Unreadable(DATE_WANTED if not found else f"只应有一个日期；{DATE_WANTED}")
    return _plausible(found[0])


def dates_in(text: str, year: int) -> list[date]:
    """The days that a text names, in their order.

    Raises:
        Unreadable: it names one that isn't in the calendar (`2026年2月30日`).
    """
    return [day for _, day in _found_dates(text, year)]


def without_dates(text: str, year: int) -> str:
    """The rest of a text when the days that it names are taken out."""
    rest = text
    for span, _ in reversed(_found_dates(text, year)):
        rest = rest[: span[0]] + " " + rest[span[1] :]
    return rest


def _found_dates(text: str, year: int) -> list[tuple[tuple[int, int], date]]:
    found: list[tuple[tuple[int, int], date]] = []
    text = text.translate(NARROW)
    for pattern in (CHINESE_DATE, FULL_DATE, COMPACT_DATE, SHORT_DATE):
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= other[0] or start >= other[1] for other, _ in found):
                found.append(((start, end), _day(match, year)))
    return sorted(found)


def _day(match: re.Match[str], year: int) -> date:
    parts = match.groupdict()
    if match.re is CHINESE_DATE:
        parts = {"year": parts["year"].translate(CHINESE_DIGITS)} | {
            name: str(_small_number(parts[name])) for name in ("month", "day")
        }
    given = int(parts.get("year") or year)
    if given < 100:
        given += 2000
    try:
        return date(given, int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise Unreadable(f"日历上没有这一天；{DATE_WANTED}") from None


def _small_number(text: str) -> int:
    """`二十三` → 23, `十` → 10."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(text.translate(CHINESE_DIGITS))
    first = int(tens.translate(CHINESE_DIGITS)) if tens else 1
    return 10 * first + (int(ones.translate(CHINESE_DIGITS)) if ones else 0)


def _plausible(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间；{DATE_WANTED}")
    return day


# --- Amounts ---------------------------------------------------------------------------------

AMOUNT = re.compile(r"(?P<value>\d[\d,，]*(?:\.\d+)?|\.\d+)(?P<unit>万|千|百)?元?\Z")
AMOUNT_WANTED = "应为金额，如 0.5 或 5,000 元"
UNITS = {"万": Decimal(10_000), "千": Decimal(1_000), "百": Decimal(100)}
NO_MONEY = frozenset({"无需资金", "不需资金", "不涉及", "不需要", "无费用", "零"})


def read_amount(cell: Cell, unit_yuan: Decimal) -> Decimal | None:
    """A cell's amount in yuan.

    Args:
        unit_yuan: what one of the column is: 1 for 元, 10,000 for 万元. A unit in the cell counts
            for more.

    Raises:
        Unreadable: it is no amount, a negative one, or absurdly large.
    """
    if is_nothing(cell):
        return None
    text = plain(text_of(cell)).replace(" ", "")
    if text in NO_MONEY:
        return Decimal(0)
    text = re.sub(r"^(人民币|¥|￥|约|共|合计|投入|资金)+[::]?", "", text)
    match = AMOUNT.match(text)
    if match is None:
        raise Unreadable(AMOUNT_WANTED)
    unit = UNITS.get(match["unit"] or "", Decimal(1) if text.endswith("元") else unit_yuan)
    amount = Decimal(match["value"].replace(",", "").replace("，", "")) * unit
    if amount > MOST_YUAN:
        raise Unreadable(f"金额过大；{AMOUNT_WANTED}")
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()


# --- Words -----------------------------------------------------------------------------------

LEVEL_WANTED = "应为 一般、疑似重大 或 重大"


def read_level(cell: Cell) -> Level | None:
    """A cell's level.

    Raises:
        Unreadable: it is none of the levels. 较大 is none either: a hazard has no such level in
            the rules, and whoever wrote it has to say which one is meant.
    """
    if is_nothing(cell):
        return None
    text = bare(text_of(cell))
    if "非重大" in text or "不属于重大" in text:
        return Level.GENERAL
    found = {
        level
        for level, words in (
            (Level.SUSPECTED_MAJOR, ("疑似重大", "疑似")),
            (Level.MAJOR, ("重大", "特大")),
            (Level.GENERAL, ("一般", "普通", "轻微", "低风险")),
        )
        if any(word in text for word in words)
    }
    if Level.SUSPECTED_MAJOR in found:
        found.discard(Level.MAJOR)
    if len(found) != 1:
        raise Unreadable(LEVEL_WANTED)
    return found.pop()


STANDING_WANTED = "应为 已销号、未销号 或 作废"
VOID = re.compile(r"作废|误报|重复登记|撤销登记|无效")
NOT_CLOSED = re.compile(
    r"(未|没有?|不予?|待|尚未|正在|暂未|申请|拟)(申请)?(销号?|整改|完成|闭环|验收|核销|摘牌)|"
    r"整改中|进行中|限期|逾期|在办|处理中|部分"
)
CLOSED = re.compile(r"已?(销号|闭环|核销|办结|销案|摘牌)|已销|销账")
DONE = re.compile(r"已?(整改|完成|落实|验收|消除|改正|治理)")
YES = frozenset({"是", "有", "y", "yes", "true", "v", "r", "√", "✓", "✔", "☑", "1", "对", "ok"})
NO = frozenset({"否", "无", "没有", "未", "不", "n", "no", "false", "x", "×", "✗", "✘", "✕", "0"})

FIRST_WORD = re.compile(r"[^,，;；:、/(。.]+")


def read_standing(cell: Cell) -> Standing | None:
    """Whether a cell of a column such as 是否销号 says struck off, open or void.

    Raises:
        Unreadable: it says neither.
    """
    if cell is None:
        return None
    text = plain(text_of(cell)).replace(" ", "").lower()
    if not text or text in {"/", "-", "--"}:
        return None
    if VOID.search(text):
        return Standing.VOID
    first = FIRST_WORD.match(text)
    word = first.group() if first else text
    if word in NO or NOT_CLOSED.search(text):
        return Standing.OPEN
    if word in YES or CLOSED.search(text) or DONE.search(text):
        return Standing.CLOSED
    raise Unreadable(STANDING_WANTED)


# --- Numbers and codes -----------------------------------------------------------------------

OURS = re.compile(r"(?:yh)?(\d{6})(\d{3})(20\d{4})(\d{1,})\Z")
LOOK_ALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"})


def number_key(text: str) -> str:
    """The form in which two writings of one hazard's number are equal: `YH141181001202611 1`.

    Full width, case, blanks, hyphens of any kind or none, a missing `YH`, letters that look like
    digits, and zeros in front of the serial don't tell numbers apart. A number of another scheme
    is compared by its letters and digits.

    >>> number_key("ｙｈ－141181—001 202611_1") == number_key("YH-141181-001-202611-0001")
    True
    """
    joined = bare(text)
    prefix, rest = ("yh", joined[2:]) if joined.startswith("yh") else ("", joined)
    match = OURS.match(prefix + rest.translate(LOOK_ALIKES))
    if match is None:
        return joined.upper()
    county, township, month, serial = match.groups()
    return f"YH{county}{township}{month} {int(serial)}"


def credit_key(text: str) -> str:
    """A unified social credit code without blanks and hyphens, in upper-case half-width letters."""
    return bare(text).upper()


def credit_fault(code: str) -> str | None:
    """What is wrong with a unified social credit code, or None (GB 32100-2015)."""
    if len(code) != CODE_LENGTH:
        return f"应为 {CODE_LENGTH} 位，实际 {len(code)} 位"
    if not set(code) <= set(CODE_SIGNS):
        return "含有不允许的字符（信用代码不用 I、O、S、V、Z）"
    return None if is_credit_code(code) else "校验位不对"


# --- Names -----------------------------------------------------------------------------------

BRACKETED = re.compile(r"[（(\[【〔][^）)\]】〕]*[）)\]】〕]")
OWNER = re.compile(r"[（(]个体工商户[）)]|个体工商户$")
PLACE_PREFIX = re.compile(r"^(山西省?)?(吕梁市?)?(孝义市|孝义)?")
LEGAL_SUFFIX = re.compile(r"(集团)?(股份有限|有限责任|有限|总|分|股份)?公司$|集团$|个体工商户$")


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """What is left of a unit's name that tells it from others.

    Without the province's, prefecture's and city's name in front, the legal form at the end,
    brackets, blanks and width.

    >>> name_key("孝义市鹏飞 煤焦有限责任公司") == name_key("鹏飞煤焦（有限公司）")
    True
    """
    whole = bare(name)
    short = LEGAL_SUFFIX.sub("", PLACE_PREFIX.sub("", whole))
    return short if len(short) >= 2 else whole


PERSON_MARKS = re.compile(r"[、,，;；/／\s和及与|]+")
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(?:1\d{2}[\d*]{4}\d{4}|0\d{2,3}-?\d{7,8}|\d{7,8})(?!\d)")
TITLED = re.compile(r"(手机号?|联系)?(电话|号码)?[::]")


def without_phone(text: str) -> str:
    """A person's name as it stands beside a telephone number."""
    rest = TITLED.sub(" ", PHONE.sub(" ", plain(text)))
    return re.sub(r"\(\s*\)", "", rest).strip(" ,，、;；/:-—")


def names_in(text: str) -> tuple[str, ...]:
    """The persons that a cell names, each once."""
    return _unique(part for part in PERSON_MARKS.split(without_phone(text)) if part)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
