"""Drafts: a form's file on its way to being published, looked at by a person in between."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotFound
from ..fields import FORBIDDEN
from .comparison import Change, compare
from .conversion import Conversion
from .definition import compile_form
from .library import Library, check_names, find_version
from .models import Form, FormDraft, FormVersion

MOST_DRAFTS = 100


def keep_draft(
    session: Session, file_name: str, converted: Conversion, by: int, at: datetime
) -> FormDraft:
    """Keep a form's file as a draft; an earlier draft of the same form and version makes way.

    Raises:
        InvalidInput: its id or version is too long.
        Conflict: the version was published with other content, or there are too many drafts.
    """
    definition = converted.definition
    check_names(definition)
    published = find_version(session, definition.form_id, definition.version)
    if published is not None and published.xform != converted.xform:
        raise Conflict(
            "form_version_exists",
            f"版本 {definition.version or '（空）'} 已发布过且内容不同，"
            "请把 settings 表里的 version 改大后再上传。",
        )
    for earlier in drafts(session):
        if (earlier.form_id, earlier.version) == (definition.form_id, definition.version):
            session.delete(earlier)
    session.flush()
    if len(drafts(session)) >= MOST_DRAFTS:
        raise Conflict("too_many_drafts", "草稿太多，请先删去不用的。")
    draft = FormDraft(
        form_id=definition.form_id,
        version=definition.version,
        title=definition.title[:200],
        file_name=file_name[:200],
        xform=converted.xform,
        xlsx=converted.xlsx,
        remarks=[asdict(each) for each in converted.remarks],
        created_by=by,
        created_at=at,
    )
    session.add(draft)
    session.flush()
    return draft


def drafts(session: Session) -> Sequence[FormDraft]:
    """All drafts, the newest first."""
    query = select(FormDraft).order_by(FormDraft.created_at.desc(), FormDraft.id)
    return session.scalars(query).all()


def find_draft(session: Session, draft_id: str) -> FormDraft:
    """One draft.

    Raises:
        NotFound: there is none of this number.
    """
    draft = None if FORBIDDEN.search(draft_id) else session.get(FormDraft, draft_id)
    if draft is None:
        raise NotFound("draft_not_found", "没有这份草稿，可能已发布或删去。")
    return draft


def changes_of(session: Session, library: Library, draft: FormDraft) -> list[Change] | None:
    """What a draft changes in the form's current version; None where the form is new."""
    form = session.get(Form, draft.form_id)
    current = find_version(session, form.form_id, form.current_version) if form else None
    if current is None:
        return None
    return compare(library.compiled(current), compile_form(draft.xform))


def publish_draft(
    session: Session, library: Library, draft: FormDraft, by: int, at: datetime
) -> FormVersion:
    """Publish a draft as the current version of its form, which it brings back if it was retired.

    Raises:
        Conflict: the version was published meanwhile with other content.
    """
    version, _ = library.publish(session, draft.xform, at, xlsx=draft.xlsx, by=by)
    form = session.get_one(Form, draft.form_id)
    form.retired_at = None
    form.current_version, form.title = draft.version, draft.title
    session.delete(draft)
    session.flush()
    return version
