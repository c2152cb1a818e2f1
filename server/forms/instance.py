"""A filled form: an instance of the ODK XForms specification, as a client sent it."""

from dataclasses import dataclass

from lxml import etree

from ..errors import Malformed
from .xml import local_name, parse_xml

MOST_ID_LENGTH = 255
# Some hundreds of hazards. Each element costs a check, so this bounds the time that one takes.
MOST_ELEMENTS = 10_000

_COUNT = etree.XPath("count(//*)")


@dataclass(frozen=True)
class Instance:
    """A filled form. Its elements' names are without namespaces."""

    root: etree._Element
    form_id: str
    version: str
    instance_id: str
    device_id: str
    deprecated_id: str


def read_instance(xml: bytes, max_bytes: int) -> Instance:
    """Read a filled form.

    Raises:
        TooLarge, Malformed: see `parse_xml`; or it has more than `MOST_ELEMENTS`, or does not say
            which form it is of, or which filling of it (`meta/instanceID`, in whatever namespace).
    """
    root = parse_xml(xml, max_bytes)
    if _COUNT(root) > MOST_ELEMENTS:
        raise Malformed("xml_too_many", f"内容超过 {MOST_ELEMENTS} 项，请分成几份填报。")
    for element in root.iter():
        element.tag = local_name(element)
    form_id = root.get("id", "").strip()
    if not form_id:
        raise Malformed("form_id_missing", "内容没有写明是哪个表单（根节点的 id）。")
    instance_id = _meta(root, "instanceID")
    if not instance_id or len(instance_id) > MOST_ID_LENGTH:
        raise Malformed("instance_id_missing", "内容没有填报编号（meta/instanceID），请重新填报。")
    return Instance(
        root=root,
        form_id=form_id,
        version=root.get("version", "").strip(),
        instance_id=instance_id,
        device_id=(root.findtext("deviceid") or "").strip(),
        deprecated_id=_meta(root, "deprecatedID"),
    )


def _meta(root: etree._Element, name: str) -> str:
    return (root.findtext(f"meta/{name}") or "").strip()
