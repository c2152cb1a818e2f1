"""All tables, so that the metadata is whole for migrations and foreign keys."""

from .database import Base
from .forms import models as forms
from .hazards import models as hazards
from .imports import models as imports
from .ledgers import models as ledgers
from .ledgers.audit import models as audit
from .ledgers.balances import models as balances
from .ledgers.documents import models as documents
from .ledgers.exports import models as exports
from .ledgers.ready import models as ready
from .ledgers.reconciliation import models as reconciliation
from .ledgers.trail import models as trail
from .people import models as people
from .photos import models as photos
from .places import models as places
from .submissions import models as submissions

__all__ = [
    "Base",
    "audit",
    "balances",
    "documents",
    "exports",
    "forms",
    "hazards",
    "imports",
    "ledgers",
    "people",
    "photos",
    "places",
    "ready",
    "reconciliation",
    "submissions",
    "trail",
]
