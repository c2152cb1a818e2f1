/** Who works at this desk: one store. Also whether the desk was left, and is locked. */

import { reactive } from 'vue';

import { SignedOut, ask, askJson, rememberCsrfToken } from '../api';

export interface Me {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly role_name: string;
  readonly unit: string;
  readonly area: string;
  readonly sectors: readonly string[];
  readonly sites: readonly number[];
  readonly csrf_token: string | null;
  /** What the account may ask or do at all, by name. */
  readonly permissions: readonly string[];
}

interface Session {
  me: Me | null;
  /** The desk was left for a while: what is on it is covered until its owner is back. */
  locked: boolean;
  /** Why one has to sign in again, while what was typed stays at hand. */
  ended: string;
  /** Why nobody could be asked who is signed in. */
  trouble: string;
}

export const session: Session = reactive({ me: null, locked: false, ended: '', trouble: '' });

/** After so long without a key or the mouse, in any tab, the desk is locked. */
export const IDLE_MS = 15 * 60_000;
const LOOK_EVERY_MS = 10_000;
/** Shared by the tabs of this browser: when somebody last did something, or that it is locked. */
const ACTIVE = 'console-active';
const LOCKED = 'locked';

/** Whether the signed-in account may ask, or do, this at all. */
export function may(asked: string): boolean {
  return session.me?.permissions.includes(asked) ?? false;
}

/** Find out who is signed in at this desk: nobody is, where nobody ever did anything. */
export async function recall(): Promise<void> {
  if (localStorage.getItem(ACTIVE) === null) return;
  try {
    know(await askJson<Me>('/api/v1/me'));
    session.locked = leftAlone();
  } catch (error) {
    session.me = null;
    if (!(error instanceof SignedOut)) session.trouble = error instanceof Error ? error.message : '';
  }
}

/**
 * Sign in, or come back to a locked desk. Throws SignedOut where name or password are wrong.
 *
 * Somebody else than before begins with a fresh page: nothing of the other's stays on the screen.
 */
export async function signIn(username: string, password: string): Promise<void> {
  const before = session.me?.username;
  const json = { username, password };
  const { csrf_token } = await askJson<{ csrf_token: string }>('/api/v1/session', { method: 'POST', json });
  rememberCsrfToken(csrf_token);
  know(await askJson<Me>('/api/v1/me'));
  markActive();
  if (before !== undefined && before !== username) location.assign('/console/');
}

/** Sign out; a server that can't be reached is told so by the caller. Throws as `ask`. */
export async function signOut(): Promise<void> {
  try {
    await ask('/api/v1/session', { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
  }
  localStorage.removeItem(ACTIVE);
  location.assign('/console/sign-in');
}

/** Cover the desk now, in every tab. */
export function lock(): void {
  localStorage.setItem(ACTIVE, LOCKED);
  session.locked = true;
}

/** Lock the desk when nobody has done anything for a while. */
export function watchIdleness(): void {
  for (const doing of ['keydown', 'pointerdown', 'wheel', 'touchstart']) {
    addEventListener(doing, throttled(markActive), { passive: true, capture: true });
  }
  const look = () => {
    if (session.me) session.locked = leftAlone();
  };
  setInterval(look, LOOK_EVERY_MS);
  addEventListener('storage', look);
  // A computer that slept runs no timers; it wakes with the desk covered.
  document.addEventListener('visibilitychange', look);
}

function know(me: Me): void {
  session.me = me;
  session.locked = false;
  session.ended = '';
  rememberCsrfToken(me.csrf_token ?? '');
}

function markActive(): void {
  if (!session.locked) localStorage.setItem(ACTIVE, `${Date.now()}`);
}

function leftAlone(): boolean {
  const said = localStorage.getItem(ACTIVE);
  if (said === LOCKED) return true;
  return said !== null && Date.now() - Number(said) > IDLE_MS;
}

function throttled(work: () => void): () => void {
  let last = 0;
  return () => {
    if (Date.now() - last < LOOK_EVERY_MS) return;
    last = Date.now();
    work();
  };
}
