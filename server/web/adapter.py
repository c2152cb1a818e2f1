"""The marshmallow ↔ flask-restx adapter: one schema parses, serialises and documents.

A route's method is stacked from three decorators, each of which leaves a mark that a test looks
for on every route:

    @requires(Permission.READ_HAZARDS)       who may      (people.access)
    @section.takes(HazardQuery, "query")     what comes   (here)
    @section.gives(HazardPage)               what goes    (here)
    def get(self, query): ...
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_restx import Namespace
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ..errors import Malformed, UnsupportedMedia
from ..fields import Choices, checked

P = ParamSpec("P")
View = Callable[P, Any]
Location = Literal["json", "query"]

_converter = MarshmallowPlugin()
_documentation = APISpec("", "", "2.0", plugins=[_converter])


class Section(Namespace):  # type: ignore[misc]
    """A namespace whose methods are documented by the marshmallow schemas that they use."""

    def takes(
        self, schema: type[ma.Schema], location: Location = "json"
    ) -> Callable[[View[P]], View[P]]:
        """Parse the body or the query by a schema and hand it on as the last argument.

        Raises, when called: Malformed, UnsupportedMedia or InvalidInput.
        """

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def parsed(*args: P.args, **kwargs: P.kwargs) -> Any:
                return view(*args, load(schema(), location), **kwargs)

            _mark(parsed, "takes", schema)
            if location == "json":
                return self.expect(self._model(schema))(parsed)  # type: ignore[no-any-return]
            return self.doc(params=_query_parameters(schema))(parsed)  # type: ignore[no-any-return]

        return decorate

    def takes_bytes(self, media_type: str, description: str) -> Callable[[View[P]], View[P]]:
        """Say that the body is read as a stream, of this media type."""

        def decorate(view: View[P]) -> View[P]:
            _mark(view, "takes", media_type)
            body = {"description": description, "in": "body", "schema": {"type": "string"}}
            documented = self.doc(consumes=[media_type], params={"body": body})(view)
            return documented  # type: ignore[no-any-return]

        return decorate

    def takes_file(
        self, schema: type[ma.Schema], name: str, description: str
    ) -> Callable[[View[P]], View[P]]:
        """Say that a form with one file is posted (`multipart/form-data`): the file by its name,
        and what else a schema has fields for, which is parsed and handed on as the last argument.

        Raises, when called: InvalidInput.
        """

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def parsed(*args: P.args, **kwargs: P.kwargs) -> Any:
                return view(*args, checked(schema(), request.form.to_dict()), **kwargs)

            _mark(parsed, "takes", schema)
            file = {"in": "formData", "type": "file", "required": True, "description": description}
            parts = {
                each: {**documented, "in": "formData"}
                for each, documented in _query_parameters(schema).items()
            }
            consumes = ["multipart/form-data"]
            documented = self.doc(consumes=consumes, params={name: file} | parts)(parsed)
            return documented  # type: ignore[no-any-return]

        return decorate

    def gives(
        self, schema: type[ma.Schema], status: int = 200, description: str = "OK"
    ) -> Callable[[View[P]], View[P]]:
        """Serialise what the view returns by a schema; it may return `(value, headers)`."""

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def serialised(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                result = view(*args, **kwargs)
                value, headers = result if isinstance(result, tuple) else (result, {})
                if isinstance(value, Response):
                    return value
                return json_response(schema().dump(value), status, headers)

            _mark(serialised, "gives", schema)
            documented = self.response(status, description, self._model(schema))(serialised)
            return documented  # type: ignore[no-any-return]

        return decorate

    def gives_file(
        self, media_type: str, description: str, status: int = 200
    ) -> Callable[[View[P]], View[P]]:
        """Say that the view answers with bytes of this media type (or with nothing)."""

        def decorate(view: View[P]) -> View[P]:
            _mark(view, "gives", media_type)
            documented = self.doc(produces=[media_type])(view)
            return self.response(status, description)(documented)  # type: ignore[no-any-return]

        return decorate

    def _model(self, schema: type[ma.Schema]) -> Any:
        name = schema_name(schema)
        if name not in _documentation.components.schemas:
            _documentation.components.schema(name, schema=schema)
        for each, definition in _documentation.components.schemas.items():
            if each not in self.models:
                self.schema_model(each, definition)
        return self.models[name]


def schema_name(schema: type[ma.Schema]) -> str:
    return schema.__name__.removesuffix("Schema")


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = current_app.json.dumps(value)
    return current_app.response_class(body, status, headers, mimetype="application/json")


def load(schema: ma.Schema, location: Location) -> Any:
    """The request's JSON body or query, parsed.

    Raises:
        UnsupportedMedia, Malformed: the body is not JSON.
        InvalidInput: it does not fit the schema; names the fields.
    """
    raw = request.args.to_dict() if location == "query" else _json_body()
    return checked(schema, raw)


def _json_body() -> Any:
    request.max_content_length = current_app.extensions["settings"].max_json_bytes
    try:
        return request.get_json()
    except UnsupportedMediaType as error:
        raise UnsupportedMedia(
            "unsupported_media_type", "请以 Content-Type: application/json 提交。"
        ) from error
    except (BadRequest, RecursionError) as error:
        raise Malformed("json_malformed", "内容不是完整的 JSON，请检查后重发。") from error


def _mark(view: Any, name: str, value: Any) -> None:
    setattr(view, f"__{name}__", value)


def _query_parameters(schema: type[ma.Schema]) -> dict[str, Any]:
    documented: dict[str, Any] = {}
    for name, each in schema().fields.items():
        described = {"type": "string"} if isinstance(each, Choices) else _field_type(each)
        documented[name] = {"in": "query", "required": each.required, **described}
        if text := each.metadata.get("description"):
            documented[name]["description"] = text
    return documented


def _field_type(each: ma.fields.Field[Any]) -> dict[str, Any]:
    assert _converter.converter is not None
    converted = _converter.converter.field2property(each)
    known = {"type", "format", "enum", "minimum", "maximum", "default"}
    return {key: value for key, value in converted.items() if key in known}
