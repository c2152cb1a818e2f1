/** Reduces photos away from the screen's thread: upright, at most 1600 px and 500 KB. */

import { exifSegment, withSegment } from './exif';
import { sha256Of } from './hash';
import type { Reduced, ReduceRequest } from './reduce';

const LONGEST_SIDE = 1600;
const MOST_BYTES = 500_000;
const QUALITIES = [0.86, 0.78, 0.7, 0.6, 0.5];

onmessage = async (message: MessageEvent<ReduceRequest>) => {
  const { id, file } = message.data;
  try {
    const reduced = await reduce(file);
    postMessage({ id, reduced }, { transfer: [reduced.bytes] });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};

async function reduce(file: Blob): Promise<Reduced> {
  const segment = exifSegment(await file.arrayBuffer());
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    let side = LONGEST_SIDE;
    for (;;) {
      const jpeg = await encode(picture, side, MOST_BYTES - (segment?.byteLength ?? 0));
      if (jpeg) {
        const bytes = withSegment(await jpeg.blob.arrayBuffer(), segment);
        return { bytes, sha256: await sha256Of(bytes), width: jpeg.width, height: jpeg.height };
      }
      side = Math.round(side * 0.8);
    }
  } finally {
    picture.close();
  }
}

/** The picture at this size in the best quality that fits; null where none does. */
async function encode(picture: ImageBitmap, side: number, most: number) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, width, height);
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= most) return { blob, width, height };
  }
  return null;
}
