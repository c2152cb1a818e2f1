"""The one flask-restx API: its document at /api/v1/swagger.json, its page at /api/docs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, send_from_directory, url_for
from flask_restx import Api
from flask_restx.api import SwaggerView
from flask_restx.swagger import Swagger

STATIC = Path(__file__).with_name("static")

AUTHORISATIONS = {
    "bearer": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "basic": {"type": "basic"},
}


class OurSwagger(Swagger):  # type: ignore[misc]
    """flask-restx's document, which also says what a streamed body is made of."""

    def serialize_operation(self, doc: dict[str, Any], method: str) -> dict[str, Any]:
        operation: dict[str, Any] = super().serialize_operation(doc, method)
        consumes = doc[method].get("consumes")
        return operation | ({"consumes": consumes} if consumes else {})


class LedgerApi(Api):  # type: ignore[misc]
    """flask-restx, with errors left to the application's own handlers."""

    def error_router(
        self, original_handler: Callable[[Exception], Response], e: Exception
    ) -> Response:
        return original_handler(e)

    @property
    def base_path(self) -> str:
        return "/"

    @property
    def __schema__(self) -> dict[str, Any]:
        """The document with every model: flask-restx leaves out those that only models name."""
        models = {name: model.__schema__ for name, model in sorted(self.models.items())}
        return {**OurSwagger(self).as_dict(), "definitions": models}

    def _register_doc(self, app: Flask) -> None:
        """The page and its script only: "/" belongs to the application."""
        app.add_url_rule(self._doc, "doc", page(self.render_doc))
        app.add_url_rule(f"{self._doc}.js", "docs_script", docs_script)

    def _register_specs(self, app: Flask) -> None:
        super()._register_specs(app)
        page(SwaggerView.get)

    def render_doc(self) -> str:
        """Swagger UI without inline scripts, which our content security policy forbids."""
        return render_template("docs.html", swagger=url_for("specs"))


def page(view: Any) -> Any:
    """Mark a page, or a part of one: everybody may read it, and it has no schema."""
    function = getattr(view, "__func__", view)
    function.__permission__ = "public"
    function.__gives__ = "text/html"
    return view


@page
def docs_script() -> Response:
    """Starts Swagger UI on its page."""
    return send_from_directory(STATIC, "docs.js")


def create_api(version: str) -> LedgerApi:
    return LedgerApi(
        version=version,
        title="销号通 hazard-ledger",
        description="从发现隐患到对账销号。错误一律为 RFC 9457 problem details。",
        doc="/api/docs",
        default_swagger_filename="api/v1/swagger.json",
        authorizations=AUTHORISATIONS,
        security=["bearer", "basic"],
        add_specs=True,
    )


def views_of(app: Flask) -> list[tuple[str, str, Any]]:
    """Every (rule, HTTP method, view function) that the application answers."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        resource = getattr(view, "view_class", None)
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            own = getattr(resource, method.lower(), None) if resource else view
            if own is not None:
                found.append((rule.rule, method, own))
    return found
