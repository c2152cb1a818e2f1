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
from .definition import FormDefinition, compile_form
from .models import Form, FormVersion

MOST_ID_LENGTH = 64


class Library:
    """Published forms, each compiled once in this process."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], FormDefinition] = {}
        self._lock = Lock()

    def publish(
        self, session: Session, xform: bytes, at: datetime, source_sha256: str | None = None
    ) -> tuple[FormVersion, bool]:
        """Publish an XForm as the current version of its form; tells whether it is new.

        Raises:
            InvalidInput: the form does not compile, or its id or version is too long.
            Conflict: this version was published before with other content.
        """
        definition = compile_form(xform)
        _check_names(definition)
        digest = sha256(xform).hexdigest()
        published = _version(session, definition.form_id, definition.version)
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
        session.merge(
            Form(
                form_id=definition.form_id,
                title=definition.title,
                current_version=definition.version,
            )
        )
        session.flush()
        version = FormVersion(
            form_id=definition.form_id,
            version=definition.version,
            xform=xform,
            md5=md5(xform, usedforsecurity=False).hexdigest(),
            sha256=digest,
            source_sha256=source_sha256,
            published_at=at,
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
                published = _version(session, form_id, version)
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
    """Every form with its current version, by form id."""
    query = (
        select(Form, FormVersion)
        .join(
            FormVersion,
            (FormVersion.form_id == Form.form_id) & (FormVersion.version == Form.current_version),
        )
        .order_by(Form.form_id)
    )
    return [(form, version) for form, version in session.execute(query)]


def current_version(session: Session, form_id: str) -> tuple[Form, FormVersion]:
    """One form with its current version.

    Raises:
        NotFound: there is no such form.
    """
    known = len(form_id) <= MOST_ID_LENGTH and not FORBIDDEN.search(form_id)
    form = session.get(Form, form_id) if known else None
    if form is None:
        raise NotFound("form_not_found", f"没有表单 {form_id[:MOST_ID_LENGTH]}。")
    version = _version(session, form.form_id, form.current_version)
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


def _version(session: Session, form_id: str, version: str) -> FormVersion | None:
    query = select(FormVersion).where(
        FormVersion.form_id == form_id, FormVersion.version == version
    )
    return session.scalar(query)


def _check_names(definition: FormDefinition) -> None:
    for name, value in (("form_id", definition.form_id), ("version", definition.version)):
        if len(value) > MOST_ID_LENGTH:
            message = f"{name} 不能超过 {MOST_ID_LENGTH} 个字符。"
            raise InvalidInput("form_invalid", message, errors={"file": [message]})
