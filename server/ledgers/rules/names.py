"""⑮ Names and credit codes held against the registry of sites (rules.md 5)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..differences import DifferenceKind as K
from ..records import Record
from .flaws import Flaw

# GB 32100-2015: no I, O, S, V, Z.
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_LENGTH = 18

PLACES = re.compile("^(山西省|山西)?(吕梁市|吕梁)?(孝义市|孝义)?")
LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团公司|集团|公司)?(\((个体工商户|个体|有限合伙|普通合伙)\))?$"
)


class Registered(NamedTuple):
    """A site of the registry."""

    name: str
    credit_code: str


class Registry:
    """The registered sites, to be found by whatever a ledger says of them."""

    def __init__(self, sites: Iterable[Registered]) -> None:
        self.by_code: dict[str, Registered] = {}
        self._by_name: dict[str, set[Registered]] = {}
        for site in sites:
            if site.credit_code:
                self.by_code.setdefault(site.credit_code.upper(), site)
            for name in {normal_name(site.name), short_name(site.name)}:
                self._by_name.setdefault(name, set()).add(site)

    def named(self, name: str) -> Registered | None:
        """The one site that a name may mean, spelt or shortened like this; None where several."""
        for key in (normal_name(name), short_name(name)):
            found = self._by_name.get(key, set())
            exact = [each for each in found if normal_name(each.name) == key]
            if len(exact) == 1:
                return exact[0]
            if len(found) == 1:
                return next(iter(found))
        return None


def normal_name(name: str) -> str:
    """A name without what typing makes of it: widths, spaces, letters' case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def short_name(name: str) -> str:
    """A name as people shorten it: without the place in front and the legal form behind."""
    normal = normal_name(name)
    return LEGAL_FORM.sub("", PLACES.sub("", normal)) or normal


def check_sign(code: str) -> str:
    """The last of the 18 signs of a credit code that begins like this (GB 32100-2015).

    Raises:
        ValueError: one of the first 17 is no sign of a credit code.
    """
    total = sum(CODE_SIGNS.index(sign) * pow(3, at, 31) for at, sign in enumerate(code[:17]))
    return CODE_SIGNS[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether a unified social credit code is well formed, check sign included."""
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_SIGNS):
        return False
    return check_sign(code) == code[-1]


def credit_code_flaw(code: str, name: str) -> Flaw | None:
    """A credit code that can't be right; None for a right one, or none at all."""
    if not code or is_credit_code(code):
        return None
    if len(code) != CODE_LENGTH:
        why = f"应为 {CODE_LENGTH} 位，现为 {len(code)} 位"
    elif not set(code) <= set(CODE_SIGNS):
        wrong = "、".join(sorted(set(code) - set(CODE_SIGNS)))
        why = f"含有不可能出现的字符 {wrong}"
    else:
        why = f"末位校验码应为 {check_sign(code)}，现为 {code[-1]}"
    return Flaw(
        K.NAME_MISMATCH,
        "credit_code_invalid",
        f"“{name}”的统一社会信用代码 {code} 有误：{why}（GB 32100）。",
        {"单位（场所）名称": name, "统一社会信用代码": code},
        "对照营业执照改正统一社会信用代码。",
    )


def name_flaw(column: str, said: str, registered: str) -> Flaw | None:
    """A ledger's name for a site that is registered under another; None where they are the same."""
    if not said or said == registered:
        return None
    if normal_name(said) == normal_name(registered):
        rule, why = "name_spelling", "写法不一致（全角半角、空格或大小写）"
    elif _shortened(said, registered):
        rule, why = "name_abbreviated", "不一致（像是简称）"
    else:
        rule, why = "name_differs", "不是同一个名称"
    return Flaw(
        K.NAME_MISMATCH,
        rule,
        f"{column}“{said}”与对象库登记的“{registered}”{why}，统计和对账会算成两家。",
        {column: said, "对象库名称": registered},
        "核对后统一名称：对象库有误的改对象库，台账有误的补正台账。",
    )


def _shortened(one: str, other: str) -> bool:
    short, long = sorted((short_name(one), short_name(other)), key=len)
    return len(short) > 1 and short in long


def name_mismatch(record: Record, registry: Registry) -> Iterator[Flaw]:
    """⑮ The site's name and credit code as a ledger has them, against the registry."""
    code = normal_name(record.credit_code).upper()
    if wrong := credit_code_flaw(code, record.site_name):
        yield wrong
    site = registry.by_code.get(code) if code else None
    site = site or registry.named(record.site_name)
    if site and (differs := name_flaw("单位（场所）名称", record.site_name, site.name)):
        yield differs
