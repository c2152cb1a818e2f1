"""A compiled form: what of an XForm the intake needs, read once.

Publishing compiles, so that a form which could not be checked is refused then, and not a
submission later.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from lxml import etree

from ..clock import LOCAL
from ..errors import InvalidInput
from .choices import Choices, read_choices
from .functions import evaluation
from .tokens import ExpressionError
from .xml import MOST_FORM_BYTES, local_name, parse_xml
from .xpath import EVALUATION_ERRORS, Expression, Path, Scope, compile_expression

XFORMS = "{http://www.w3.org/2002/xforms}"
JAVAROSA = "{http://openrosa.org/javarosa}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
XHTML = "{http://www.w3.org/1999/xhtml}"

META = "meta"
MOST_ID_LENGTH = 64
SELECTS = frozenset({"select", "select1", "rank"})

# Which secondary instance an expression reads.
INSTANCE = re.compile(r"""\binstance\(\s*['"]([^'"]+)['"]\s*\)""")

# Any time will do to see whether an expression can be evaluated at all.
TRIAL_TIME = datetime(2000, 1, 1, tzinfo=LOCAL)


@dataclass(frozen=True)
class Bind:
    """The rules of a node."""

    type: str = "string"
    required: Expression | None = None
    required_message: str = ""
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: str = ""
    calculate: Expression | None = None


@dataclass(frozen=True)
class Node:
    """A node of the form.

    Attributes:
        path: from the root, without it: `("hazard", "photo")`.
        count: how often a repeat is asked for (`jr:count`), if the form says so.
    """

    path: Path
    label: str
    hint: str
    bind: Bind
    repeats: bool
    count: Expression | None
    choices: Choices | None
    is_upload: bool
    children: tuple["Node", ...]

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    def descendants(self) -> Iterator["Node"]:
        """The node and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.descendants()


@dataclass(frozen=True)
class EntityDeclaration:
    """An entity that the form makes at a node: once for each instance of it.

    Specification: ODK Entities 2025.1.

    Attributes:
        properties: which path, seen from the node, holds which property (`save_to`).
        reckoned: the properties that the form reckons itself, so that nobody answered them.
        unconditional: the form itself says `create="1"`.
    """

    dataset: str
    path: Path
    properties: Mapping[str, Path]
    reckoned: frozenset[str]
    unconditional: bool


@dataclass(frozen=True)
class FormDefinition:
    """A form, compiled. Hold `lock` while evaluating: its expressions share XML trees.

    Attributes:
        files: the names of the files that it wants attached: lists of choices, pictures, sounds.
    """

    form_id: str
    version: str
    title: str
    root_name: str
    root: Node
    entities: Sequence[EntityDeclaration]
    instances: Mapping[str, etree._Element]
    files: frozenset[str]
    lock: RLock = field(default_factory=RLock, compare=False, repr=False)


def name_faults(definition: FormDefinition) -> list[str]:
    """Why a form can't be kept, or not be asked for in an address, by its id or version."""
    names = (("form_id", definition.form_id), ("version", definition.version))
    faults = [
        f"{name} 不能超过 {MOST_ID_LENGTH} 个字符。"
        for name, value in names
        if len(value) > MOST_ID_LENGTH
    ]
    if "/" in definition.form_id or not definition.form_id.strip("."):
        faults.append("form_id 不能含有“/”，也不能只有点。")
    return faults


def compile_form(xform: bytes) -> FormDefinition:
    """Compile an XForm.

    Raises:
        InvalidInput: it is no XForm, or has an expression that can't be evaluated here.
        Malformed, TooLarge: see `parse_xml`.
    """
    try:
        return _Compiler(parse_xml(xform, MOST_FORM_BYTES)).definition()
    except (ExpressionError, _FormError) as error:
        message = f"表单有误：{error}"
        question = getattr(error, "question", "")
        raise InvalidInput(
            "form_invalid", message, errors={"file": [message]}, question=question
        ) from error


class _FormError(ValueError):
    """The XForm lacks something."""


