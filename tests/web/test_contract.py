"""Every route keeps the house's rules: who may, what comes, what goes; and all are documented."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV2SpecValidator, validate

from server.errors import InvalidInput
from server.fields import checked, flat_errors
from server.ledgers.documents.kinds import MANNERS
from server.people.permissions import Permission
from server.web.api import views_of
from tests.client import Client
from tests.web.test_problems import assert_problem

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Pages and their parts: GET only, for everybody, and not of the API that they describe.
PAGES = {
    "/",
    "/<name>",
    "/assets/<path:name>",
    "/api/docs",
    "/api/docs.js",
    "/api/v1/swagger.json",
    "/console/",
    "/console/<path:_page>",
    "/console/preview",
    "/console/assets/<path:name>",
    "/v/<code>",
    "/swaggerui/<path:filename>",
}


def routes(app: Flask) -> list[tuple[str, str, object]]:
    return [each for each in views_of(app) if each[0] not in PAGES]


def test_pages_are_there_to_be_read_by_everybody(app: Flask) -> None:
    pages = [each for each in views_of(app) if each[0] in PAGES]
    assert {rule for rule, _, _ in pages} == PAGES
    assert {method for _, method, _ in pages} == {"GET", "HEAD"}
    ours = [view for rule, _, view in pages if not rule.startswith("/swaggerui/")]
    assert {view.__permission__ for view in ours} == {"public"}


def test_there_are_routes(app: Flask) -> None:
    assert {"/api/v1/session", "/openrosa/submission", "/healthz", "/readyz"} <= {
        rule for rule, _, _ in routes(app)
    }


def test_every_route_says_who_may(app: Flask) -> None:
    for rule, method, view in routes(app):
        permission = getattr(view, "__permission__", None)
        assert permission == "public" or permission in set(Permission), f"{method} {rule}"


def test_only_these_routes_are_everybodys(app: Flask) -> None:
    assert {
        (method, rule)
        for rule, method, view in routes(app)
        if getattr(view, "__permission__", None) == "public"
    } == {("POST", "/api/v1/session"), ("GET", "/healthz"), ("GET", "/readyz")}


def test_every_route_says_what_goes(app: Flask) -> None:
    for rule, method, view in routes(app):
        assert getattr(view, "__gives__", None) is not None, f"{method} {rule}"


def test_every_route_that_changes_something_says_what_comes(app: Flask) -> None:
    for rule, method, view in routes(app):
        if method not in ("GET", "HEAD", "DELETE"):
            assert getattr(view, "__takes__", None) is not None, f"{method} {rule}"


def test_whatever_is_refused_is_refused_in_chinese(app: Flask) -> None:
    taken = [getattr(view, "__takes__", None) for _, _, view in routes(app)]
    waiting = [each() for each in taken if isinstance(each, type)]
    assert waiting
    while waiting:
        schema = waiting.pop()
        with pytest.raises(InvalidInput) as refused:
            checked(schema, {"no such field": 1})
        assert not re.search("[a-z]", refused.value.errors["no such field"][0])
        for name, field in schema.fields.items():
            if inner := getattr(field, "schema", None):
                waiting.append(inner)
            # Of the field's own words, those that need no more than a wrong value to be said.
            for value in (None, "\n", "x", 10**400, float("nan"), [[]], {"x": 1}):
                errors = flat_errors(schema.validate({name: value}, partial=True))
                for told in (each for path in errors for each in errors[path]):
                    assert re.search("[\u4e00-\u9fff]", told), (schema, name, value, told)


def test_without_a_token_every_route_that_is_not_everybodys_is_closed(
    app: Flask, anonymous: Client
) -> None:
    for rule, method, view in routes(app):
        if view.__permission__ == "public":
            continue
        path = re.sub("<[^>]+>", "0", rule)
        answer = anonymous._open(method, path)
        if method != "HEAD":
            assert_problem(answer, 401, "not_signed_in")
        assert answer.status_code == 401, f"{method} {rule}"
        assert answer.headers["WWW-Authenticate"]


def test_the_document_is_valid_swagger(anonymous: Client) -> None:
    document = anonymous.get("/api/v1/swagger.json").json
    assert document["swagger"] == "2.0"
    validate(document, cls=OpenAPIV2SpecValidator)


def test_every_route_is_documented(app: Flask, anonymous: Client) -> None:
    documented = anonymous.get("/api/v1/swagger.json").json["paths"]
    for rule, method, _ in routes(app):
        path = re.sub("<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule)
        operation = documented[path][method.lower()]
        assert operation["summary"], f"{method} {rule}"


def test_every_query_parameter_and_body_is_documented(anonymous: Client) -> None:
    paths = anonymous.get("/api/v1/swagger.json").json["paths"]
    hazards = paths["/api/v1/hazards"]["get"]["parameters"]
    assert {each["name"] for each in hazards} == {
        *("state", "level", "area", "sector", "overdue", "needs_review", "mine", "to_recheck"),
        *("q", "cursor", "limit", "near", "within", "listed", "due_within", "site"),
        *("period", "found_from", "found_to", "closed_in", "desk"),
    }
    [body] = paths["/api/v1/session"]["post"]["parameters"]
    assert (body["in"], body["schema"]) == ("body", {"$ref": "#/definitions/Credentials"})


def test_no_permission_is_without_a_route(app: Flask) -> None:
    asked = {view.__permission__ for _, _, view in routes(app)} - {"public"}
    # Some kinds of documents ask for more than their address does.
    by_kind = {manner.asked for manner in MANNERS.values()} & set(Permission)
    # An export asks for it, where numbers are to be whole.
    assert asked | by_kind | {Permission.READ_PHONES} == set(Permission)
