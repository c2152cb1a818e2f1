"""The short code of a hazard's photo, which a watermark carries and a person may have to type.

Crockford's base 32: no letter that looks like a digit; read as they look when typed.
"""

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..people.permissions import Actor, Permission, Permissions
from .models import Hazard, HazardPhoto
from .queries import visible_to

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
# With what people put between the groups.
MOST_TYPED = 30
LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def short_code(event_id: str, position: int) -> str:
    """The code of the photo that an event brought at this position: 60 bits of a hash."""
    number = int.from_bytes(sha256(f"{event_id}/{position}".encode()).digest()[:8])
    return "".join(ALPHABET[number >> (5 * each) & 31] for each in range(LENGTH))


def spaced(code: str) -> str:
    """As people read it: `ABCD-EFGH-JKMN`."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def photo_of_code(
    session: Session, code: str, actor: Actor, permissions: Permissions
) -> tuple[Hazard, HazardPhoto]:
    """The hazard and its photo that a code names, if the actor may see them.

    Raises:
        NotFound: there is none, or none that they may know of.
    """
    plain = code[:MOST_TYPED].upper().translate(LOOK_ALIKES)
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        raise _not_found()
    visible = visible_to(actor, Permission.READ_HAZARDS, permissions)
    query = (
        select(Hazard, HazardPhoto)
        .join(HazardPhoto, HazardPhoto.hazard_id == Hazard.id)
        .where(HazardPhoto.code == plain, visible)
    )
    found = session.execute(query).first()
    if found is None:
        raise _not_found()
    return found[0], found[1]


def _not_found() -> NotFound:
    return NotFound("code_not_found", "没有这个编码，或不在您的范围内。")
