/** The filters that are set, in words, each with what the filters are without it. */

import { type Filters, NO_FILTERS } from './filters';
import { LEVELS, OPEN_STATES, STATES } from './names';
import { areaPath, sectorName } from './places';

export interface Chip {
  readonly key: string;
  readonly words: string;
  readonly without: Partial<Filters>;
}

/** As the desk itself calls them (`hazards/desk.py`). */
export const DESK_HEAPS: Readonly<Record<string, string>> = {
  returned: '退回补正',
  to_register: '待登记',
  to_grade: '待判定等级',
  to_assign: '待交办',
  to_plan: '待报方案',
  to_list: '待挂牌督办',
  plans_to_review: '方案待审',
  to_rectify: '待整改',
  extensions: '延期待批',
  to_accept: '待验收',
  to_close: '待销号',
  overdue: '逾期待催办',
  to_recheck: '待回头看',
};

const SINGLE: readonly [keyof Filters, (value: string) => string][] = [
  ['desk', (value) => `待办：${DESK_HEAPS[value] ?? value}`],
  ['area', areaPath],
  ['period', (value) => `${value} 检查发现`],
  ['found_from', (value) => `${value} 起发现`],
  ['found_to', (value) => `${value} 止发现`],
  ['closed_in', (value) => `${value} 销号`],
  ['due_within', (value) => `${value} 天内到期`],
  ['site', (value) => `监管对象 ${value}`],
  ['q', (value) => `“${value}”`],
];

const FLAGS: readonly [keyof Filters, string][] = [
  ['overdue', '逾期未改'],
  ['needs_review', '填报有疑问'],
  ['mine', '我的'],
  ['to_recheck', '待回头看'],
  ['listed', '挂牌督办中'],
];

export function chipsOf(filters: Filters): Chip[] {
  const single = SINGLE.filter(([name]) => filters[name]).map(([name, words]) => ({
    key: name,
    words: words(String(filters[name])),
    without: { [name]: NO_FILTERS[name] },
  }));
  const flags = FLAGS.filter(([name]) => filters[name]).map(([name, words]) => ({
    key: name,
    words,
    without: { [name]: false },
  }));
  return [
    ...single,
    ...each('sector', filters.sector, sectorName),
    ...each('level', filters.level, (value) => LEVELS[value] ?? value),
    ...states(filters.state),
    ...flags,
  ];
}

/** All open states together are one word, not eight. */
function states(chosen: readonly string[]): Chip[] {
  const all = OPEN_STATES.length === chosen.length && OPEN_STATES.every((each) => chosen.includes(each));
  if (all) return [{ key: 'state', words: '未销号', without: { state: [] } }];
  return each('state', chosen, (value) => STATES[value] ?? value);
}

function each(
  name: 'sector' | 'level' | 'state',
  chosen: readonly string[],
  words: (value: string) => string,
): Chip[] {
  return chosen.map((value) => ({
    key: `${name}:${value}`,
    words: words(value),
    without: { [name]: chosen.filter((other) => other !== value) },
  }));
}
