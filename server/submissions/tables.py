"""A form as tables: its filled forms flattened, with a linked table for each of its repeats.

Columns are named as ODK Central names them: the path with dashes, a geopoint in four parts. All
versions of a form are in the same tables: the newest one's columns first, in its order, and after
them what only older ones asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from ..forms.definition import FormDefinition, Node
from ..forms.types import is_geopoint

ROOT = "Submissions"
GEOPOINT_PARTS = ("Latitude", "Longitude", "Altitude", "Accuracy")
EMPTY = ("", "", "")

# What came in was read without entities; it is read in the same way again.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)


@dataclass(frozen=True)
class Column:
    """A field of a form: its path below the table's own node, and its type."""

    path: tuple[str, ...]
    kind: str

    @property
    def headers(self) -> list[str]:
        name = "-".join(self.path)
        if self.kind == "geopoint":
            return [f"{name}-{part}" for part in GEOPOINT_PARTS]
        return [name]


@dataclass
class Table:
    """The form itself, or one of its repeats. `name` leads from the form to it: `Submissions.a`."""

    name: str
    columns: list[Column] = field(default_factory=list)
    # Where among them the geopoints are.
    geopoints: list[int] = field(default_factory=list)
    # What an element of this name holds: a column's place, a group's own, or a table's rows.
    plan: "Plan" = field(default_factory=dict)

    @property
    def headers(self) -> list[str]:
        return [header for column in self.columns for header in column.headers]


Plan = dict[str, "int | Plan | Table"]
# A row: its key, its parent's (empty for a filled form itself), and a text for each column.
Row = tuple[str, str, list[str]]


def tables_of(versions: Sequence[FormDefinition]) -> list[Table]:
    """The tables of a form, from its versions, the newest first."""
    root = Table(ROOT)
    tables = [root]
    for definition in versions:
        _add(definition.root, root, root.plan, (), tables)
    return tables


def _add(node: Node, table: Table, plan: Plan, path: tuple[str, ...], tables: list[Table]) -> None:
    for child in node.children:
        known = plan.get(child.name)
        below = (*path, child.name)
        if child.repeats:
            if known is None:
                known = plan[child.name] = Table(".".join((table.name, *below)))
                tables.append(known)
            if isinstance(known, Table):
                _add(child, known, known.plan, (), tables)
        elif child.children:
            inner = plan.setdefault(child.name, {})
            if isinstance(inner, dict):
                _add(child, table, inner, below, tables)
        elif known is None:
            plan[child.name] = len(table.columns)
            if child.bind.type == "geopoint":
                table.geopoints.append(len(table.columns))
            table.columns.append(Column(below, child.bind.type))


def rows_of(tables: Sequence[Table], xml: bytes, key: str) -> dict[str, list[Row]]:
    """The rows that a filled form has in each of these tables, of which the first is the form's.

    A field that no version of the form names is left out.
    """
    root = tables[0]
    values = [""] * len(root.columns)
    rows: dict[str, list[Row]] = {table.name: [] for table in tables}
    rows[root.name].append((key, "", values))
    _fill(etree.fromstring(xml, _PARSER), root.plan, values, key, rows)
    return rows


def _fill(
    element: etree._Element, plan: Plan, values: list[str], key: str, rows: dict[str, list[Row]]
) -> None:
    for child in element:
        # Not by `local_name`: this is where an export's time goes.
        tag = str(child.tag)
        into = plan.get(tag if tag[0] != "{" else tag.rpartition("}")[2])
        if type(into) is int:
            if text := child.text:
                values[into] = text
        elif isinstance(into, dict):
            _fill(child, into, values, key, rows)
        elif isinstance(into, Table) and into.name in rows:
            own = rows[into.name]
            below = [""] * len(into.columns)
            step = into.name.rpartition(".")[2]
            count = sum(parent == key for _, parent, _ in own) + 1
            child_key = f"{key}/{step}[{count}]"
            own.append((child_key, key, below))
            _fill(child, into.plan, below, child_key, rows)


def cells(table: Table, values: Sequence[str]) -> list[str]:
    """A row's texts, one for each header."""
    made: list[str] = []
    done = 0
    for place in table.geopoints:
        made += values[done:place]
        done = place + 1
        parts = values[place].split()
        # What is no place stays readable, in the first of its cells.
        made += [*parts, "", "", ""][:4] if is_geopoint(values[place]) else [values[place], *EMPTY]
    made += values[done:]
    return made
