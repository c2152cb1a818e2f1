/** Putting a photo from a desk: the file as it is, under the sha256 of its bytes. */

import { sha256Of } from '../../photos/hash';
import { answering } from '../asking';

/** Put a photo; gives its sha256. Throws as `answering`. */
export async function putPhoto(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  const sha256 = await sha256Of(bytes);
  const path = `/api/v1/photos/${sha256}?capture=gallery`;
  await answering(path, { method: 'PUT', body: bytes, timeoutSeconds: 300 });
  return sha256;
}

/** Where a photo that was just put can be looked at. */
export const thumbOf = (sha256: string): string => `/api/v1/photos/${sha256}?size=thumb`;
