"""XForms written out, for what no XLSForm gives: other tools' forms, and broken ones."""

from __future__ import annotations

from datetime import UTC, datetime

from server.forms.checking import check
from server.forms.definition import FormDefinition, compile_form
from server.forms.instance import Instance, read_instance

RECEIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def xform(
    nodes: str,
    *binds: str,
    controls: str = "",
    model: str = "",
    attributes: str = 'id="test" version="1"',
) -> bytes:
    """An XForm: the nodes of its instance, its binds' attributes, its controls."""
    bound = "".join(f"<bind {bind}/>" for bind in binds)
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"'
        ' xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms"'
        ' xmlns:entities="http://www.opendatakit.org/xforms/entities">'
        f"<h:head><h:title> 测试 </h:title><model>"
        f"<instance><data {attributes}>{nodes}</data></instance>{model}{bound}</model></h:head>"
        f"<h:body>{controls}</h:body></h:html>"
    ).encode()


def compiled(nodes: str, *binds: str, controls: str = "", model: str = "") -> FormDefinition:
    return compile_form(xform(nodes, *binds, controls=controls, model=model))


def filled(body: str) -> Instance:
    meta = "<meta><instanceID>uuid:1</instanceID></meta>"
    return read_instance(f'<data id="test" version="1">{body}{meta}</data>'.encode(), 2**20)


def told(form: FormDefinition, body: str) -> list[tuple[str, str]]:
    """What is found in a filled form, as (path, code)."""
    findings = check(form, filled(body), received_at=RECEIVED)
    return [(finding.path, finding.code.value) for finding in findings]
