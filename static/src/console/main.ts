// Before our own styles, which go over theirs.
import { elements } from './elements';
import './console.css';

import { createApp } from 'vue';

import Console from './Console.vue';
import { router } from './router';
import { recall, watchIdleness } from './session';

async function start(): Promise<void> {
  // An answer late or none must not leave the page white: the sign-in shows what is wrong.
  await recall();
  createApp(Console).use(elements).use(router).mount('#app');
  watchIdleness();
}

void start();
