"""Photos in ledger A: for each line the first from before and the last from after, as thumbs.

A thumb is what the darkroom makes of an original: a JPEG of 320 px, of allow-listed formats only.
What it does not show, no ledger shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Conflict
from ...glossary import Stage
from ...hazards.models import Event, HazardPhoto
from ...hazards.replay import format_moment
from ...photos.darkroom import Darkroom
from ...photos.models import Photo
from .as_of import end_of
from .lines import Line
from .tables import Column
from .workbook import Picture

# Two photos a line: so many thumbs are some 20 MB, in memory and in the file.
MOST_PICTURED = 500

GROUP = "照片"
STAGES = (Stage.BEFORE, Stage.AFTER)
PHOTO_COLUMNS: tuple[Column[Line], ...] = tuple(
    Column(stage.chinese, 18, lambda line: "", group=GROUP) for stage in STAGES
)


def photos_of_lines(
    session: Session, lines: Sequence[Line], first: int, day: date | None, darkroom: Darkroom
) -> list[Picture]:
    """The thumbs of these lines, from column `first` on; with a day, those brought until then."""
    chosen = _chosen(session, [line.id for line in lines], day)
    return [
        Picture(number, first + place, thumb)
        for number, line in enumerate(lines, start=1)
        for place, stage in enumerate(STAGES)
        if (photo := chosen.get((line.id, stage))) is not None
        for thumb in _thumbs(darkroom, photo)
    ]


def _chosen(
    session: Session, ids: Sequence[int], day: date | None
) -> Mapping[tuple[int, str], Photo]:
    query = (
        select(HazardPhoto.hazard_id, HazardPhoto.stage, Photo)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .where(HazardPhoto.hazard_id.in_(ids), HazardPhoto.stage.in_([*STAGES]))
        .order_by(HazardPhoto.seq, HazardPhoto.position)
    )
    if day is not None:
        brought = Event.at < format_moment(end_of(day))
        query = query.join(Event, Event.id == HazardPhoto.event_id).where(brought)
    chosen: dict[tuple[int, str], Photo] = {}
    for id, stage, photo in session.execute(query):
        if stage == Stage.AFTER or (id, stage) not in chosen:
            chosen[id, stage] = photo
    return chosen


def _thumbs(darkroom: Darkroom, photo: Photo) -> Iterator[bytes]:
    """The thumb, if there is to be one."""
    try:
        yield darkroom.thumb(darkroom.sound(photo), "image/jpeg")
    except Conflict:
        return
