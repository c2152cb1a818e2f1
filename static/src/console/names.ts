/** The Chinese names of what the API names in English, as the glossary has them. */

export const STATES: Readonly<Record<string, string>> = {
  reported: '已上报',
  returned: '退回补正',
  registered: '已登记',
  assigned: '已交办',
  plan_review: '方案待审',
  rectifying: '整改中',
  awaiting_acceptance: '待验收',
  awaiting_closure: '待销号',
  closed: '已销号',
  void: '作废',
};

/** Whose turn it is in a state. */
const TURNS: Readonly<Record<string, string>> = {
  reported: 'office',
  returned: 'finder',
  registered: 'office',
  assigned: 'unit',
  plan_review: 'office',
  rectifying: 'unit',
  awaiting_acceptance: 'office',
  awaiting_closure: 'office',
  closed: 'done',
  void: 'void',
};

export function turnOf(state: string): string {
  return TURNS[state] ?? 'void';
}

/** Every state in which a hazard is still open. */
export const OPEN_STATES: readonly string[] = Object.keys(STATES).filter(
  (state) => state !== 'closed' && state !== 'void',
);

export const LEVELS: Readonly<Record<string, string>> = {
  general: '一般',
  suspected_major: '疑似重大',
  major: '重大',
};

export const ROLES: Readonly<Record<string, string>> = {
  grid_worker: '网格员',
  township_office: '乡镇（街道）安委办',
  department: '行业主管（监管）部门',
  city_office: '市安委办',
  responsible_unit: '责任单位',
  auditor: '督查员',
  administrator: '系统管理员',
};

/** 1234567 → 1,234,567; nothing → —. */
export function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : value.toLocaleString('zh-CN');
}
