/** The console's pages, in the order of the menu; each is loaded when it is opened. */

import type { RouteRecordRaw } from 'vue-router';

export const PAGES: readonly RouteRecordRaw[] = [
  // 办理
  { path: '/', component: () => import('./desk/DeskPage.vue'), meta: { title: '待办', permission: 'read_hazards' } },
  {
    path: '/hazards/:number',
    component: () => import('./hazards/HazardPage.vue'),
    props: (to) => ({ number: String(to.params['number']), desk: String(to.query['desk'] ?? '') }),
    meta: { title: '隐患', permission: 'read_hazards' },
  },
  {
    path: '/ledger',
    component: () => import('./ledger/LedgerPage.vue'),
    meta: { title: '隐患台账', permission: 'read_hazards' },
  },

  // 分析
  {
    path: '/dashboard',
    component: () => import('./dashboard/DashboardPage.vue'),
    meta: { title: '驾驶舱', permission: 'read_hazards' },
  },
  {
    path: '/map',
    component: () => import('./map/MapPage.vue'),
    meta: { title: '隐患地图', permission: 'read_hazards' },
  },

  // 对账
  {
    path: '/reconciliations',
    component: () => import('./reconcile/ReconciliationsPage.vue'),
    meta: { title: '对账', permission: 'reconcile' },
  },
  {
    path: '/reconciliations/:id',
    component: () => import('./reconcile/ReconciliationPage.vue'),
    meta: { title: '对账', permission: 'reconcile' },
  },
  {
    path: '/balances/:month?',
    component: () => import('./balances/BalancePage.vue'),
    meta: { title: '月度平衡', permission: 'read_balance' },
  },
  {
    path: '/self-audit',
    component: () => import('./audits/SelfAuditPage.vue'),
    meta: { title: '台账自查', permission: 'audit_ledger' },
  },

  // 资料
  {
    path: '/documents',
    component: () => import('./documents/DocumentsPage.vue'),
    meta: { title: '文书', permission: 'read_hazards' },
  },
  {
    path: '/exports',
    component: () => import('./exports/ExportsPage.vue'),
    meta: { title: '导出', permission: 'export_ledger' },
  },
  {
    path: '/sites',
    component: () => import('./places/SitesPage.vue'),
    meta: { title: '监管对象', permission: 'read_places' },
  },
  {
    path: '/sites/:id',
    component: () => import('./places/SitePage.vue'),
    meta: { title: '监管对象', permission: 'read_places' },
  },
  {
    path: '/areas',
    component: () => import('./places/AreasPage.vue'),
    meta: { title: '区划', permission: 'read_places' },
  },

  // 管理
  {
    path: '/people',
    component: () => import('./people/PeoplePage.vue'),
    meta: { title: '人员账号', permission: 'read_accounts' },
  },
  {
    path: '/people/log',
    component: () => import('./people/LogPage.vue'),
    meta: { title: '账号变动记录', permission: 'read_accounts' },
  },
  {
    path: '/people/:id(\\d+)',
    component: () => import('./people/PersonPage.vue'),
    props: true,
    meta: { title: '账号', permission: 'read_accounts' },
  },
  {
    path: '/account',
    component: () => import('./account/AccountPage.vue'),
    meta: { title: '我的账号' },
  },
  {
    path: '/imports',
    component: () => import('./imports/ImportsPage.vue'),
    meta: { title: '导入', permission: 'import' },
  },
  {
    path: '/imports/:id',
    component: () => import('./imports/ImportPage.vue'),
    meta: { title: '导入', permission: 'import' },
  },
  { path: '/forms', component: () => import('./forms/FormsPage.vue'), meta: { title: '表单管理', permission: 'manage_forms' } },

  // 审计
  { path: '/audit', component: () => import('./audit/AuditPage.vue'), meta: { title: '审计', permission: 'read_trail' } },
];
