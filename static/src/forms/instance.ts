/** The id of a filled form, `uuid:…`. */
export function instanceId(xml: string): string {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  for (const element of document.getElementsByTagName('*')) {
    if (element.localName === 'instanceID') return element.textContent ?? '';
  }
  return '';
}
