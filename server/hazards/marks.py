"""What the watermark of a hazard's photo says: who, when, where, of which hazard."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import LOCAL
from ..errors import NotFound
from ..glossary import Role, Stage
from ..people.permissions import Actor, Permission, Permissions
from ..photos.models import Photo
from ..photos.watermark import Line, Mark
from ..places.queries import area_path
from .codes import photo_of_code, spaced
from .findings import Point
from .material import place_of, said_by_phone
from .models import Event, Hazard, HazardPhoto
from .queries import visible_to
from .replay import parse_moment


def marked_photo(
    session: Session, sha256: str, code: str | None, actor: Actor, permissions: Permissions
) -> tuple[Hazard, HazardPhoto] | None:
    """A photo as a hazard's: the one that the code names, else the first that the actor may see."""
    if code:
        try:
            found = photo_of_code(session, code, actor, permissions)
        except NotFound:
            return None
        return found if found[1].sha256 == sha256 else None
    query = (
        select(Hazard, HazardPhoto)
        .join(HazardPhoto, HazardPhoto.hazard_id == Hazard.id)
        .where(HazardPhoto.sha256 == sha256)
        .where(visible_to(actor, Permission.READ_HAZARDS, permissions))
        .order_by(HazardPhoto.hazard_id, HazardPhoto.seq)
    )
    row = session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None


def mark_of(session: Session, hazard: Hazard, of: HazardPhoto, site: str) -> Mark:
    """The watermark of a hazard's photo; `site` is the address that the code resolves at."""
    event = session.get_one(Event, of.event_id)
    photo = session.get_one(Photo, of.sha256)
    said = said_by_phone(event)
    by_phone = photo.taken_at or said.done_at
    times = [f"{_local(parse_moment(event.at))}（服务器收到）"]
    if by_phone:
        times.append(f"{_local(by_phone)}（手机）")
    place = said.place or place_of(hazard)
    where = [*area_path(session, hazard.area_code)[1:], hazard.site_name, hazard.spot]
    lines = (
        Line("编号", f"{hazard.number} · {Stage(of.stage).chinese}"),
        Line("时间", " / ".join(times)),
        Line("地点", " ".join(dict.fromkeys(filter(None, where)))),
        Line("坐标", _degrees(place) if place else "无定位"),
        Line("人员", f"{event.actor_name}（{Role(event.actor_role).chinese}）"),
    )
    return Mark(lines, spaced(of.code), f"{site}/v/{of.code}")


def _local(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def _degrees(place: Point) -> str:
    accuracy = f" ±{place.accuracy_m:.0f} 米" if place.accuracy_m else ""
    return f"{place.latitude:.5f}, {place.longitude:.5f}{accuracy}（WGS-84）"
