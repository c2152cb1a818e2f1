/** A hazard's history in words: what was done, by whom, and why. */

import { saidIn } from '../../hazards/story';
import { LEVELS, ROLES } from '../names';
import { areaName, sectorName } from '../places';
import { ACTS } from './acts';
import type { Event } from './types';

type Data = Readonly<Record<string, unknown>>;

/** What an event says beside its name, line by line. */
export function linesOf(event: Event): string[] {
  const { data } = event;
  const lines = saidIn(event);
  if (event.action === 'report') return lines.concat(text(data['description']) || []);
  const level = text(data['level']);
  if (level) lines.unshift(`等级：${LEVELS[level] ?? level}`);
  const sector = text(data['sector']);
  if (sector) lines.push(`行业领域：${sectorName(sector)}`);
  if (event.action === 'register' && text(data['site_name'])) lines.push(`监管对象：${text(data['site_name'])}`);
  if (text(data['area'])) lines.push(`划到：${areaName(text(data['area']))}`);
  if (text(data['duplicate_of'])) lines.push(`与 ${text(data['duplicate_of'])} 重复`);
  if (text(data['description'])) lines.push(`描述改为：${text(data['description'])}`);
  if (text(data['kind_name'])) lines.unshift(text(data['kind_name']));
  return [...lines, ...reports(data), ...plan(data['plan']), ...answered(data['answered'])];
}

export function roleName(role: string): string {
  return ROLES[role] ?? role;
}

function reports(data: Data): string[] {
  return (['to_regulator', 'to_employees'] as const).flatMap((name) => {
    const report = data[name] as Data | undefined;
    const whom = name === 'to_regulator' ? '向监管部门报告' : '向职工通报';
    return report ? [`${whom}：${text(report['when'])} ${text(report['how'])}`] : [];
  });
}

function plan(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { measures, deadline } = value as Data;
  return [`措施：${text(measures)}`, `完成期限：${text(deadline)}`];
}

function answered(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((each: Data) => `${text(each['name'])}——核实：${text(each['word'])}`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An action's name, where only its code is told. */
export function actionName(action: string): string {
  return ACTS.find((each) => each.action === action)?.name ?? ALONE[action] ?? action;
}

/** What nobody does by hand. */
const ALONE: Readonly<Record<string, string>> = {
  report: '上报', attach_photo: '补传照片', amend: '修改上报', visit: '现场回访', issue_document: '出具文书',
};
