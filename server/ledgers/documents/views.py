"""Issued documents as their schema dumps them."""

from typing import Any

from flask import url_for

from .kinds import DocumentKind
from .models import IssuedDocument


def document_view(number: str, document: IssuedDocument) -> dict[str, Any]:
    """A document of the hazard of this number, and the address of its file."""
    kind = DocumentKind(document.kind)
    address = url_for("documents_one_document", number=number, kind=kind.value)
    plain = ("version", "number", "office", "sha256", "size", "issued_at")
    return {name: getattr(document, name) for name in plain} | {
        "id": document.event_id,
        "kind": kind.value,
        "kind_name": kind.chinese,
        "issued_by": {"id": document.issued_by, "name": document.issuer_name},
        "url": f"{address}?version={document.version}",
    }
