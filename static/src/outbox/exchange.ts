/** Unsent items as a file: a way out when a phone breaks down, or never gets a network. */

import type { Database, StoredPhoto } from '../database';
import { sha256Of } from '../photos/hash';
import type { OutboxItem } from './items';

const FORMAT = 'hazard-ledger-outbox';

interface ExportedPhoto extends Omit<StoredPhoto, 'bytes'> {
  readonly base64: string;
}

interface ExportFile {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly items: readonly OutboxItem[];
  readonly photos: readonly ExportedPhoto[];
}

/** All unsent items with their photos, as one file. */
export async function exportItems(database: Database): Promise<Blob> {
  const items = await database.getAll('outbox');
  const hashes = new Set(items.flatMap((item) => item.photos.map((photo) => photo.sha256)));
  const parts: string[] = [];
  for (const sha256 of hashes) {
    const photo = await database.get('photos', sha256);
    if (!photo) continue;
    const { bytes, ...rest } = photo;
    parts.push(JSON.stringify({ ...rest, base64: await base64Of(bytes) }));
  }
  const head = JSON.stringify({ format: FORMAT, version: 1, items });
  const text = `${head.slice(0, -1)},"photos":[${parts.join(',')}]}`;
  return new Blob([text], { type: 'application/json' });
}

/**
 * Take in the items of such a file; those that are here already stay as they are.
 *
 * Gives how many are new. Throws an Error with a reason where the file is none of ours or damaged.
 */
export async function importItems(database: Database, file: Blob): Promise<number> {
  const read = parse(await file.text());
  const photos: StoredPhoto[] = [];
  for (const { base64, ...rest } of read.photos) {
    const bytes = bytesOf(base64);
    if ((await sha256Of(bytes)) !== rest.sha256) throw new Error('文件里的照片已损坏，没有导入。');
    photos.push({ ...rest, bytes });
  }
  const transaction = database.transaction(['outbox', 'photos'], 'readwrite');
  const outbox = transaction.objectStore('outbox');
  let added = 0;
  for (const { order: _, ...item } of read.items) {
    if (await outbox.index('id').get(item.id)) continue;
    const fresh = { ...item, aside: false, trouble: null };
    await outbox.add(fresh as OutboxItem);
    added += 1;
  }
  for (const photo of photos) await transaction.objectStore('photos').put(photo);
  await transaction.done;
  return added;
}

function parse(text: string): ExportFile {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error('这不是销号通导出的文件，或者文件不完整。');
  }
  const file = read as Partial<ExportFile> | null;
  if (file?.format !== FORMAT || !Array.isArray(file.items) || !Array.isArray(file.photos)) {
    throw new Error('这不是销号通导出的文件。');
  }
  if (!file.items.every(isItem)) throw new Error('文件内容不完整，没有导入。');
  return file as ExportFile;
}

function isItem(value: Partial<OutboxItem> | null): boolean {
  const kinds = ['submission', 'act', 'site'];
  return (
    typeof value?.id === 'string' &&
    typeof value.owner === 'string' &&
    typeof value.title === 'string' &&
    Array.isArray(value.photos) &&
    kinds.includes(value.work?.kind ?? '')
  );
}

function base64Of(bytes: ArrayBuffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',', 2)[1] ?? '');
    reader.onerror = () => reject(reader.error ?? new Error('read'));
    reader.readAsDataURL(new Blob([bytes]));
  });
}

function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}
