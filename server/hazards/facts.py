"""What is true of a hazard now, as a plain value.

Facts follow from the events alone (`replay.evolve`). The columns of the hazard's row, its plans and
its photos hold the same facts for queries; `models` goes from one to the other.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from ..glossary import Level, Stage, State


class PhotoOf(NamedTuple):
    """A photo of the hazard, by the sha256 of its original."""

    stage: Stage
    sha256: str
    event_id: str


@dataclass(frozen=True)
class Facts:
    # What was found
    number: str
    state: State
    level: Level
    area_code: str
    reporter_id: int
    reporter_name: str
    description: str
    found_on: date
    sector: str | None = None
    site_id: int | None = None
    site_name: str = ""
    spot: str = ""
    item: str = ""
    category: str = ""
    basis: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    suggested_deadline: date | None = None
    needs_review: bool = False
    # Who puts it right, by when and how
    responsible_site_id: int | None = None
    responsible_unit: str = ""
    supervisor: str = ""
    deadline: date | None = None
    plan: dict[str, Any] | None = None
    plan_by: int | None = None
    plan_approved: bool = False
    extensions: int = 0
    extension_requested: date | None = None
    extension_by: int | None = None
    # What was done
    fixed_on_spot: bool = False
    finish_summary: str = ""
    finished_on: date | None = None
    rectifier_id: int | None = None
    rectifier_name: str = ""
    acceptors: tuple[str, ...] = ()
    acceptor_ids: tuple[int, ...] = ()
    acceptance_opinion: str = ""
    accepted_on: date | None = None
    closer_name: str = ""
    closed_on: date | None = None
    # Beside the line
    listing: dict[str, Any] | None = None
    delisted: bool = False
    reported_to_regulator: dict[str, Any] | None = None
    reported_to_employees: dict[str, Any] | None = None
    suspended: bool = False
    transferred: bool = False
    void_reason: str = ""
    duplicate_of: str | None = None
    photos: tuple[PhotoOf, ...] = field(default=())

    @property
    def dual_reported(self) -> bool:
        """Both of the two reports on a major hazard are made (《安全生产法》第41条)."""
        return self.reported_to_regulator is not None and self.reported_to_employees is not None

    def sha256s(self, stage: Stage) -> frozenset[str]:
        return frozenset(photo.sha256 for photo in self.photos if photo.stage == stage)
