"""What tells a line of theirs from the others, now and in the next upload of the same ledger."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from ..records import Record
from .normalising import bare, name_key, number_key

OUR_NUMBER = re.compile(r"YH(\d{6})(\d{3})(\d{6}) (\d+)\Z")


def keys_of(records: Iterable[Record]) -> list[str]:
    """A key for each line: its number, or else where and what it is; lines that are alike in that
    are counted, in their order."""
    seen: Counter[str] = Counter()
    keys = []
    for record in records:
        key = sha256("\n".join(_identity(record)).encode()).hexdigest()[:32]
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return keys


def _identity(record: Record) -> tuple[str, ...]:
    if number := number_key(record.number):
        return (number,)
    where = (name_key(record.site_name), bare(record.spot))
    return (*where, bare(record.description), str(record.found_on))


def our_number(text: str) -> str | None:
    """A number of ours as we write it, from however they wrote it; None where it is not of ours."""
    match = OUR_NUMBER.match(number_key(text))
    if match is None:
        return None
    county, township, month, serial = match.groups()
    return f"YH-{county}-{township}-{month}-{int(serial):04d}"
