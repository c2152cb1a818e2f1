"""Parsing XML that comes from outside: no DTD, no entities, no network, bounded in size and depth.

XML without a document type can't expand, include or fetch anything, so a document that has one is
refused whole.
"""

from lxml import etree

from ..errors import Malformed, TooLarge

MOST_DEPTH = 64
MOST_FORM_BYTES = 4 * 1024 * 1024
# Asked of libxml2 rather than walked here: it takes milliseconds where a walk takes seconds.
TOO_DEEP = etree.XPath("boolean(" + "/*" * (MOST_DEPTH + 1) + ")")


def parse_xml(content: bytes, max_bytes: int) -> etree._Element:
    """The root element, without comments and processing instructions.

    Raises:
        TooLarge: more than `max_bytes`.
        Malformed: not well-formed, cut off, with a document type, or nested too deeply.
    """
    if len(content) > max_bytes:
        raise TooLarge("xml_too_large", f"表单内容超过 {max_bytes // 1024} KB。")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Malformed("xml_malformed", "表单内容不完整或不是 XML，请重新发送。") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("xml_forbidden", "表单内容不能带文档类型声明（DOCTYPE）。")
    if TOO_DEEP(root):
        raise Malformed("xml_too_deep", f"表单内容嵌套超过 {MOST_DEPTH} 层。")
    return root


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return etree.QName(element).localname
