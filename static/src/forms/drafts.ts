/** Forms that are being filled in: kept on every answer, so that a killed browser loses nothing. */

import { ACT_KEY, type Draft, type Site, database, isFull } from '../database';
import { enqueue, theOutbox } from '../queue';
import { who } from '../who';
import { instanceId } from './instance';

/** Begin to fill in a form, of a site or of none. */
export async function newDraft(
  formId: string,
  site: Site | null,
  photos: Readonly<Record<string, string>> = {},
): Promise<Draft> {
  const db = await database();
  const form = await db.get('forms', formId);
  if (!form) throw new Error('这张表还没有下载，请先联网打开一次。');
  const draft: Draft = {
    id: crypto.randomUUID(),
    owner: who.me?.username ?? '',
    formId,
    formVersion: form.version,
    title: form.title,
    formXml: form.xml,
    ...(form.files && { files: form.files }),
    site: site && { id: `${site.id ?? site.entity_id}`, name: site.name },
    xml: '',
    photos,
    updatedAt: Date.now(),
  };
  await db.put('drafts', draft);
  return draft;
}

/**
 * Have a draft for this page alone, so that two tabs don't write over each other's answers.
 *
 * Gives what lets go of it; throws an Error where another page has it open.
 */
export async function claimDraft(id: string): Promise<() => void> {
  if (!('locks' in navigator)) return () => undefined;
  return new Promise((resolve, reject) => {
    void navigator.locks.request(`draft:${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) {
        reject(new Error('这份草稿正在另一个页面里填写，请回到那个页面。'));
        return undefined;
      }
      return new Promise<void>((release) => resolve(release));
    });
  });
}

/** One's own drafts, the latest first. */
export async function myDrafts(): Promise<Draft[]> {
  const all = await (await database()).getAll('drafts');
  return all
    .filter((draft) => draft.owner === who.me?.username)
    .sort((a, b) => b.updatedAt - a.updatedAt);
}

/** Saves one draft, one save after the other, the latest state always last. */
export class DraftKeeper {
  private pending: Draft | null = null;
  private saving: Promise<void> | null = null;

  /** `failed` is told, in words, when a save does not succeed. */
  constructor(private readonly failed: (reason: string) => void) {}

  save(draft: Draft): void {
    this.pending = draft;
    this.saving ??= this.drain();
  }

  async settled(): Promise<void> {
    await this.saving;
  }

  private async drain(): Promise<void> {
    while (this.pending) {
      const draft = this.pending;
      this.pending = null;
      try {
        await (await database()).put('drafts', draft);
        this.failed('');
      } catch (error) {
        const reason = isFull(error) ? '手机空间不足，没有存下！请先清理空间。' : '没有存下，请重试。';
        this.failed(reason);
      }
    }
    this.saving = null;
  }
}

/** Make a draft again of a form that was refused, to mend it. It is sent as a new one. */
export async function reopen(id: string): Promise<Draft | null> {
  const db = await database();
  const item = await db.getFromIndex('outbox', 'id', id);
  if (item?.work.kind !== 'submission') return null;
  const { formId, formVersion, formXml, site, xml } = item.work;
  const draft: Draft = {
    id: crypto.randomUUID(),
    owner: item.owner,
    formId,
    formVersion,
    title: item.title.split(' · ')[0] ?? '',
    formXml,
    site,
    // The server may know the old id with the old content.
    xml: xml.replace(instanceId(xml), `uuid:${crypto.randomUUID()}`),
    photos: Object.fromEntries(item.photos.map((photo) => [photo.name, photo.sha256])),
    updatedAt: Date.now(),
  };
  // Only then taken out: in between, it is there twice rather than not at all.
  await db.put('drafts', draft);
  await (await theOutbox()).take(id);
  return draft;
}

/** Throw a draft away, with the photos that only it has. */
export async function discardDraft(draft: Draft): Promise<void> {
  const db = await database();
  await db.delete('drafts', draft.id);
  await forgetPhotos(Object.values(draft.photos));
}

/** Hand a finished form over to the outbox. `named` are the photos that the form still names. */
export async function send(draft: Draft, xml: string, named: readonly string[]): Promise<void> {
  const db = await database();
  const photos = [];
  for (const name of named) {
    const sha256 = draft.photos[name];
    const photo = sha256 ? await db.get('photos', sha256) : undefined;
    if (!photo) throw new Error('有一张照片找不到了，请重新拍。');
    photos.push({ name, sha256: photo.sha256, size: photo.size, capture: photo.capture });
  }
  const { formId, formVersion, formXml, site } = draft;
  const title = [draft.title, site?.name].filter(Boolean).join(' · ');
  const work = { kind: 'submission', formId, formVersion, formXml, site, xml } as const;
  await enqueue(title, work, photos, instanceId(xml), draft.id);
  await forgetPhotos(Object.values(draft.photos));
}

/** A photo that nothing refers to may be in the middle of being put somewhere: not for so long. */
const STRAY_AFTER = 24 * 3_600_000;

/** Delete the photos that were taken for something and given up again. */
export async function sweepPhotos(): Promise<void> {
  const db = await database();
  const old = IDBKeyRange.upperBound(Date.now() - STRAY_AFTER);
  const strays = await db.getAllKeysFromIndex('photos', 'keptAt', old);
  const kept = await db.getAll('values', IDBKeyRange.bound(ACT_KEY, `${ACT_KEY}\uffff`));
  const inActs = JSON.stringify(kept);
  await forgetPhotos(strays.filter((sha256) => !inActs.includes(sha256)));
}

/** Delete those of these photos that neither a draft nor an unsent item has. */
export async function forgetPhotos(hashes: readonly string[]): Promise<void> {
  const stores = ['photos', 'drafts', 'outbox'] as const;
  const transaction = (await database()).transaction(stores, 'readwrite');
  const drafts = await transaction.objectStore('drafts').getAll();
  const items = await transaction.objectStore('outbox').getAll();
  const needed = new Set([
    ...drafts.flatMap((draft) => Object.values(draft.photos)),
    ...items.flatMap((item) => item.photos.map((photo) => photo.sha256)),
  ]);
  for (const sha256 of hashes) {
    if (!needed.has(sha256)) await transaction.objectStore('photos').delete(sha256);
  }
  await transaction.done;
}
