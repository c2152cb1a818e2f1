/** The console's pages, in the order of the menu; each is loaded when it is opened. */

import type { RouteRecordRaw } from 'vue-router';

export const PAGES: readonly RouteRecordRaw[] = [
  // 办理

  // 分析

  // 对账

  // 资料

  // 管理

  // 审计

];
