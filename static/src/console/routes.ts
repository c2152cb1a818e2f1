/** The console's pages, in the order of the menu; each is loaded when it is opened. */

import type { RouteRecordRaw } from 'vue-router';

export const PAGES: readonly RouteRecordRaw[] = [
  // 办理
  {
    path: '/ledger',
    component: () => import('./ledger/LedgerPage.vue'),
    meta: { title: '隐患台账', permission: 'read_hazards' },
  },

  // 分析

  // 对账

  // 资料
  {
    path: '/exports',
    component: () => import('./exports/ExportsPage.vue'),
    meta: { title: '导出', permission: 'export_ledger' },
  },

  // 管理

  // 审计

];
