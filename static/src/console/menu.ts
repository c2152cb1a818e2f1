/** The menu: what an account may open is what its permissions say. */

export interface Entry {
  readonly title: string;
  readonly path: string;
  readonly permission: string;
}

export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

export const MENU: readonly Group[] = [
  {
    title: '办理',
    entries: [
      { title: '待办', path: '/', permission: 'read_hazards' },
      { title: '隐患台账', path: '/ledger', permission: 'read_hazards' },
    ],
  },
  {
    title: '分析',
    entries: [
      { title: '驾驶舱', path: '/dashboard', permission: 'read_hazards' },
      { title: '隐患地图', path: '/map', permission: 'read_hazards' },
    ],
  },
  {
    title: '对账',
    entries: [
      { title: '对账', path: '/reconciliations', permission: 'reconcile' },
      { title: '月度平衡', path: '/balances', permission: 'read_balance' },
      { title: '台账自查', path: '/self-audit', permission: 'audit_ledger' },
    ],
  },
  {
    title: '资料',
    entries: [
      { title: '文书', path: '/documents', permission: 'read_hazards' },
      { title: '导出', path: '/exports', permission: 'export_ledger' },
      { title: '监管对象', path: '/sites', permission: 'read_places' },
      { title: '区划', path: '/areas', permission: 'read_places' },
    ],
  },
  {
    title: '管理',
    entries: [
      { title: '人员账号', path: '/people', permission: 'read_accounts' },
      { title: '导入', path: '/imports', permission: 'import' },
      { title: '表单管理', path: '/forms', permission: 'manage_forms' },
    ],
  },
  {
    title: '审计',
    entries: [
      { title: '操作审计', path: '/audit', permission: 'read_trail' },
    ],
  },
];
