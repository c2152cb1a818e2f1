/** What the phone last saw of the server's data: one store, kept for when there is no network. */

import { reactive } from 'vue';

import { SignedOut, Unreachable, ask, askBytes, askJson } from './api';
import { type FormFiles, type Site, type StoredForm, database } from './database';
import type {
  HazardDetail,
  HazardEvent,
  HazardLine,
  List,
  SeenHazard,
  Waiting,
} from './hazards/types';
import type { Point } from './places/point';
import { who } from './who';

export interface Settings {
  readonly version: string;
  readonly fix_accuracy_m: number;
  readonly tiles: { readonly url: string; readonly datum: string; readonly attribution: string };
}

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  readonly parent: string | null;
}

export interface Boundaries {
  readonly type: 'FeatureCollection';
  readonly features: never[];
}

interface Seen {
  hazards: SeenHazard[];
  sites: Site[];
  forms: Omit<StoredForm, 'xml'>[];
  areas: Area[];
  waiting: Waiting | null;
  settings: Settings;
  /** When the server was last heard, in milliseconds; 0: never. */
  at: number;
  refreshing: boolean;
  /** Why the last refresh failed, in words; empty when it did not. */
  trouble: string;
}

const SETTINGS: Settings = {
  version: '',
  fix_accuracy_m: 50,
  tiles: { url: '', datum: 'wgs84', attribution: '' },
};

const OPEN_STATES =
  'reported,returned,registered,assigned,plan_review,rectifying,awaiting_acceptance,awaiting_closure';

const PAGES = 3;
const SITE_PAGES = 50;
const DETAILS_AT_ONCE = 30;
const PHOTOS_KEPT = 200;
/** In milliseconds: how long what was seen counts as fresh; sites, of which there are many, longer. */
const FRESH = 30_000;
const SITES_FRESH = 30 * 60_000;

let refreshedAt = -Infinity;
let sitesAt = -Infinity;
let sitesFor = '';

export const seen: Seen = reactive({
  hazards: [],
  sites: [],
  forms: [],
  areas: [],
  waiting: null,
  settings: SETTINGS,
  at: 0,
  refreshing: false,
  trouble: '',
});

/** Read what is kept, so that the app can be used at once. */
export async function recallSeen(): Promise<void> {
  const db = await database();
  const [hazards, sites, forms, waiting, settings, areas, at] = await Promise.all([
    db.getAll('hazards'),
    db.getAll('sites'),
    db.getAll('forms'),
    db.get('values', 'waiting') as Promise<Waiting | undefined>,
    db.get('values', 'settings') as Promise<Settings | undefined>,
    db.get('values', 'areas') as Promise<Area[] | undefined>,
    db.get('values', 'at') as Promise<number | undefined>,
  ]);
  seen.hazards = newestFirst(hazards);
  seen.sites = sites;
  seen.forms = forms.map(({ xml: _, ...form }) => form);
  seen.waiting = waiting ?? null;
  seen.settings = settings ?? SETTINGS;
  seen.areas = areas ?? [];
  seen.at = at ?? 0;
}

/** Bring everything up to date, unless that was done a moment ago. Never throws. */
export async function refreshIfOld(): Promise<void> {
  if (performance.now() - refreshedAt > FRESH) await refresh();
}

/** Bring everything up to date, as far as the network goes. Never throws. */
export async function refresh(): Promise<void> {
  if (seen.refreshing || !who.me) return;
  seen.refreshing = true;
  try {
    await Promise.all([refreshForms(), refreshWaiting()]);
    await refreshHazards();
    const sitesOld = performance.now() - sitesAt > SITES_FRESH;
    if (sitesOld || sitesFor !== who.me.username) await refreshSites(who.me.username);
    refreshedAt = performance.now();
    const db = await database();
    await db.put('values', Date.now(), 'at');
    seen.trouble = '';
  } catch (error) {
    seen.trouble = error instanceof Error ? error.message : String(error);
    if (error instanceof SignedOut && who.me) who.expired = error.message;
  } finally {
    await recallSeen();
    seen.refreshing = false;
  }
}

