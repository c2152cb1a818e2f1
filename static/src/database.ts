/** What the phone keeps: an IndexedDB with one store for each thing. */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

import type { SeenHazard } from './hazards/types';
import type { OutboxItem, SentItem } from './outbox/items';

export type Capture = 'camera' | 'gallery';

/** A photo taken here, reduced: kept until the server has confirmed it by its hash. */
export interface StoredPhoto {
  readonly sha256: string;
  readonly bytes: ArrayBuffer;
  readonly size: number;
  readonly capture: Capture;
  /** When it was kept here, in milliseconds. */
  readonly keptAt: number;
  /** As the original's EXIF says, or the moment of taking; RFC 3339. */
  readonly takenAt: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A form that is being filled in. `photos` maps the form's file names to hashes. */
export interface Draft {
  readonly id: string;
  readonly owner: string;
  readonly formId: string;
  readonly formVersion: string;
  readonly title: string;
  /** The form as it was when the draft was begun: a newer version must not break it. */
  readonly formXml: string;
  /** The lists that the form chooses from, as they were then. */
  readonly files?: FormFiles;
  readonly site: { readonly id: string; readonly name: string } | null;
  readonly xml: string;
  readonly photos: Readonly<Record<string, string>>;
  readonly updatedAt: number;
}

/** The files of a form by name: lists of hazards, sites, areas. */
export type FormFiles = Readonly<Record<string, string>>;

export interface StoredForm {
  readonly formId: string;
  readonly version: string;
  readonly title: string;
  readonly md5: string;
  readonly xml: string;
  readonly files?: FormFiles;
}

export interface Site {
  readonly id: number | null;
  readonly entity_id: string;
  readonly name: string;
  readonly kind: string;
  readonly area: string;
  readonly sector: string | null;
  readonly address: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A photo of a hazard as it was last seen. */
export interface SeenPhoto {
  readonly sha256: string;
  readonly bytes: ArrayBuffer;
  readonly type: string;
  readonly seenAt: number;
}

export interface Tables extends DBSchema {
  photos: { key: string; value: StoredPhoto; indexes: { keptAt: number } };
  drafts: { key: string; value: Draft };
  outbox: { key: number; value: OutboxItem; indexes: { id: string } };
  sent: { key: string; value: SentItem };
  forms: { key: string; value: StoredForm };
  sites: { key: string; value: Site };
  hazards: { key: string; value: SeenHazard };
  seen: { key: string; value: SeenPhoto; indexes: { seenAt: number } };
  /** Single values by name: who is signed in, settings, areas, what waits. */
  values: { key: string; value: unknown };
}

/** What the keys begin with under which half-filled acts lie among the values. */
export const ACT_KEY = 'act:';

export type Database = IDBPDatabase<Tables>;

export function openDatabase(name = 'hazard-ledger'): Promise<Database> {
  return openDB<Tables>(name, 1, {
    upgrade(database) {
      const photos = database.createObjectStore('photos', { keyPath: 'sha256' });
      photos.createIndex('keptAt', 'keptAt');
      database.createObjectStore('drafts', { keyPath: 'id' });
      const outbox = database.createObjectStore('outbox', {
        keyPath: 'order',
        autoIncrement: true,
      });
      outbox.createIndex('id', 'id', { unique: true });
      database.createObjectStore('sent', { keyPath: 'id' });
      database.createObjectStore('forms', { keyPath: 'formId' });
      database.createObjectStore('sites', { keyPath: 'entity_id' });
      database.createObjectStore('hazards', { keyPath: 'number' });
      const seen = database.createObjectStore('seen', { keyPath: 'sha256' });
      seen.createIndex('seenAt', 'seenAt');
      database.createObjectStore('values');
    },
  });
}

let opened: Promise<Database> | undefined;

/** The phone's own database, opened once. */
export function database(): Promise<Database> {
  opened ??= openDatabase();
  return opened;
}

/** Whether an error says that the phone has no room left. */
export function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}
