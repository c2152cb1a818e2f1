/** A photo, from the file that the camera or the gallery gives to the phone's own store. */

import { type Capture, type StoredPhoto, database, isFull } from '../database';
import { reduce, startWorker } from './reduce';

interface Meta {
  readonly takenAt: Date | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Reduce a photo and keep it. Throws an Error that says what to do where that can't be done. */
export async function keepPhoto(file: Blob, capture: Capture, like?: StoredPhoto): Promise<StoredPhoto> {
  const meta = await metaOf(file);
  const { bytes, sha256 } = await reduce(file);
  const photo: StoredPhoto = {
    sha256,
    bytes,
    size: bytes.byteLength,
    capture,
    keptAt: Date.now(),
    takenAt: (meta.takenAt ?? new Date()).toISOString(),
    latitude: meta.latitude,
    longitude: meta.longitude,
    ...(like ? { takenAt: like.takenAt, latitude: like.latitude, longitude: like.longitude } : {}),
  };
  try {
    await (await database()).put('photos', photo);
  } catch (error) {
    if (isFull(error)) throw new Error('手机空间不足，这张照片没有存下。请先清理手机空间。');
    throw error;
  }
  return photo;
}

/** Load what taking a photo needs, before there is no network to load it from. */
export async function preparePhotos(): Promise<void> {
  startWorker();
  await Promise.all([import('exifr/dist/lite.esm.mjs'), import('./Annotate.vue')]);
}

/** What the original says about itself, read before anything is thrown away. */
async function metaOf(file: Blob): Promise<Meta> {
  try {
    const { default: exifr } = await import('exifr/dist/lite.esm.mjs');
    const read: unknown = await exifr.parse(file, ['DateTimeOriginal', 'latitude', 'longitude']);
    const gps = await exifr.gps(file).catch(() => undefined);
    const taken = (read as { DateTimeOriginal?: unknown } | undefined)?.DateTimeOriginal;
    return {
      takenAt: taken instanceof Date && !Number.isNaN(taken.getTime()) ? taken : null,
      latitude: finite(gps?.latitude),
      longitude: finite(gps?.longitude),
    };
  } catch {
    return { takenAt: null, latitude: null, longitude: null };
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
