"""OpenRosa's XML documents: the receipt, the form list."""

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree
from lxml.builder import ElementMaker

from ..forms.models import Form, FormVersion
from ..hazards.replay import format_moment
from ..submissions.writing import Receipt

RESPONSE = "http://openrosa.org/http/response"
METADATA = "http://www.opendatakit.org/xforms"
LIST = "http://openrosa.org/xforms/xformsList"
RECEIPT = "urn:hazard-ledger:receipt"


MANIFEST = "http://openrosa.org/xforms/xformsManifest"


class Listed(NamedTuple):
    """A form in the list, with the address of its XForm and, if it has files, of their list."""

    form: Form
    version: FormVersion
    url: str
    manifest_url: str | None


class MediaFile(NamedTuple):
    """A file of a form, with the md5 of its exact bytes."""

    name: str
    md5: str
    url: str
    is_entity_list: bool


def receipt_document(receipt: Receipt) -> bytes:
    """The answer to a stored submission.

    Beside the envelope of OpenRosa's Form Submission API it carries a receipt of ours, which names
    every photo that is stored, by the sha256 of its bytes, and every one still expected.
    """
    response = ElementMaker(namespace=RESPONSE, nsmap={None: RESPONSE})
    metadata = ElementMaker(namespace=METADATA, nsmap={None: METADATA})
    own = ElementMaker(namespace=RECEIPT, nsmap={None: RECEIPT})
    document = response.OpenRosaResponse(
        response.message(_message(receipt), nature="submit_success"),
        metadata.submissionMetadata(
            id=receipt.form_id,
            version=receipt.form_version,
            instanceID=receipt.instance_id,
            submissionDate=format_moment(receipt.received_at),
            isComplete="false" if receipt.expected else "true",
        ),
        own.receipt(
            *(own.hazard(number=number) for number in receipt.hazards),
            *(
                own.photo(name=name, sha256=sha256, state="stored")
                for name, sha256 in receipt.stored.items()
            ),
            *(own.photo(name=name, state="expected") for name in receipt.expected),
            *(
                own.finding(path=finding["path"], code=finding["code"], message=finding["message"])
                for finding in receipt.findings
            ),
        ),
    )
    return _document(document)


def form_list_document(listed: Iterable[Listed]) -> bytes:
    """The form list (OpenRosa Form Discovery API 1.1)."""
    made = ElementMaker(namespace=LIST, nsmap={None: LIST})
    return _document(
        made.xforms(
            *(
                made.xform(
                    made.formID(form.form_id),
                    made.name(form.title),
                    made.version(version.version),
                    made.hash(f"md5:{version.md5}"),
                    made.downloadUrl(url),
                    *([made.manifestUrl(manifest_url)] if manifest_url else []),
                )
                for form, version, url, manifest_url in listed
            )
        )
    )


def manifest_document(files: Iterable[MediaFile]) -> bytes:
    """The files of a form (OpenRosa Form Discovery API 1.1; ODK Entities: `type`)."""
    made = ElementMaker(namespace=MANIFEST, nsmap={None: MANIFEST})
    return _document(
        made.manifest(
            *(
                made.mediaFile(
                    {"type": "entityList"} if file.is_entity_list else {},
                    made.filename(file.name),
                    made.hash(f"md5:{file.md5}"),
                    made.downloadUrl(file.url),
                )
                for file in files
            )
        )
    )


def error_document(message: str) -> bytes:
    """What a client shows to its user when something was refused (OpenRosa: response)."""
    made = ElementMaker(namespace=RESPONSE, nsmap={None: RESPONSE})
    return _document(made.OpenRosaResponse(made.message(message, nature="submit_error")))


def _message(receipt: Receipt) -> str:
    parts = ["已收到。"]
    if receipt.hazards:
        parts.append(f"登记隐患 {len(receipt.hazards)} 条：{'、'.join(receipt.hazards)}。")
    if receipt.expected:
        parts.append(f"还缺 {len(receipt.expected)} 张照片，请保留并继续发送。")
    if receipt.findings:
        parts.append(f"有 {len(receipt.findings)} 处不符合填写要求，已标记待核。")
    return "".join(parts)


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
