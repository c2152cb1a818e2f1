/**
 * The EXIF of an original carried over to the reduced photo, so that its time and place stay with
 * the bytes. JPEG segments: ITU-T T.81 annex B; APP1 Exif: CIPA DC-008.
 */

const APP1 = 0xffe1;
const START_OF_SCAN = 0xffda;
const ORIENTATION = 0x0112;
const EXIF_HEADER = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** The APP1 Exif segment of a JPEG, marker and all, saying "upright"; null where there is none. */
export function exifSegment(jpeg: ArrayBuffer): Uint8Array<ArrayBuffer> | null {
  const view = new DataView(jpeg);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 4 <= view.byteLength) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === START_OF_SCAN || marker < 0xff00 || length < 2) return null;
    const end = at + 2 + length;
    if (end > view.byteLength) return null;
    if (marker === APP1 && EXIF_HEADER.every((byte, i) => view.getUint8(at + 4 + i) === byte)) {
      const segment = new Uint8Array(jpeg.slice(at, end));
      setUpright(segment);
      return segment;
    }
    at = end;
  }
  return null;
}

/** A JPEG with this segment right after its beginning. */
export function withSegment(jpeg: ArrayBuffer, segment: Uint8Array<ArrayBuffer> | null): ArrayBuffer {
  if (segment === null) return jpeg;
  const whole = new Uint8Array(jpeg.byteLength + segment.byteLength);
  whole.set(new Uint8Array(jpeg, 0, 2));
  whole.set(segment, 2);
  whole.set(new Uint8Array(jpeg, 2), 2 + segment.byteLength);
  return whole.buffer;
}

/** The pixels were turned; a viewer must not turn them again. */
function setUpright(segment: Uint8Array<ArrayBuffer>): void {
  const tiff = new DataView(segment.buffer, segment.byteOffset + 10, segment.byteLength - 10);
  if (tiff.byteLength < 10) return;
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return;
  const entries = tiff.getUint16(directory, little);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.byteLength) return;
    if (tiff.getUint16(entry, little) === ORIENTATION) tiff.setUint16(entry + 8, 1, little);
  }
}
