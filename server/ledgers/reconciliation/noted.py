"""What a rule has to say: a difference as a plain value, before it is anybody's row.

Values are texts as a person reads them, by the Chinese names of a ledger's columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ...glossary import OPEN_STATES, Action, Term
from ..differences import DifferenceKind
from ..records import Record
from ..rules.flaws import Flaw
from .months import Month
from .ours import OurLine

NAMES: Mapping[str, str] = {
    "ref": "位置",
    "number": "隐患编号",
    "found_on": "检查日期",
    "township": "所属乡镇（街道）",
    "village": "村（社区）/网格",
    "site_name": "单位（场所）名称",
    "credit_code": "统一社会信用代码",
    "address": "详细地址",
    "sector": "行业领域",
    "spot": "隐患部位",
    "description": "隐患描述",
    "category": "隐患类别",
    "level": "隐患等级",
    "basis": "判定依据",
    "reporter": "检查人",
    "responsible_unit": "整改责任单位",
    "responsible_person": "整改责任人",
    "measures": "整改措施",
    "amount_yuan": "整改资金（元）",
    "deadline": "整改时限",
    "contingency": "应急预案/临时管控措施",
    "supervisor": "监管（督办）单位",
    "finish_summary": "整改完成情况",
    "finished_on": "整改完成日期",
    "acceptors": "验收人",
    "acceptance_opinion": "验收结论",
    "accepted_on": "验收日期",
    "standing": "是否销号",
    "closed_on": "销号日期",
    "remarks": "备注",
}

# What somebody needs to see to know which hazard is meant; of ours, its number is its place.
IDENTIFYING = ("ref", "number", "found_on", "site_name", "spot", "description", "standing")


@dataclass(frozen=True)
class Suggestion:
    """What could be done: in words, and, where an act would help, which and with what."""

    words: str
    action: Action | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        action = self.action.value if self.action else None
        return {"action": action, "data": dict(self.data), "words": self.words}


@dataclass(frozen=True)
class Noted:
    """A difference: `about` tells it from others of its kind that concern the same line."""

    kind: DifferenceKind
    about: str
    explanation: str
    suggestion: Suggestion
    ours: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """From where on something is out of the ordinary (settings)."""

    extension_limit: int
    batch_count: int
    recurrence_days: int


@dataclass(frozen=True)
class Held:
    """What all rules know: the month, the day (Asia/Shanghai), the columns that the file has."""

    month: Month
    today: date
    columns: frozenset[str]
    limits: Limits

    @property
    def until(self) -> date:
        """The last day that the ledger speaks of."""
        return min(self.month.last, self.today)


@dataclass(frozen=True)
class TheirLine:
    """A line of theirs; `key` as in `reconciliation_rows`.

    `written_name` is the unit's name as it stands in the file, where reading it changed it.
    """

    key: str
    record: Record
    written_name: str = ""


@dataclass(frozen=True)
class Pair:
    """A line of ours and a line of theirs that are the same hazard."""

    ours: OurLine
    theirs: TheirLine


def shown(record: Record, *names: str) -> dict[str, str]:
    """These fields of a line as a person reads them; blank ones are left out."""
    values = {NAMES[name]: text_of(getattr(record, name)) for name in names}
    return {name: value for name, value in values.items() if value}


def of_flaw(flaw: Flaw, record: Record) -> Noted:
    """What a rule for any ledger finds wrong with a line of theirs."""
    known = shown(record, "ref", "number", "site_name")
    suggestion = Suggestion(flaw.advice)
    return Noted(
        flaw.kind, flaw.rule, flaw.explanation, suggestion, theirs=known | dict(flaw.values)
    )


def text_of(value: Any) -> str:
    """A field's value in words."""
    if value is None:
        return ""
    if isinstance(value, Term):
        return value.chinese
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def comment(ours: OurLine, note: str, words: str) -> Suggestion:
    """Write it into the hazard's history; what is closed or void takes no comment."""
    if ours.state in OPEN_STATES:
        return Suggestion(words, Action.COMMENT, {"note": note})
    return Suggestion(words)
