/**
 * The outbox: what was made on this phone and has not arrived yet.
 *
 * It knows nothing of screens. Items are sent in order, one at a time, by one tab; an item that the
 * server refuses is set aside with its reason and does not hold up the others; an item leaves the
 * phone only when the server's receipt names every photo of it by hash.
 */

import { Busy, Refused, SignedOut, Unreachable } from '../api';
import type { Database } from '../database';
import { Delivery } from './delivery';
import type { ItemPhoto, NewItem, OutboxItem, SentItem, Trouble } from './items';
import type { Server } from './server';

/** What the outbox is doing, or what it waits for. */
export type Status = 'idle' | 'sending' | 'unreachable' | 'portal' | 'signed_out' | 'elsewhere';

export interface View {
  readonly items: readonly OutboxItem[];
  readonly sent: readonly SentItem[];
  readonly status: Status;
  /** The item on its way, if any. */
  readonly sending: string | null;
}

const LOCK = 'hazard-ledger-outbox';
const CHANNEL = 'hazard-ledger-outbox';
const SENT_KEPT = 30;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 5 * 60_000;

export class Outbox {
  private readonly delivery: Delivery;
  private readonly channel = new BroadcastChannel(CHANNEL);
  private readonly watchers = new Set<(view: View) => void>();
  private view: View = { items: [], sent: [], status: 'idle', sending: null };
  private owner: string | null = null;
  private running = false;
  private again = false;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When an item may be tried again, by id; on this page's own clock, which nobody sets. */
  private readonly notBefore = new Map<string, number>();

  constructor(
    private readonly database: Database,
    server: Server,
  ) {
    this.delivery = new Delivery(database, server);
    this.channel.onmessage = () => void this.refresh();
  }

  /** Begin sending the items of this account; null: nobody is signed in. */
  async open(owner: string | null): Promise<void> {
    this.owner = owner;
    // Who signs in anew is not signed out any more.
    this.show({ status: 'idle' });
    await this.refresh();
    await this.tryNow();
  }

  /** Be told of every change, and of how things are now. Gives a way to stop. */
  watch(watcher: (view: View) => void): () => void {
    this.watchers.add(watcher);
    watcher(this.view);
    return () => this.watchers.delete(watcher);
  }

  /**
   * Take an item in, in place of the draft that it was made of, if any.
   *
   * Its photos must be in the database already.
   */
  async add(item: NewItem, draft?: string): Promise<void> {
    const whole: Omit<OutboxItem, 'order'> = {
      ...item,
      createdAt: new Date().toISOString(),
      aside: false,
      trouble: null,
      attempts: 0,
    };
    // One transaction: whenever the phone dies, it is either still a draft or to be sent.
    const transaction = this.database.transaction(['outbox', 'drafts'], 'readwrite');
    // The database gives the order.
    await transaction.objectStore('outbox').add(whole as OutboxItem);
    if (draft !== undefined) await transaction.objectStore('drafts').delete(draft);
    await transaction.done;
    await this.changed();
    void this.tryNow();
  }

  /** Send now: there may be a network, or the person asks for it. */
  async tryNow(): Promise<void> {
    this.wait = FIRST_WAIT;
    this.notBefore.clear();
    await this.run();
  }

  /** Put an item that was set aside back in the queue. */
  async retry(id: string): Promise<void> {
    await this.update(id, { aside: false, trouble: null });
    await this.tryNow();
  }

