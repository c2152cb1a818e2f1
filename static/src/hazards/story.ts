/** A hazard's history in words. */

import type { HazardEvent, SeenHazard } from './types';

const REASONED = ['return_report', 'return_plan', 'refuse_acceptance', 'refuse_closure', 'refuse_extension'];

/** Why the hazard was last sent back; empty where it was not, or is not known. */
export function lastReason(hazard: SeenHazard): string {
  const event = hazard.events.findLast((each) => REASONED.includes(each.action));
  return event ? `${event.actor.name}：${text(event.data['reason'])}` : '';
}

/** What the unit does when it has been reminded. */
const ANSWERS = ['submit_plan', 'report_progress', 'request_extension', 'finish', 'decline', 'reassign'];

/** That the office reminds, and nothing was done since; empty where it is not so. */
export function reminder(hazard: SeenHazard): string {
  const event = hazard.events.findLast((each) => each.action === 'remind' || ANSWERS.includes(each.action));
  if (event?.action !== 'remind') return '';
  return `${event.actor.name}催办：${text(event.data['note']) || '请尽快办理'}`;
}

const LABELS: readonly (readonly [string, string])[] = [
  ['result_name', '现场情况'],
  ['reason', '原因'],
  ['note', ''],
  ['summary', ''],
  ['opinion', '意见'],
  ['basis', '依据'],
  ['instructions', '要求'],
  ['responsible_unit_name', '责任单位'],
  ['deadline', '期限'],
  ['interim_measures', '期间措施'],
  ['to', '移送'],
  ['rank', '挂牌'],
  ['supervisor_unit', '督办单位'],
  ['document_no', '文号'],
];

/** What an event's data says, line by line. */
export function saidIn(event: HazardEvent): string[] {
  const lines = LABELS.flatMap(([name, label]) => {
    const value = text(event.data[name]);
    return value ? [label ? `${label}：${value}` : value] : [];
  });
  const acceptors = event.data['acceptors'];
  if (Array.isArray(acceptors)) lines.push(`验收人：${acceptors.join('、')}`);
  if (event.data['removed'] === true) lines.push('改后的表单不再填报这一条；隐患仍在账，由办公室核定');
  const meanwhile = event.data['meanwhile'];
  if (Array.isArray(meanwhile)) lines.push(`填写时还不知道：${meanwhile.join('、')}`);
  return [...lines, ...pairs(event.data['changed'], CHANGED), ...pairs(event.data['said'], {})];
}

const CHANGED: Readonly<Record<string, string>> = {
  description: '描述',
  level: '等级',
  spot: '部位',
  item: '检查项',
  category: '类别',
  basis: '依据',
  suggested_deadline: '建议期限',
};

/** What a filled form says differently, or beside: a line for each. */
function pairs(value: unknown, labels: Readonly<Record<string, string>>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, said]) =>
    text(said) ? [`${labels[name] ?? name}：${text(said)}`] : [],
  );
}

/** The photos that an event brought. */
export function photosOf(event: HazardEvent): string[] {
  const photos = event.data['photos'];
  return Array.isArray(photos) ? photos.filter((each) => typeof each === 'string') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
