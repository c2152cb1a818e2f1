import './vant';
import './style.css';

import { createApp } from 'vue';

import App from './App.vue';
import { askToPersist, watchApp } from './app';
import { theOutbox } from './queue';
import { router } from './routes';
import { recallSeen, refresh } from './seen';
import { confirm, recall, who } from './who';

async function start(): Promise<void> {
  await recall();
  await recallSeen();
  createApp(App).use(router).mount('#app');
  watchApp();
  await theOutbox();
  if (!who.me) return;
  void askToPersist();
  await confirm().catch(() => undefined);
  await refresh();
}

void start();
