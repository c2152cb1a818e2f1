"""Filled forms read out over HTTP: listed, one by one, as CSV."""

import json
from collections.abc import Iterator
from typing import Any, cast
from zipfile import ZIP_STORED, ZipFile

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ..database import Database
from ..forms.library import Library, all_versions
from ..hazards.models import Hazard
from ..people.access import current_actor, requires
from ..people.models import User
from ..people.permissions import Permission
from ..storage import Storage
from ..web.adapter import Section
from ..web.attachments import attached
from ..web.paging import page_of, read_cursor
from .answers import answers_of
from .exports import Sink, csv_chunks, zip_chunks
from .models import Submission, SubmissionFile
from .queries import Condition, find, matching, page, readable_by
from .schemas import ExportQuery, SubmissionQuery, SubmissionSchema, SubmissionsSchema
from .tables import Table, tables_of

section = Section("submissions", "填报的表单", path="/api/v1")

XML_TYPE = "text/xml; charset=utf-8"
CSV_TYPE = "text/csv; charset=utf-8"
ZIP_TYPE = "application/zip"
CHUNK_BYTES = 256 * 1024


@section.route("/submissions")
class Submissions(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.takes(SubmissionQuery, "query")
    @section.gives(SubmissionsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The filled forms that the caller may read, newest first."""
        with _database().reading() as session:
            rows = page(
                session,
                and_(_readable(), matching(query)),
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        users = {submission.id: user for submission, user in rows}
        found = page_of([submission for submission, _ in rows], query["limit"])
        items = [_summary(each, users[each.id]) for each in found.items]
        return {"items": items, "next_cursor": found.next_cursor}


@section.route("/submissions/<path:instance_id>")
class OneSubmission(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives(SubmissionSchema)
    def get(self, instance_id: str) -> dict[str, Any]:
        """One filled form: its answers, its files, what became of it."""
        with _database().reading() as session:
            return _whole(session, *find(session, instance_id, _readable()))


@section.route("/submissions/<path:instance_id>.xml", endpoint="submission_xml")
class SubmissionXml(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(XML_TYPE, "收到的原文")
    def get(self, instance_id: str) -> Response:
        """One filled form, the very bytes that came."""
        with _database().reading() as session:
            submission, _ = find(session, instance_id, _readable())
            return Response(submission.xml, content_type=XML_TYPE)


@section.route("/submissions/<path:instance_id>.zip", endpoint="submission_zip")
class SubmissionZip(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(ZIP_TYPE, "原文、内容与照片")
    def get(self, instance_id: str) -> Response:
        """One filled form with its photos' originals."""
        with _database().reading() as session:
            submission, user = find(session, instance_id, _readable())
            whole = SubmissionSchema().dump(_whole(session, submission, user))
            texts = {
                "submission.xml": submission.xml,
                "submission.json": json.dumps(whole, ensure_ascii=False, indent=2).encode(),
            }
        storage = cast(Storage, current_app.extensions["storage"])
        photos = {each["name"]: each["sha256"] for each in whole["files"] if each["sha256"]}
        name = f"{whole['form_id']}-{whole['received_at'][:10]}.zip"
        return attached(Response(_zipped(texts, photos, storage), content_type=ZIP_TYPE), name)


@section.route("/forms/<form_id>/submissions.csv", endpoint="submissions_csv")
class SubmissionsCsv(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.takes(ExportQuery, "query")
    @section.gives_file(CSV_TYPE, "一张表的全部填报")
    def get(self, query: dict[str, Any], form_id: str) -> Response:
        """A form's filled forms as a table, without the rows of its repeats."""
        condition, tables = _asked(form_id, query)
        chunks = csv_chunks(_database(), condition, tables)
        return attached(Response(chunks, content_type=CSV_TYPE), f"{form_id}.csv")


@section.route("/forms/<form_id>/submissions.csv.zip", endpoint="submissions_csv_zip")
class SubmissionsCsvZip(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.takes(ExportQuery, "query")
    @section.gives_file(ZIP_TYPE, "一张表的全部填报，含重复组")
    def get(self, query: dict[str, Any], form_id: str) -> Response:
        """The same, and a linked table for each of the form's repeats, in a zip."""
        condition, tables = _asked(form_id, query)
        chunks = zip_chunks(_database(), condition, tables, form_id)
        return attached(Response(chunks, content_type=ZIP_TYPE), f"{form_id}.zip")


def _asked(form_id: str, query: dict[str, Any]) -> tuple[Condition, list[Table]]:
    """What an export asks for, and the form's tables.

    Raises:
        NotFound: there is no such form.
    """
    library = cast(Library, current_app.extensions["library"])
    with _database().reading() as session:
        versions = [library.compiled(each) for each in all_versions(session, form_id)]
    return and_(_readable(), matching(query | {"form_id": form_id})), tables_of(versions)


def _readable() -> Condition:
    return readable_by(current_actor(), current_app.extensions["permissions"])


def _summary(submission: Submission, user: User) -> dict[str, Any]:
    return {
        "instance_id": submission.instance_id,
        "form_id": submission.form_id,
        "form_version": submission.form_version,
        "submitter": user,
        "area": submission.area_code,
        "device_id": submission.device_id,
        "received_at": submission.received_at,
        "findings": submission.findings,
    }


def _whole(session: Session, submission: Submission, user: User) -> dict[str, Any]:
    library = cast(Library, current_app.extensions["library"])
    form = library.find(_database(), submission.form_id, submission.form_version)
    numbers = dict(
        session.execute(
            select(Hazard.id, Hazard.number)
            .where(Hazard.submission_id == submission.id)
            .order_by(Hazard.id)
        ).all()
    )
    files = session.scalars(
        select(SubmissionFile)
        .where(SubmissionFile.submission_id == submission.id)
        .order_by(SubmissionFile.name)
    )
    instance_ids = select(Submission.instance_id)
    return _summary(submission, user) | {
        "answers": answers_of(form, submission.xml),
        "files": [
            {
                "name": file.name,
                "path": file.path,
                "sha256": file.sha256,
                "hazard": numbers.get(file.hazard_id or 0),
            }
            for file in files
        ],
        "hazards": list(numbers.values()),
        "supersedes": session.scalar(instance_ids.where(Submission.id == submission.supersedes_id)),
        "superseded_by": session.scalars(
            instance_ids.where(Submission.supersedes_id == submission.id)
        ).all(),
    }


def _zipped(texts: dict[str, bytes], photos: dict[str, str], storage: Storage) -> Iterator[bytes]:
    """A zip as it grows. Photos are stored as they are: they don't get smaller."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        for name, content in texts.items():
            archive.writestr(name, content)
        for number, (name, sha256) in enumerate(photos.items(), 1):
            # A client's name may be anything: what follows its last slash, and one of its own.
            safe = name.replace("\\", "/").rpartition("/")[2]
            with (
                storage.open(sha256) as original,
                archive.open(f"files/{number:02d}-{safe}", "w", force_zip64=True) as file,
            ):
                while part := original.read(CHUNK_BYTES):
                    file.write(part)
                    yield sink.taken()
    yield sink.taken()


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