class _Compiler:
    """Reads one XForm."""

    def __init__(self, document: etree._Element) -> None:
        model = document.find(f".//{XFORMS}model")
        if model is None:
            raise _FormError("没有 model。")
        self._document = document
        self._model = model
        self._main = self._primary_instance()
        self._root_name = local_name(self._main)
        self._texts = self._translations()
        self._instances = {
            instance.get("id", ""): _plain(instance)
            for instance in model.findall(f"{XFORMS}instance")
            if instance.get("id")
        }
        self._attached = {
            name: instance.get("src", "").rpartition("/")[2]
            for name, instance in self._instances.items()
            if instance.get("src")
        }
        self._binds = {
            self._path(bind.get("nodeset", "")): bind for bind in model.findall(f"{XFORMS}bind")
        }
        self._controls = self._body_controls()
        self._repeats = {
            self._path(repeat.get("nodeset", "")): repeat
            for repeat in document.iter(f"{XFORMS}repeat")
        }
        self._empty = _plain(self._main)
        self._scope = Scope(
            paths=frozenset(_paths(self._empty, ())),
            repeats=frozenset(self._repeats),
        )
        self._entities: list[EntityDeclaration] = []

    def definition(self) -> FormDefinition:
        form_id = self._main.get("id", "").strip()
        if not form_id:
            raise _FormError("没有表单编号（form_id）。")
        title = self._document.findtext(f".//{XHTML}title") or form_id
        root = self._node(self._main, ())
        return FormDefinition(
            form_id=form_id,
            version=self._main.get("version", "").strip(),
            title=title.strip(),
            root_name=self._root_name,
            root=root,
            entities=tuple(self._entities),
            instances=self._instances,
            files=frozenset(self._attached.values()) | self._media(),
        )

    def _media(self) -> frozenset[str]:
        """The pictures and sounds that labels show."""
        values = self._model.findall(
            f"{XFORMS}itext/{XFORMS}translation/{XFORMS}text/{XFORMS}value"
        )
        shown = ("".join(value.itertext()).strip() for value in values if value.get("form"))
        return frozenset(
            text.rpartition("/")[2] for text in shown if text.startswith(("jr://", "jr:/"))
        )

    def _primary_instance(self) -> etree._Element:
        instance = self._model.find(f"{XFORMS}instance")
        if instance is None or len(instance) != 1:
            raise _FormError("没有主实例（instance）。")
        return instance[0]

    def _node(self, element: etree._Element, path: Path) -> Node:
        control = self._controls.get(path)
        children: dict[str, Node] = {}
        for child in element:
            name = local_name(child)
            if name == META:
                self._declare(child, path)
            # A repeat stands here twice: its template and a first instance.
            elif name not in children:
                children[name] = self._node(child, (*path, name))
        repeat = self._repeats.get(path)
        kind = "" if control is None else local_name(control)
        return Node(
            path=path,
            label=self._said(control, "label") or (path[-1] if path else ""),
            hint=self._said(control, "hint"),
            bind=self._bind(path),
            repeats=repeat is not None,
            count=None if repeat is None else self._expression(repeat, f"{JAVAROSA}count", path),
            choices=None
            if control is None or kind not in SELECTS
            else self._choices(control, path),
            is_upload=kind == "upload",
            children=tuple(children.values()),
        )

    def _bind(self, path: Path) -> Bind:
        bind = self._binds.get(path)
        if bind is None:
            return Bind()
        return Bind(
            type=bind.get("type", "string").rpartition(":")[2],
            required=self._expression(bind, "required", path),
            required_message=self._text(bind.get(f"{JAVAROSA}requiredMsg", "")),
            relevant=self._expression(bind, "relevant", path),
            constraint=self._expression(bind, "constraint", path),
            constraint_message=self._text(bind.get(f"{JAVAROSA}constraintMsg", "")),
            calculate=self._expression(bind, "calculate", path),
        )

    def _expression(self, element: etree._Element, name: str, path: Path) -> Expression | None:
        source = element.get(name, "").strip()
        if not source or (name == "required" and source == "false()"):
            return None
        scope = replace(self._scope, context=path)
        try:
            expression = self._tried(compile_expression(source, self._root_name, scope), path)
        except ExpressionError as error:
            error.question = "/".join(path)
            raise
        read = {found[1] for found in INSTANCE.finditer(source)}
        return replace(expression, unknowable=not read.isdisjoint(self._attached))

    def _tried(self, expression: Expression, path: Path) -> Expression:
        """The expression, evaluated once on the empty form: what is wrong with it on any values
        is told now, such as a function that gets too few of them."""
        context = self._empty.find("/".join(path)) if path else self._empty
        # Rules are read node by node, so the node is there.
        assert context is not None
        try:
            with evaluation(TRIAL_TIME, self._instances):
                expression.value(context, self._empty)
        except (etree.XPathError, TypeError) as error:
            source = expression.source.strip()
            raise ExpressionError(f"函数的参数不对，或者写法有误：{source}") from error
        except EVALUATION_ERRORS:
            # These may come of the empty values, and not of others.
            pass
        return expression

    def _declare(self, meta: etree._Element, path: Path) -> None:
        """Note an entity declaration, if this meta block has one."""
        entity = next((child for child in meta if local_name(child) == "entity"), None)
        if entity is None:
            return
        saved = {
            bind.get(f"{ENTITIES}saveto", ""): bound[len(path) :]
            for bound, bind in self._binds.items()
            if bind.get(f"{ENTITIES}saveto") and bound[: len(path)] == path
        }
        conditional = (*path, META, "entity", "@create") in self._binds
        self._entities.append(
            EntityDeclaration(
                dataset=entity.get("dataset", ""),
                path=path,
                properties=saved,
                reckoned=frozenset(
                    name
                    for name, steps in saved.items()
                    if self._binds[(*path, *steps)].get("calculate", "").strip()
                ),
                unconditional=bool(entity.get("create")) and not conditional,
            )
        )

    def _path(self, nodeset: str) -> Path:
        """A nodeset as a path from the root; its root must be the form's own."""
        steps = tuple(each.rpartition(":")[2] for each in nodeset.strip().split("/") if each)
        if not steps or steps[0] != self._root_name:
            raise _FormError(f"{nodeset or '空路径'} 不在表单内。")
        return steps[1:]

    def _body_controls(self) -> dict[Path, etree._Element]:
        body = self._document.find(f"{XHTML}body")
        controls: dict[Path, etree._Element] = {}
        for control in () if body is None else body.iter():
            reference = control.get("ref", "")
            if reference.startswith("/"):
                controls.setdefault(self._path(reference), control)
        return controls

    def _choices(self, control: etree._Element, path: Path) -> Choices:
        choices = read_choices(
            control, self._instances, self._root_name, replace(self._scope, context=path)
        )
        if choices.filtered is not None:
            self._tried(choices.filtered, path)
        labelled = tuple((value, self._text(label)) for value, label in choices.listed)
        return replace(choices, listed=labelled)

    def _said(self, control: etree._Element | None, name: str) -> str:
        """The label or the hint of a control."""
        said = None if control is None else control.find(f"{XFORMS}{name}")
        return "" if said is None else self._text(said.get("ref", "") or "".join(said.itertext()))

    def _text(self, text: str) -> str:
        """A text, or what the default language has under the id that it refers to."""
        text = text.strip()
        if text.startswith("jr:itext("):
            return self._texts.get(text.removeprefix("jr:itext(").strip("'\") "), "")
        return text

    def _translations(self) -> dict[str, str]:
        languages = self._model.findall(f"{XFORMS}itext/{XFORMS}translation")
        default = next((each for each in languages if each.get("default") is not None), None)
        chosen = default if default is not None else next(iter(languages), None)
        if chosen is None:
            return {}
        return {
            text.get("id", ""): "".join(value.itertext()).strip()
            for text in chosen.findall(f"{XFORMS}text")
            for value in text.findall(f"{XFORMS}value")
            if value.get("form") is None
        }


def _plain(tree: etree._Element) -> etree._Element:
    """The same in a tree of its own, its elements' names without namespaces."""
    copy = etree.fromstring(etree.tostring(tree, with_tail=False))
    for element in copy.iter():
        element.tag = local_name(element)
    return copy


def _paths(element: etree._Element, path: Path) -> Iterator[Path]:
    yield path
    for child in element:
        yield from _paths(child, (*path, str(child.tag)))
