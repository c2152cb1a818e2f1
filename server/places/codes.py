"""Area codes: the national 12-digit division code and its prefixes (GB/T 2260, GB/T 10114).

`141181000000` is the city, `141181001000` a township, `141181001201` a village; a grid adds two
digits to its village's twelve, a grid within it two more. So whether one area lies within another
can be read off their codes.
"""

import re
from itertools import pairwise

from sqlalchemy import ColumnElement, SQLColumnExpression, and_

AREA_CODE = re.compile(r"\d{12}(\d{2}){0,3}\Z", re.ASCII)

# Where the parts of a code end: province, prefecture, county, township, village.
ENDS = (2, 4, 6, 9, 12)


def prefix(code: str) -> str:
    """The digits that every area within `code` begins with.

    >>> prefix("141181001000")
    '141181001'
    """
    if len(code) > ENDS[-1]:
        return code
    for start, end in reversed(list(pairwise((0, *ENDS)))):
        if code[start:end].strip("0"):
            return code[:end]
    return code[: ENDS[0]]


def is_within(code: str, outer: str) -> bool:
    """Whether the area `code` is `outer` or lies in it."""
    return code.startswith(prefix(outer))


def within(column: SQLColumnExpression[str], outer: str) -> ColumnElement[bool]:
    """The same in SQL, as a range, which an index on the column serves in any collation."""
    start = prefix(outer)
    following = str(int(start) + 1).zfill(len(start))
    if len(following) > len(start):  # all nines: nothing follows
        return column >= start
    return and_(column >= start, column < following)


def township_part(code: str) -> str:
    """The three digits of the township, `000` for the city itself."""
    return code[6:9]


def township_code(code: str) -> str:
    """The code of the township that an area lies in."""
    return code[:9] + "000"
