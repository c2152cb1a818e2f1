/** Who is signed in on this phone: one store. Known offline, as it was last heard. */

import { reactive } from 'vue';

import { SignedOut, ask, askJson, rememberCsrfToken } from './api';
import { database } from './database';

export interface Me {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly role_name: string;
  readonly unit: string;
  readonly area: string;
  readonly sites: readonly number[];
  readonly csrf_token: string | null;
}

interface Who {
  me: Me | null;
  /** Why one has to sign in again, while what was filled in stays at hand. */
  expired: string;
}

export const who: Who = reactive({ me: null, expired: '' });

const KEY = 'me';
/** What was seen of the server's data, among the single values. */
const SEEN_VALUES = ['waiting', 'settings', 'areas', 'at'];

/** Who was signed in when the app was last closed. */
export async function recall(): Promise<void> {
  const me = (await (await database()).get('values', KEY)) as Me | undefined;
  if (me) know(me);
}

/** Ask the server who is signed in. Throws as `ask`; a sign-in that ended is noted, too. */
export async function confirm(): Promise<void> {
  try {
    const me = await askJson<Me>('/api/v1/me');
    await keep(me);
  } catch (error) {
    if (error instanceof SignedOut && who.me) who.expired = error.message;
    throw error;
  }
}

/** Throws SignedOut where name or password are wrong, or the account is closed. */
export async function signIn(username: string, password: string): Promise<Me> {
  const session = await askJson<{ user: Me; csrf_token: string }>('/api/v1/session', {
    method: 'POST',
    json: { username, password },
  });
  const me = { ...session.user, csrf_token: session.csrf_token };
  // What another account saw is not this one's to see.
  if (who.me && who.me.username !== me.username) await forgetSeen();
  await keep(me);
  return me;
}

/** Sign out, also without a network. What is unsent stays, for its owner to send. */
export async function signOut(): Promise<void> {
  await ask('/api/v1/session', { method: 'DELETE' }).catch(() => undefined);
  await forgetSeen();
  await (await database()).delete('values', KEY);
  who.me = null;
  who.expired = '';
  rememberCsrfToken('');
}

async function keep(me: Me): Promise<void> {
  const plain = JSON.parse(JSON.stringify(me)) as Me;
  await (await database()).put('values', plain, KEY);
  know(plain);
}

function know(me: Me): void {
  who.me = me;
  who.expired = '';
  rememberCsrfToken(me.csrf_token ?? '');
}

async function forgetSeen(): Promise<void> {
  const stores = ['hazards', 'seen', 'sites', 'values'] as const;
  const transaction = (await database()).transaction(stores, 'readwrite');
  for (const store of ['hazards', 'seen', 'sites'] as const) {
    await transaction.objectStore(store).clear();
  }
  for (const key of SEEN_VALUES) await transaction.objectStore('values').delete(key);
  await transaction.done;
}
