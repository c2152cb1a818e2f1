"""Intake: one filled form with its photos becomes a submission and the hazards that it found.

Everything that can be refused is refused before anything is kept. The photos' bytes are put in
their place first, then one transaction writes the submission, its files, its hazards and their
first events; those that arrive at the same time share it. The instance id makes it idempotent,
also when many copies arrive at once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from ..database import Database
from ..forms.instance import read_instance
from ..forms.library import Library
from ..people.permissions import Actor, Permissions
from ..photos.originals import store
from ..storage import Storage
from .models import Submission
from .reading import Arrived, Read, by_name, read
from .together import Together
from .writing import Ready, Receipt, different, write_again, write_new

KNOWN = select(Submission.xml_sha256).where(Submission.instance_id == bindparam("instance_id"))


class Intake:
    """Takes filled forms in."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        library: Library,
        *,
        permissions: Permissions,
        max_xml_bytes: int,
    ) -> None:
        self._database = database
        self._storage = storage
        self._library = library
        self._permissions = permissions
        self._max_xml_bytes = max_xml_bytes
        self._together: Together[Ready, Receipt] = Together(self._write)

    def receive(self, arrived: Arrived, actor: Actor, at: datetime) -> Receipt:
        """Store a filled form and what it found, once.

        Raises:
            Malformed: the XML can't be read, is of another form than it says, or a file's name
                is too long.
            NotFound: the form or its version is not in the library.
            Conflict: the instance id is known with other XML, or a file with other bytes.
        """
        instance = read_instance(arrived.xml, self._max_xml_bytes)
        form = self._library.find(self._database, instance.form_id, instance.version)
        understood = read(arrived, instance, form, actor, at)
        files = by_name(arrived.files, understood.named)
        if files:
            self._refuse_another(understood)
        originals = {name: store(self._storage, staged) for name, staged in files.items()}
        return self._together.do(Ready(understood, originals))

    def _refuse_another(self, understood: Read) -> None:
        """Before its files are kept: is there another submission of the same id?"""
        with self._database.glance() as connection:
            known = connection.scalar(KNOWN, {"instance_id": understood.instance.instance_id})
        if known is not None and known != understood.xml_sha256:
            raise different(understood.instance.instance_id)

    def _write(self, batch: Sequence[Ready]) -> list[Receipt | Exception]:
        # What a form corrects may be in the same batch: it has to be there first.
        alone = [[each] for each in batch if each.read.instance.deprecated_id]
        plain = [each for each in batch if not each.read.instance.deprecated_id]
        receipts: dict[int, Receipt | None] = {}
        for group in filter(None, [plain, *alone]):
            with self._database.writing() as session:
                written = write_new(session, group, self._permissions)
            receipts |= {id(ready): each for ready, each in zip(group, written, strict=True)}
        return [receipts[id(ready)] or self._write_again(ready) for ready in batch]

    def _write_again(self, ready: Ready) -> Receipt | Exception:
        """By itself, because what it meets there may refuse it."""
        try:
            with self._database.writing() as session:
                return write_again(session, ready)
        except Exception as error:
            return error
