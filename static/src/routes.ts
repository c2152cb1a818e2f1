import { createRouter, createWebHashHistory } from 'vue-router';

import { app } from './app';
import Home from './pages/HomePage.vue';
import SignIn from './pages/SignInPage.vue';
import { who } from './who';

// Addresses after the #: they work in every in-app browser, and need nothing of the server.
export const router = createRouter({
  history: createWebHashHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'home', component: Home, meta: { tab: true } },
    { path: '/sign-in', name: 'sign-in', component: SignIn },
    {
      path: '/inspect',
      name: 'inspect',
      component: () => import('./pages/InspectPage.vue'),
      meta: { tab: true },
    },
    {
      path: '/inspect/new-site',
      name: 'new-site',
      component: () => import('./pages/NewSitePage.vue'),
    },
    {
      path: '/forms/:draft',
      name: 'form',
      component: () => import('./forms/FormPage.vue'),
      props: true,
    },
    {
      path: '/hazards',
      name: 'hazards',
      component: () => import('./hazards/HazardListPage.vue'),
      meta: { tab: true },
    },
    {
      path: '/hazards/:number',
      name: 'hazard',
      component: () => import('./hazards/HazardPage.vue'),
      props: true,
    },
    {
      path: '/hazards/:number/:action',
      name: 'act',
      component: () => import('./hazards/ActPage.vue'),
      props: true,
    },
    {
      path: '/outbox',
      name: 'outbox',
      component: () => import('./pages/OutboxPage.vue'),
      meta: { tab: true },
    },
    {
      path: '/v/:code',
      name: 'code',
      component: () => import('./hazards/CodePage.vue'),
      props: true,
    },
    { path: '/me', name: 'me', component: () => import('./pages/MePage.vue') },
    { path: '/:rest(.*)', redirect: '/' },
  ],
});

/** Load every page now, where no service worker will have it when there is no network. */
export async function loadAllPages(): Promise<void> {
  for (const { components } of router.getRoutes()) {
    const page = components?.['default'];
    if (typeof page === 'function') await (page as () => Promise<unknown>)().catch(() => undefined);
  }
  const { preparePhotos } = await import('./photos/take');
  await Promise.all([preparePhotos(), import('./places/PlaceMap.vue')]).catch(() => undefined);
}

// A page that was never loaded, and no network to load it from.
router.onError(() => {
  app.pageMissing = true;
});
router.afterEach(() => {
  app.pageMissing = false;
});

router.beforeEach((to) => {
  if (!who.me && to.name !== 'sign-in') {
    return { name: 'sign-in', query: to.name === 'code' ? { then: to.fullPath } : {} };
  }
  return true;
});