  /** Take an item out, to mend it or because its maker gives it up. Photos stay for the caller. */
  async take(id: string): Promise<OutboxItem | undefined> {
    const transaction = this.database.transaction('outbox', 'readwrite');
    const item = await transaction.store.index('id').get(id);
    if (item) await transaction.store.delete(item.order);
    await transaction.done;
    await this.changed();
    return item;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      do {
        this.again = false;
        await this.withLock(() => this.sendAll());
      } while (this.again);
    } finally {
      this.running = false;
    }
  }

  private async withLock(work: () => Promise<void>): Promise<void> {
    if (!('locks' in navigator)) return work();
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) return work();
      // Another tab is sending; look again later, should it be closed.
      this.show({ status: 'elsewhere' });
      this.later();
    });
  }

  private async sendAll(): Promise<void> {
    if (this.owner === null) return;
    await this.refresh();
    const owner = this.owner;
    let status: Status = 'idle';
    for (const item of this.view.items) {
      if (item.owner !== owner || item.aside || !this.isDue(item.id)) continue;
      this.show({ status: 'sending', sending: item.id });
      const stop = await this.send(item);
      if (stop) {
        status = stop;
        break;
      }
    }
    this.show({ status, sending: null });
    if (status !== 'signed_out' && this.hasWork()) this.later();
  }

  /** Send one item; gives why the others must wait as well, if they must. */
  private async send(item: OutboxItem): Promise<Status | null> {
    try {
      const hazards = await this.delivery.deliver(item, (photo) => this.progress(item.id, photo));
      await this.arrived(item, hazards);
      this.wait = FIRST_WAIT;
      return null;
    } catch (error) {
      return this.failed(item, error);
    }
  }

  private async failed(item: OutboxItem, error: unknown): Promise<Status | null> {
    const attempts = item.attempts + 1;
    const trouble = troubleOf(error);
    await this.update(item.id, { trouble, attempts, aside: error instanceof Refused });
    if (error instanceof Refused) return null;
    if (error instanceof Busy) {
      this.notBefore.set(item.id, performance.now() + pause(attempts));
      return null;
    }
    if (error instanceof SignedOut) return 'signed_out';
    return error instanceof Unreachable && error.reason === 'portal' ? 'portal' : 'unreachable';
  }

  private async arrived(item: OutboxItem, hazards: readonly string[]): Promise<void> {
    const stores = ['outbox', 'photos', 'drafts', 'sent', 'seen'] as const;
    const transaction = this.database.transaction(stores, 'readwrite');
    await transaction.objectStore('outbox').delete(item.order);
    await transaction.objectStore('sent').put({
      id: item.id,
      owner: item.owner,
      title: item.title,
      sentAt: Date.now(),
      hazards,
    });
    const rest = await transaction.objectStore('outbox').getAll();
    const drafts = await transaction.objectStore('drafts').getAll();
    const needed = new Set([
      ...rest.flatMap((each) => each.photos.map((photo) => photo.sha256)),
      ...drafts.flatMap((draft) => Object.values(draft.photos)),
    ]);
    for (const { sha256 } of item.photos) {
      const photo = await transaction.objectStore('photos').get(sha256);
      if (!photo || needed.has(sha256)) continue;
      await transaction.objectStore('photos').delete(sha256);
      // It may go when room is needed; until then its hazard shows it without a network.
      const { bytes } = photo;
      const seen = { sha256, bytes, type: 'image/jpeg', seenAt: Date.now() };
      await transaction.objectStore('seen').put(seen);
    }
    await this.forgetOldest(transaction.objectStore('sent'));
    await transaction.done;
    await this.changed();
  }

  private async forgetOldest(sent: {
    getAll(): Promise<SentItem[]>;
    delete(id: string): Promise<void>;
  }): Promise<void> {
    const all = (await sent.getAll()).sort((a, b) => b.sentAt - a.sentAt);
    for (const each of all.slice(SENT_KEPT)) await sent.delete(each.id);
  }

  private async progress(id: string, photo: ItemPhoto): Promise<void> {
    const item = this.view.items.find((each) => each.id === id);
    if (!item) return;
    // Something gets through: after the next cut, too, it is worth trying at once.
    this.wait = FIRST_WAIT;
    const photos = item.photos.map((each) => (each.name === photo.name ? photo : each));
    await this.update(id, { photos });
  }

  private async update(id: string, changes: Partial<OutboxItem>): Promise<void> {
    const transaction = this.database.transaction('outbox', 'readwrite');
    const item = await transaction.store.index('id').get(id);
    // Taken out meanwhile: not to be put back.
    if (item) await transaction.store.put({ ...item, ...changes });
    await transaction.done;
    await this.changed();
  }

  private isDue(id: string): boolean {
    return (this.notBefore.get(id) ?? 0) <= performance.now();
  }

  private hasWork(): boolean {
    return this.view.items.some((item) => item.owner === this.owner && !item.aside);
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  private async changed(): Promise<void> {
    this.channel.postMessage('changed');
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    const items = await this.database.getAll('outbox');
    const sent = (await this.database.getAll('sent')).sort((a, b) => b.sentAt - a.sentAt);
    this.show({ items, sent });
  }

  private show(changes: Partial<View>): void {
    this.view = { ...this.view, ...changes };
    for (const watcher of this.watchers) watcher(this.view);
  }
}

function pause(attempts: number): number {
  return Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT);
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Refused || error instanceof SignedOut) {
    return { code: error.code, detail: error.message };
  }
  if (error instanceof Busy) return { code: `busy_${error.status}`, detail: error.message };
  if (error instanceof Unreachable) return { code: error.reason, detail: error.message };
  return { code: 'unexpected', detail: `没有发出去：${String(error)}` };
}
