"""The form library: publishing versions, and finding the one that an instance was filled in."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import md5, sha256
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import Conflict, InvalidInput, NotFound
from ..fields import FORBIDDEN
from ..people.permissions import Actor
from ..places.codes import is_within
from ..places.models import Area
from .definition import MOST_ID_LENGTH, FormDefinition, compile_form, name_faults
from .models import Form, FormVersion


class Library:
    """Published forms, each compiled once in this process."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], FormDefinition] = {}
        self._lock = Lock()

    def publish(
        self,
        session: Session,
        xform: bytes,
        at: datetime,
        *,
        source_sha256: str | None = None,
        xlsx: bytes | None = None,
        by: int | None = None,
    ) -> tuple[FormVersion, bool]:
        """Publish an XForm as the current version of its form; tells whether it is new.

        Args:
            source_sha256: of the file that it was converted from.
            xlsx: the same as Excel.
            by: who publishes it; nobody, where the application itself does.

        Raises:
            InvalidInput: the form does not compile, or its id or version is too long.
            Conflict: this version was published before with other content.
        """
        definition = compile_form(xform)
        check_names(definition)
        digest = sha256(xform).hexdigest()
        published = find_version(session, definition.form_id, definition.version)
        if published is not None:
            if published.sha256 != digest:
                raise Conflict(
                    "form_version_exists",
                    f"表单 {definition.form_id} 的版本 {definition.version} 已发布过且内容不同，"
                    "请把 settings 里的 version 改大后重试。",
                )
            # A note in the file that the XForm does not show: it is known from now on.
            published.source_sha256 = source_sha256 or published.source_sha256
            return published, False
        form = session.get(Form, definition.form_id)
        if form is None:
            form = Form(form_id=definition.form_id)
            session.add(form)
        form.title, form.current_version = definition.title[:200], definition.version
        session.flush()
        version = FormVersion(
            form_id=definition.form_id,
            version=definition.version,
            xform=xform,
            md5=md5(xform, usedforsecurity=False).hexdigest(),
            sha256=digest,
            source_sha256=source_sha256,
            xlsx=xlsx,
            published_at=at,
            published_by=by,
        )
        session.add(version)
        session.flush()
        return version, True

    def find(self, database: Database, form_id: str, version: str) -> FormDefinition:
        """The compiled form that an instance names.

        Raises:
            NotFound: there is no such form, or no such version of it.
        """
        with self._lock:
            known = self._compiled.get((form_id, version))
        if known is None:
            with database.reading() as session:
                published = find_version(session, form_id, version)
                if published is None:
                    raise _no_such_version(form_id, version)
                known = self.compiled(published)
        return known

    def compiled(self, published: FormVersion) -> FormDefinition:
        """A published version, compiled. What is published never changes: once is enough."""
        key = (published.form_id, published.version)
        with self._lock:
            known = self._compiled.get(key)
        if known is None:
            known = compile_form(published.xform)
            with self._lock:
                self._compiled[key] = known
        return known


def _no_such_version(form_id: str, version: str) -> NotFound:
    return NotFound(
        "form_not_found",
        f"服务器上没有表单 {form_id[:64]}（版本 {version[:64] or '空'}），"
        "请更新表单后重新填报，或请管理员发布这个版本。",
    )


def is_published(session: Session, source_sha256: str) -> bool:
    """Whether a file with this hash was published before."""
    query = select(FormVersion.id).where(FormVersion.source_sha256 == source_sha256)
    return session.scalar(query) is not None


def current_versions(session: Session) -> Sequence[tuple[Form, FormVersion]]:
    """Every form with its current version, by form id; retired ones too."""
    query = (
        select(Form, FormVersion)
        .join(
            FormVersion,
            (FormVersion.form_id == Form.form_id) & (FormVersion.version == Form.current_version),
        )
        .order_by(Form.form_id)
    )
    return [(form, version) for form, version in session.execute(query)]


def given_to(session: Session, actor: Actor) -> Sequence[tuple[Form, FormVersion]]:
    """The forms that somebody fills in, each in its current version."""
    return [each for each in current_versions(session) if is_given(each[0], actor)]


def is_given(form: Form, actor: Actor) -> bool:
    """Whether a form is somebody's to fill in: not retired, and given to their area and role.

    A form of a township is given to all in it, and to those above it, who go there.
    """
    areas = not form.areas or any(
        is_within(actor.area_code, area) or is_within(area, actor.area_code) for area in form.areas
    )
    return form.retired_at is None and areas and (not form.roles or actor.role.value in form.roles)


def known_areas(session: Session, codes: list[str]) -> list[str]:
    """The codes of areas that a form is to be given to.

    Raises:
        InvalidInput: there is no such area, so that nobody would get the form.
    """
    known = set(session.scalars(select(Area.code).where(Area.code.in_(codes))))
    if unknown := [code for code in codes if code not in known]:
        message = f"没有区划 {'、'.join(unknown)}。"
        raise InvalidInput("area_unknown", message, errors={"areas": [message]})
    return codes


def given_version(session: Session, form_id: str, actor: Actor) -> tuple[Form, FormVersion]:
    """One form that is somebody's to fill in, with its current version.

    Raises:
        NotFound: there is no such form, or it is not given to them.
    """
    form, version = current_version(session, form_id)
    if not is_given(form, actor):
        raise NotFound("form_not_found", f"没有表单 {form_id[:MOST_ID_LENGTH]}，或已停用。")
    return form, version


def current_version(session: Session, form_id: str) -> tuple[Form, FormVersion]:
    """One form with its current version.

    Raises:
        NotFound: there is no such form.
    """
    known = len(form_id) <= MOST_ID_LENGTH and not FORBIDDEN.search(form_id)
    form = session.get(Form, form_id) if known else None
    if form is None:
        raise NotFound("form_not_found", f"没有表单 {form_id[:MOST_ID_LENGTH]}。")
    version = find_version(session, form.form_id, form.current_version)
    assert version is not None
    return form, version


def all_versions(session: Session, form_id: str) -> Sequence[FormVersion]:
    """Every version of a form, the current one first and then the newest.

    Raises:
        NotFound: there is no such form.
    """
    form, current = current_version(session, form_id)
    query = select(FormVersion).where(FormVersion.form_id == form.form_id)
    others = session.scalars(query.order_by(FormVersion.id.desc()))
    return [current, *(each for each in others if each.id != current.id)]


def find_version(session: Session, form_id: str, version: str) -> FormVersion | None:
    """One version of a form."""
    query = select(FormVersion).where(
        FormVersion.form_id == form_id, FormVersion.version == version
    )
    return session.scalar(query)


def check_names(definition: FormDefinition) -> None:
    """Raises InvalidInput where a form can't be kept, or not be asked for, by its id or version."""
    if faults := name_faults(definition):
        raise InvalidInput("form_invalid", faults[0], errors={"file": faults})
