"""Why two lines may be one hazard, in the words of whoever is to decide it."""

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from ..records import Record
from .likeness import name_likeness
from .normalising import bare, credit_key, name_key, number_key

LIKE = 0.55


def reasons_for(ours: Record, theirs: Record, text: float, one_number: bool) -> tuple[str, ...]:
    """What speaks for and against it, the weightiest first.

    Args:
        text: the likeness of spot and description together, 0 to 1, or NaN.
        one_number: whether they have one number and are no pair, because all else contradicts.
    """
    reasons = [
        "编号相同，但单位或描述明显不同" if one_number else _numbers(ours, theirs),
        _sites(ours, theirs),
        _codes(ours, theirs),
        _spots(ours, theirs),
        "" if text != text else f"部位和描述相似度 {text:.0%}",
        _days(ours, theirs),
    ]
    return tuple(filter(None, reasons))


def _numbers(ours: Record, theirs: Record) -> str:
    one, other = number_key(ours.number), number_key(theirs.number)
    if not other:
        return "对方没有编号"
    if not other.startswith("YH"):
        return "对方用的是另一套编号"
    near = OSA.distance(one, other, score_cutoff=1) <= 1
    return "编号只差一位" if near else "编号不同"


def _sites(ours: Record, theirs: Record) -> str:
    if not theirs.site_name:
        return "对方没有单位名称"
    one, other = name_key(ours.site_name), name_key(theirs.site_name)
    if one == other:
        return "单位名称一致"
    like = name_likeness(one, other) >= LIKE
    return f"单位名称{'相近' if like else '不同'}（{ours.site_name} / {theirs.site_name}）"


def _codes(ours: Record, theirs: Record) -> str:
    one, other = credit_key(ours.credit_code), credit_key(theirs.credit_code)
    if not one or not other:
        return ""
    return "信用代码一致" if one == other else "信用代码不同"


def _spots(ours: Record, theirs: Record) -> str:
    one, other = bare(ours.spot), bare(theirs.spot)
    if not one or not other:
        return ""
    if one == other:
        return "部位一致"
    return "部位相近" if fuzz.ratio(one, other) >= 100 * LIKE else "部位不同"


def _days(ours: Record, theirs: Record) -> str:
    if ours.found_on is None or theirs.found_on is None:
        return "对方没有检查日期" if theirs.found_on is None else ""
    apart = abs((ours.found_on - theirs.found_on).days)
    return f"检查日期相差 {apart} 天" if apart else "检查日期一致"
