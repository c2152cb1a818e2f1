"""The OData feed of a form's filled forms over HTTP."""

from collections.abc import Collection, Generator
from contextlib import closing
from typing import Any, cast
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_restx import Resource
from marshmallow import fields, validate
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ..database import Database
from ..fields import Schema, Text
from ..forms.library import Library, all_versions
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section, json_response
from ..web.requests import site_address
from .models import Submission
from .odata import (
    Filled,
    Place,
    entities,
    expanded,
    metadata_document,
    read_place,
    service_document,
    table_named,
)
from .odata_filter import parse_filter
from .queries import Condition, find, newest_first, readable_by
from .tables import ROOT, Table, tables_of

section = Section("odata", "填报数据（Excel、Power BI）", path="/api/v1/forms")

JSON_TYPE = "application/json"
EDMX_TYPE = "application/xml"
# Entities of a page where the client does not say: Power Query follows the next link by itself.
PAGE = 1_000
MOST = 10_000
MOST_SKIPPED = 1_000_000


class FeedQuery(Schema):
    top = fields.Integer(data_key="$top", validate=validate.Range(min=0, error="应为零或正整数。"))
    skip = fields.Integer(
        data_key="$skip",
        load_default=0,
        validate=validate.Range(0, MOST_SKIPPED, error=f"应为 0–{MOST_SKIPPED}。"),
    )
    skiptoken = Text(100, data_key="$skiptoken")
    count = fields.Boolean(data_key="$count", load_default=False)
    filter = Text(2_000, data_key="$filter")
    expand = Text(2_000, data_key="$expand")
    select = Text(2_000, data_key="$select")
    format = fields.String(
        data_key="$format",
        validate=validate.OneOf(["json", JSON_TYPE], error="只支持 JSON。"),
    )