async function refreshForms(): Promise<void> {
  const db = await database();
  type File = { name: string; url: string };
  type Listed = {
    id: string;
    title: string;
    version: string;
    md5: string;
    xform_url: string;
    files: File[];
  };
  const { items } = await askJson<{ items: Listed[] }>('/api/v1/forms');
  for (const form of items) {
    const kept = await db.get('forms', form.id);
    const same = kept?.md5 === form.md5;
    if (same && !form.files.length) continue;
    const xml = same ? kept.xml : (await ask(form.xform_url)).text;
    if (!xml.includes('<h:html')) throw new Unreachable('portal');
    const { id: formId, title, version, md5 } = form;
    await db.put('forms', { formId, title, version, md5, xml, files: await filesOf(form.files) });
  }
  const current = new Set(items.map((form) => form.id));
  for (const formId of await db.getAllKeys('forms')) {
    if (!current.has(formId)) await db.delete('forms', formId);
  }
}

/** What a form chooses from; what is not sent again the browser keeps by itself (ETag). */
async function filesOf(listed: readonly { name: string; url: string }[]): Promise<FormFiles> {
  const files: Record<string, string> = {};
  for (const { name, url } of listed) {
    const answer = await ask(url).catch(unlessRefused);
    if (answer) files[name] = answer.text;
  }
  return files;
}

async function refreshWaiting(): Promise<void> {
  const [waiting, settings, areas] = await Promise.all([
    askJson<Waiting>('/api/v1/hazards/waiting').catch(unlessRefused),
    askJson<Settings>('/api/v1/settings'),
    askJson<{ items: Area[] }>('/api/v1/areas'),
  ]);
  const db = await database();
  await db.put('values', waiting, 'waiting');
  await db.put('values', settings, 'settings');
  await db.put('values', areas.items, 'areas');
}

async function refreshHazards(): Promise<void> {
  const db = await database();
  const found = new Map<string, { line: HazardLine; lists: List[] }>();
  const asked: [List, string, number][] = [
    ['mine', 'mine=true', PAGES],
    ['recheck', 'to_recheck=true', 1],
    ['overdue', 'overdue=true', 1],
  ];
  for (const [list, filter, most] of asked) {
    const path = `/api/v1/hazards?${filter}&limit=100`;
    // Not everybody has hazards to see: who only keeps the forms has none.
    for (const line of (await pages<HazardLine>(path, most).catch(unlessRefused)) ?? []) {
      const known = found.get(line.number);
      if (known) known.lists.push(list);
      else found.set(line.number, { line, lists: [list] });
    }
  }
  const kept = new Map((await db.getAll('hazards')).map((each) => [each.number, each]));
  const store = db.transaction('hazards', 'readwrite').store;
  await store.clear();
  for (const [number, { line, lists }] of found) {
    const { detail = null, events = [] } = kept.get(number) ?? {};
    await store.put({ number, line, lists, detail, events });
  }
  const stale = [...found.values()].filter(
    ({ line }) => kept.get(line.number)?.detail?.version !== line.version,
  );
  for (const { line } of stale.slice(0, DETAILS_AT_ONCE)) await lookAt(line.number);
}

async function refreshSites(username: string): Promise<void> {
  const sites = await pages<Site>('/api/v1/sites?limit=100', SITE_PAGES);
  const boundaries = await askJson<Boundaries>('/api/v1/boundaries').catch(unlessRefused);
  const db = await database();
  await db.put('values', boundaries, 'boundaries');
  const store = db.transaction('sites', 'readwrite').store;
  const unsent = (await store.getAll()).filter((site) => site.id === null);
  await store.clear();
  const known = new Set(sites.map((site) => site.entity_id));
  const waiting = unsent.filter((site) => !known.has(site.entity_id));
  for (const site of [...sites, ...waiting]) await store.put(site);
  sitesAt = performance.now();
  sitesFor = username;
}

