"""The form library over HTTP; the XForms themselves are served by `openrosa`."""

from typing import Any

from flask import current_app, url_for
from flask_restx import Resource

from ..database import Database
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section
from .library import Library, given_to, given_version
from .models import Form, FormVersion
from .schemas import FormSchema, FormsSchema

section = Section("forms", "表单库", path="/api/v1/forms")


def _described(form: Form, version: FormVersion) -> dict[str, Any]:
    return {
        "form_id": form.form_id,
        "title": form.title,
        "version": version.version,
        "md5": version.md5,
        "published_at": version.published_at,
        "xform_url": url_for("openrosa_x_form", form_id=form.form_id),
        "files": [
            {"name": name, "url": url_for("openrosa_media", form_id=form.form_id, name=name)}
            for name in sorted(_library().compiled(version).files)
        ],
    }


def _library() -> Library:
    library: Library = current_app.extensions["library"]
    return library


@section.route("")
class Forms(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives(FormsSchema)
    def get(self) -> dict[str, Any]:
        """The forms that may be filled in, each in its current version."""
        database: Database = current_app.extensions["database"]
        with database.reading() as session:
            return {"items": [_described(*each) for each in given_to(session, current_actor())]}


@section.route("/<form_id>")
class OneForm(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives(FormSchema)
    def get(self, form_id: str) -> dict[str, Any]:
        """One form."""
        database: Database = current_app.extensions["database"]
        with database.reading() as session:
            return _described(*given_version(session, form_id, current_actor()))
