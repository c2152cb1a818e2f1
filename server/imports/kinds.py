"""What each kind of import does: check, make ready what takes long, write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from ..people.permissions import Actor
from .columns import ImportKind, Line
from .outcomes import Checked
from .people import check_people, give_passwords, write_people
from .sites import check_sites, write_sites

Tick = Callable[[int], None]


class Work(NamedTuple):
    """`prepare` is done outside the transaction that `write` is done in."""

    check: Callable[[Session, Actor, Sequence[Line], Tick], list[Checked]]
    prepare: Callable[[Iterable[Checked], Tick], None]
    write: Callable[[Session, Actor, Iterable[Checked], datetime], None]
    # How long the files of a real import are kept; initial passwords not longer than need be.
    kept: timedelta


def _nothing(checked: Iterable[Checked], tick: Tick) -> None:
    """Sites take no time."""


WORK: Mapping[ImportKind, Work] = {
    ImportKind.PEOPLE: Work(check_people, give_passwords, write_people, timedelta(days=1)),
    ImportKind.SITES: Work(check_sites, _nothing, write_sites, timedelta(days=7)),
}