/** Sites by name or address that the phone may not have: a whole city's are too many for it. */
export async function searchSites(text: string): Promise<Site[]> {
  const query = new URLSearchParams({ q: text, limit: '20' });
  const { items } = await askJson<{ items: Site[] }>(`/api/v1/sites?${query}`);
  return items;
}

/** One hazard with its history, fresh from the server. Throws as `ask`. */
export async function lookAt(number: string): Promise<SeenHazard> {
  const path = `/api/v1/hazards/${encodeURIComponent(number)}`;
  const detail = await askJson<HazardDetail>(path);
  const { items } = await askJson<{ items: HazardEvent[] }>(`${path}/events`);
  const db = await database();
  const kept = await db.get('hazards', number);
  const hazard: SeenHazard = {
    number,
    line: detail,
    lists: kept?.lists ?? [],
    detail,
    events: items,
  };
  await db.put('hazards', hazard);
  const index = seen.hazards.findIndex((each) => each.number === number);
  if (index >= 0) seen.hazards[index] = hazard;
  return hazard;
}

/** A hazard's photo, small: taken here and unsent, as last seen, or from the server. */
export async function photoBlob(sha256: string): Promise<Blob> {
  const db = await database();
  const own = await db.get('photos', sha256);
  if (own) return new Blob([own.bytes], { type: 'image/jpeg' });
  const kept = await db.get('seen', sha256);
  if (kept) return new Blob([kept.bytes], { type: kept.type });
  const { bytes, type } = await askBytes(`/api/v1/photos/${sha256}?size=thumb`);
  await db.put('seen', { sha256, bytes, type, seenAt: Date.now() }).catch(() => undefined);
  await forgetOldPhotos();
  return new Blob([bytes], { type });
}

/** The photo large, with its watermark; as small as it is kept where there is no network. */
export async function largePhotoBlob(photo: { sha256: string; view: string }): Promise<Blob> {
  try {
    const { bytes, type } = await askBytes(photo.view);
    return new Blob([bytes], { type });
  } catch {
    return photoBlob(photo.sha256);
  }
}

/** The outlines of the areas that one works in (GeoJSON, WGS-84), as last seen. */
export async function keptBoundaries(): Promise<Boundaries | null> {
  const kept = await (await database()).get('values', 'boundaries');
  return (kept as Boundaries | null | undefined) ?? null;
}

/** Hazards not yet struck off within so many metres of a place: is it reported already? */
export async function openNear(place: Point, within: number): Promise<HazardLine[]> {
  const near = `${place.latitude},${place.longitude}`;
  const query = new URLSearchParams({ near, within: `${within}`, state: OPEN_STATES, limit: '20' });
  const path = `/api/v1/hazards?${query}`;
  const { items } = await askJson<{ items: HazardLine[] }>(path, { timeoutSeconds: 5 });
  return items;
}

async function forgetOldPhotos(): Promise<void> {
  const db = await database();
  const surplus = (await db.count('seen')) - PHOTOS_KEPT;
  if (surplus <= 0) return;
  const oldest = await db.getAllKeysFromIndex('seen', 'seenAt', undefined, surplus);
  for (const sha256 of oldest) await db.delete('seen', sha256);
}

async function pages<T>(path: string, most: number): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < most; page += 1) {
    const next: string = cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`;
    const answer: { items: T[]; next_cursor: string | null } = await askJson(next);
    all.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return all;
}

function unlessRefused(error: unknown): null {
  if (error instanceof Error && error.name === 'Refused') return null;
  throw error;
}

function newestFirst(hazards: SeenHazard[]): SeenHazard[] {
  return hazards.sort((a, b) => b.line.created_at.localeCompare(a.line.created_at));
}