@section.route("/<form_id>.svc/", endpoint="odata_service", strict_slashes=False)
class Service(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(JSON_TYPE, "一张表的数据集")
    def get(self, form_id: str) -> Response:
        """The entity sets of a form."""
        return _odata(service_document(_address(form_id), _tables(form_id)))


@section.route("/<form_id>.svc/$metadata", endpoint="odata_metadata")
class Metadata(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(EDMX_TYPE, "数据集的结构，CSDL XML")
    def get(self, form_id: str) -> Response:
        """The types of a form's entity sets."""
        with _database().reading() as session:
            current, *_ = all_versions(session, form_id)
            document = metadata_document(_library().compiled(current))
        response = Response(document, content_type=EDMX_TYPE)
        response.headers["OData-Version"] = "4.0"
        return response


@section.route("/<form_id>.svc/<entity_set>", endpoint="odata_set")
class EntitySet(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.takes(FeedQuery, "query")
    @section.gives_file(JSON_TYPE, "一页数据")
    def get(self, query: dict[str, Any], form_id: str, entity_set: str) -> Response:
        """Filled forms, or the rows of a repeat of theirs, the newest first."""
        tables = _tables(form_id)
        table_named(tables, entity_set)
        expand = expanded(tables, entity_set, query.get("expand"))
        condition = and_(_readable(), Submission.form_id == form_id)
        if wanted := query.get("filter"):
            now = current_app.extensions["clock"].now()
            condition = and_(condition, parse_filter(wanted, now))
        place = read_place(query["skiptoken"]) if "skiptoken" in query else None
        limit = min(query.get("top", PAGE), MOST)
        body: dict[str, Any] = {"@odata.context": f"{_address(form_id)}/$metadata#{entity_set}"}
        with _database().reading() as session:
            if query["count"]:
                body["@odata.count"] = _count(session, condition, entity_set)
            page = _page(session, condition, place, entity_set, expand)
            # Closed where it was left, so that the database stops reading.
            with closing(page) as found:
                rows, last = _taken(found, query["skip"], limit)
        body["value"] = [_selected(row, query.get("select")) for row in rows]
        left = query["top"] - len(rows) if "top" in query else None
        if last is not None and left != 0:
            body["@odata.nextLink"] = _next(form_id, entity_set, last, left)
        return _odata(body)


@section.route("/<form_id>.svc/Submissions('<path:instance_id>')", endpoint="odata_one")
class OneEntity(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(JSON_TYPE, "一份填报")
    def get(self, form_id: str, instance_id: str) -> Response:
        """One filled form with the rows of its repeats."""
        tables = _tables(form_id)
        condition = and_(_readable(), Submission.form_id == form_id)
        with _database().reading() as session:
            submission, user = find(session, instance_id, condition)
            form = _library().find(_database(), form_id, submission.form_version)
            everything = expanded(tables, ROOT, "*")
            [entity] = entities(Filled(submission, user, form), ROOT, expand=everything)
        context = {"@odata.context": f"{_address(form_id)}/$metadata#Submissions/$entity"}
        return _odata(context | entity)


@section.route(
    "/<form_id>.svc/Submissions('<path:instance_id>')/<name>", endpoint="odata_rows_of_one"
)
class RowsOfOne(Resource):  # type: ignore[misc]
    @requires(Permission.READ_SUBMISSIONS)
    @section.gives_file(JSON_TYPE, "一份填报中重复组的各行")
    def get(self, form_id: str, instance_id: str, name: str) -> Response:
        """The rows of a repeat of one filled form, where its navigation link leads."""
        entity_set = f"Submissions.{name}"
        table_named(_tables(form_id), entity_set)
        condition = and_(_readable(), Submission.form_id == form_id)
        with _database().reading() as session:
            submission, user = find(session, instance_id, condition)
            form = _library().find(_database(), form_id, submission.form_version)
            rows = list(entities(Filled(submission, user, form), entity_set))
        context = f"{_address(form_id)}/$metadata#{entity_set}"
        return _odata({"@odata.context": context, "value": rows})


Found = Generator[tuple[dict[str, Any], Place]]


def _page(
    session: Session,
    condition: Condition,
    place: Place | None,
    entity_set: str,
    expand: Collection[str] = (),
) -> Found:
    """The entities behind a place, each with the place behind itself."""
    query = newest_first(condition)
    if place is not None:
        query = query.where(Submission.id <= place.submission_id)
    with session.execute(query.execution_options(yield_per=200)) as found:
        for submission, user in found:
            form = _library().find(_database(), submission.form_id, submission.form_version)
            filled = Filled(submission, user, form)
            passed = place.entities if place and place.submission_id == submission.id else 0
            for number, entity in enumerate(entities(filled, entity_set, expand=expand), 1):
                if number > passed:
                    yield entity, Place(submission.id, number)


def _taken(found: Found, skip: int, limit: int) -> tuple[list[dict[str, Any]], Place | None]:
    """So many entities, and the place behind the last where there are more."""
    rows: list[dict[str, Any]] = []
    last: Place | None = None
    for number, (entity, place) in enumerate(found):
        if number < skip:
            continue
        if len(rows) == limit:
            return rows, last
        rows.append(entity)
        last = place
    return rows, None


def _count(session: Session, condition: Condition, entity_set: str) -> int:
    if entity_set == "Submissions":
        return session.scalar(select(func.count()).select_from(Submission).where(condition)) or 0
    return sum(1 for _ in _page(session, condition, None, entity_set))


def _selected(row: dict[str, Any], names: str | None) -> dict[str, Any]:
    if names is None or "*" in names:
        return row
    wanted = {name.strip().partition("/")[0] for name in names.split(",")} | {"__id"}
    return {name: value for name, value in row.items() if name.partition("@")[0] in wanted}


def _next(form_id: str, entity_set: str, last: Place, left: int | None) -> str:
    kept = {
        name: value
        for name, value in request.args.items()
        if name not in ("$skip", "$skiptoken", "$top", "$count")
    }
    kept |= {"$skiptoken": last.token()} | ({} if left is None else {"$top": str(left)})
    return f"{_address(form_id)}/{entity_set}?{urlencode(kept, safe='$')}"


def _tables(form_id: str) -> list[Table]:
    with _database().reading() as session:
        return tables_of([_library().compiled(each) for each in all_versions(session, form_id)])


def _readable() -> Condition:
    return readable_by(current_actor(), current_app.extensions["permissions"])


def _odata(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"OData-Version": "4.0"})


def _address(form_id: str) -> str:
    public_url = current_app.extensions["settings"].public_url
    return f"{site_address(public_url)}/api/v1/forms/{form_id}.svc"


def _library() -> Library:
    return cast(Library, current_app.extensions["library"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
