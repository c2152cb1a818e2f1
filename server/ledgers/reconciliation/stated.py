"""What a ledger says of its own sums, in its title rows, total rows and notes."""

import re
from collections.abc import Iterable, Mapping

from .normalising import plain

COUNT = r"[^\d，,；;。]{0,8}?[:： ]?\s*(\d{1,6})\s*(?:条|项|处|个|起|件)?"
NOT_CLOSED_SAID = r"(?:未销号|未整改|未完成|未闭环|尚未)"

# By what it is of: the balance of a month, and the number of lines.
SAID: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern + COUNT)
    for name, pattern in {
        "opening": r"(?:上期|上月|期初)(?:结转|末|未销号|遗留)+",
        "added": r"(?:本期|本月|当月)(?:新增|新发现|新排查|排查)+",
        "reduced": r"(?:误报|重复|作废)?核减",
        "moved_in": r"划入",
        "moved_out": r"划出",
        "closed": r"(?:本期|本月|当月)(?:已)?(?:销号|整改销号|核销)+",
        "ending": r"(?:期末|月末|本期末|本月末)(?:结转|未销号|遗留)*",
        "lines": r"(?:合计|共计|总计|总数)(?:隐患|排查)*",
        "lines_closed": r"(?<!本期)(?<!本月)(?<!当月)已(?:完成)?(?:销号|闭环)",
        "lines_open": NOT_CLOSED_SAID,
    }.items()
}
OF_BALANCE = re.compile(r"(?:期初|期末|月末|上期|上月)[^\d，,；;。]*$")


def stated_in(texts: Iterable[str]) -> dict[str, int]:
    """The numbers that these rows state, by what they are of; the first that each row names."""
    found: dict[str, int] = {}
    for text in map(plain, texts):
        for name, pattern in SAID.items():
            for match in pattern.finditer(text):
                # `期末未销号 35 条` is the balance's; the count of open lines is said without it.
                if name != "lines_open" or not OF_BALANCE.search(text[: match.start()]):
                    found.setdefault(name, int(match[1]))
                    break
    return found
