import './vant';
import './style.css';

import { createApp, watch } from 'vue';

import Root from './App.vue';
import { app, askToPersist, watchApp } from './app';
import { sweepPhotos } from './forms/drafts';
import { theOutbox } from './queue';
import { loadAllPages, router } from './routes';
import { recallSeen, refresh } from './seen';
import { confirm, recall, who } from './who';

async function start(): Promise<void> {
  await recall();
  await recallSeen();
  createApp(Root).use(router).mount('#app');
  watchApp();
  // Where no service worker has the pages, they are loaded before the network goes.
  watch(
    () => Boolean(who.me) && !app.startsOffline,
    (needed) => needed && void loadAllPages(),
    { immediate: true },
  );
  await theOutbox();
  await sweepPhotos();
  if (!who.me) return;
  void askToPersist();
  await confirm().catch(() => undefined);
  await refresh();
}

void start();
