/** The app itself: its version on this phone, its room, its network. One store. */

import { reactive } from 'vue';
import { registerSW } from 'virtual:pwa-register';

interface App {
  /** A newer version is here, and starts when the person says so. */
  updateReady: boolean;
  /** Whether the app can start without a network in this browser. */
  startsOffline: boolean;
  online: boolean;
  /** A page was asked for that is not on this phone yet. */
  pageMissing: boolean;
  /** Bytes that may still be stored; null where the browser doesn't say. */
  room: number | null;
  persisted: boolean;
}

export const app: App = reactive({
  updateReady: false,
  startsOffline: 'serviceWorker' in navigator,
  online: navigator.onLine,
  pageMissing: false,
  room: null,
  persisted: false,
});

/** Less room than this, in bytes, is said early: some hundred photos. */
export const LITTLE_ROOM = 60 * 1024 * 1024;

let update: ((reload?: boolean) => Promise<void>) | undefined;

export function watchApp(): void {
  addEventListener('online', () => (app.online = true));
  addEventListener('offline', () => (app.online = false));
  if (app.startsOffline) {
    update = registerSW({
      immediate: true,
      onNeedRefresh: () => (app.updateReady = true),
      onRegisterError: () => (app.startsOffline = false),
    });
  }
  void measureRoom();
}

/** Start the newer version; the page loads anew. */
export async function startUpdate(): Promise<void> {
  // By ourselves: Workbox reloads only a page that a service worker had from its start on.
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
  await update?.(false);
}

/** Ask the browser not to clear our data by itself. */
export async function askToPersist(): Promise<void> {
  app.persisted = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
}

export async function measureRoom(): Promise<void> {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  app.room = quota === undefined ? null : quota - (usage ?? 0);
  app.persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
}
