"""Small forms for tests, from the rows that matter."""

from __future__ import annotations

from datetime import UTC, datetime

from server.forms.checking import Finding, check
from server.forms.conversion import convert
from server.forms.definition import FormDefinition, compile_form
from server.forms.instance import Instance, read_instance

RECEIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

COLUMNS = (
    *("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message"),
    *("choice_filter", "save_to", "calculation"),
)

MiB = 1024 * 1024


def markdown(*rows: dict[str, str], choices: str = "", entities: str = "") -> str:
    """An XLSForm with these survey rows; `choices` and `entities` are rows of `|`-cells."""
    survey = [
        "| | " + " | ".join(row.get(name, "").replace("|", "\\|") for name in COLUMNS) + " |"
        for row in rows
    ]
    parts = ["| survey |", "| | " + " | ".join(COLUMNS) + " |", *survey]
    if choices:
        parts += ["| choices |", "| | list_name | name | label | kind |", choices]
    if entities:
        parts += ["| entities |", "| | dataset | label | repeat |", entities]
    parts += ["| settings |", "| | form_title | form_id | version |", "| | 测试 | test | 1 |"]
    return "\n".join(parts) + "\n"


def form(*rows: dict[str, str], choices: str = "", entities: str = "") -> FormDefinition:
    """The same, compiled."""
    source = markdown(*rows, choices=choices, entities=entities)
    return compile_form(convert("test.md", source.encode()).xform)


def row(kind: str, name: str, **rest: str) -> dict[str, str]:
    return {"type": kind, "name": name, "label": f"{name}的标签"} | rest


def filled(body: str) -> Instance:
    """An instance of the small form."""
    xml = f'<data id="test" version="1">{body}<meta><instanceID>uuid:1</instanceID></meta></data>'
    return read_instance(xml.encode(), MiB)


def findings(definition: FormDefinition, body: str) -> list[Finding]:
    return check(definition, filled(body), received_at=RECEIVED)


def told(definition: FormDefinition, body: str) -> list[tuple[str, str]]:
    """What was found, as (path, code)."""
    return [(finding.path, finding.code.value) for finding in findings(definition, body)]
