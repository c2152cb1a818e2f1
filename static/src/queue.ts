/** The outbox as the screens see it: one store over the one outbox of this page. */

import { reactive, watch } from 'vue';

import { database } from './database';
import type { ItemPhoto, NewItem, Work } from './outbox/items';
import { Outbox, type View } from './outbox/outbox';
import { theServer } from './outbox/server';
import { refresh } from './seen';
import { who } from './who';

export const queue: View = reactive({ items: [], sent: [], status: 'idle', sending: null });

let outbox: Promise<Outbox> | undefined;

async function start(): Promise<Outbox> {
  const made = new Outbox(await database(), theServer);
  let arrived = 0;
  made.watch((view) => {
    Object.assign(queue, view);
    if (view.status === 'signed_out' && who.me) {
      const item = view.items.find((each) => each.trouble);
      who.expired = item?.trouble?.detail ?? '登录已失效，请重新登录。';
    }
    // What arrived changes what the server would show.
    const newest = view.sent[0]?.sentAt ?? 0;
    if (arrived && newest > arrived) void refresh();
    arrived = newest || 1;
  });
  watch(
    () => (who.expired ? null : (who.me?.username ?? null)),
    (owner) => void made.open(owner),
    { immediate: true },
  );
  addEventListener('online', () => void made.tryNow());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void made.tryNow();
  });
  return made;
}

/** The outbox, sending from now on. */
export function theOutbox(): Promise<Outbox> {
  outbox ??= start();
  return outbox;
}

/** Put something of the signed-in person's into the outbox, in place of the draft it is made of. */
export async function enqueue(
  title: string,
  work: Work,
  photos: readonly Omit<ItemPhoto, 'sent'>[] = [],
  id: string = crypto.randomUUID(),
  draft?: string,
): Promise<void> {
  if (!who.me) throw new Error('请先登录。');
  const item: NewItem = {
    id,
    owner: who.me.username,
    title,
    work: JSON.parse(JSON.stringify(work)) as Work,
    photos: photos.map((photo) => ({ ...photo, sent: 0 })),
  };
  await (await theOutbox()).add(item, draft);
}

/** How many items of this phone have not arrived. */
export function unsentCount(): number {
  return queue.items.length;
}
