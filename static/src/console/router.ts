import { createRouter, createWebHistory } from 'vue-router';

import { MENU } from './menu';
import { PAGES } from './routes';
import { may, session } from './session';

declare module 'vue-router' {
  interface RouteMeta {
    /** What the browser's tab says. */
    title?: string;
    /** Who lacks this in the permission table does not get the page. */
    permission?: string;
    /** Without the frame of menu and head. */
    bare?: boolean;
  }
}

export const router = createRouter({
  history: createWebHistory('/console/'),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  routes: [
    ...PAGES,
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./SignInPage.vue'),
      meta: { title: '登录', bare: true },
    },
    {
      path: '/:rest(.*)*',
      name: 'nothing',
      component: () => import('./NothingPage.vue'),
      meta: { title: '没有这个页面' },
    },
  ],
});

/** The first page of the menu that this account has. */
export function home(): string {
  return MENU.flatMap((group) => group.entries).find((entry) => may(entry.permission))?.path ?? '/account';
}

router.beforeEach((to) => {
  if (!session.me) return to.name === 'sign-in' || { name: 'sign-in', query: { then: to.fullPath } };
  if (to.name === 'sign-in') return { path: home() };
  const { permission } = to.meta;
  if (permission === undefined || may(permission)) return true;
  // The desk is where everybody begins; who has none begins with what they have.
  return to.path === '/' ? { path: home() } : { name: 'nothing', params: { rest: to.path.slice(1).split('/') } };
});

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · 销号通` : '销号通';
});

// A page of an older build that is not there any more: begin anew with the one that is.
router.onError((_error, to) => {
  const again = `reloaded:${to.fullPath}`;
  if (sessionStorage.getItem(again)) return;
  sessionStorage.setItem(again, '1');
  location.assign(`/console${to.fullPath}`);
});
