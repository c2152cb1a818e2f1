/** What was typed into the form of an act: what is missing of it, and how it is sent. */

import { database } from '../database';
import type { Act, ItemPhoto } from '../outbox/items';
import { position } from '../places/position';
import { today } from '../time';
import { type ActForm, actForm } from './acts';
import { PARTS, type PlanDraft, missing, planOf } from './five';
import type { Finding, SeenHazard } from './types';

export interface Report {
  when: string;
  how: string;
  photo: string[];
}

export interface ActData {
  texts: Record<string, string>;
  photos: string[];
  plan: PlanDraft;
  reports: { to_regulator: Report; to_employees: Report };
  /** What was found about the evidence, and the words on it by the finding's id. */
  findings: Finding[];
  answers: Record<number, string>;
}

type Problems = Record<string, string>;

export function emptyData(): ActData {
  const report = (): Report => ({ when: '', how: '', photo: [] });
  return {
    texts: {},
    photos: [],
    plan: {
      person: '', unit: '', phone: '', measures: '', amount: '', source: '', deadline: '',
      contingency: '',
    },
    reports: { to_regulator: report(), to_employees: report() },
    findings: [],
    answers: {},
  };
}

/** What stands in the way of sending, by field; the server judges again. */
export function problemsOf(action: string, data: ActData, hazard: SeenHazard | null): Problems {
  if (action === 'submit_plan') {
    const latest = hazard?.line.deadline ?? null;
    const found = PARTS.map(([part, name]) => [part, name, missing(part, data.plan, latest)] as const);
    return Object.fromEntries(
      found.flatMap(([part, name, lacks]) => (lacks ? [[part, `${name}：${lacks}`]] : [])),
    );
  }
  if (action === 'dual_report') return reportProblems(data);
  return { ...answerProblems(data), ...fieldProblems(actForm(action), data) };
}

function answerProblems(data: ActData): Problems {
  const open = data.findings.filter(({ id, serious }) => serious && !data.answers[id]?.trim());
  return Object.fromEntries(open.map(({ id, name }) => [`answer-${id}`, `要写明核实情况：${name}`]));
}

function fieldProblems(form: ActForm | undefined, data: ActData): Problems {
  const found: Problems = {};
  for (const field of form?.fields ?? []) {
    const given = field.kind === 'photos' ? data.photos.length : data.texts[field.name]?.trim();
    if (field.required && !given) {
      found[field.name] = field.kind === 'photos' ? '要拍照片' : `要填${field.label}`;
    } else if (field.kind === 'date' && given && String(given) < today()) {
      found[field.name] = '日期已过';
    }
  }
  return found;
}

function reportProblems(data: ActData): Problems {
  const begun = Object.entries(data.reports).filter(([, { when, how }]) => when || how.trim());
  if (!begun.length) return { to_regulator: '请填写向监管部门或向职工的报告' };
  const halves = begun.filter(([, { when, how }]) => !when || !how.trim());
  return Object.fromEntries(halves.map(([name]) => [name, '日期和方式都要填']));
}

interface ToSend {
  readonly work: Act;
  readonly photos: readonly Omit<ItemPhoto, 'sent'>[];
}

/** The event as it is sent. Throws an Error where a photo is not on this phone any more. */
export async function toSend(number: string, action: string, data: ActData): Promise<ToSend> {
  const body = bodyOf(action, data);
  const hashes = action === 'dual_report' ? proofs(data) : data.photos;
  const db = await database();
  const photos = [];
  for (const sha256 of hashes) {
    const photo = await db.get('photos', sha256);
    if (!photo) throw new Error('有一张照片找不到了，请重新拍。');
    photos.push({ name: sha256, sha256, size: photo.size, capture: photo.capture });
  }
  return { work: { kind: 'act', number, action, data: body }, photos };
}

function bodyOf(action: string, data: ActData): Record<string, unknown> {
  if (action === 'submit_plan') return { plan: planOf(data.plan) };
  if (action === 'dual_report') return reportsOf(data);
  const body: Record<string, unknown> = {};
  for (const field of actForm(action)?.fields ?? []) {
    const text = data.texts[field.name]?.trim() ?? '';
    if (field.kind === 'photos') {
      if (data.photos.length) body['photos'] = data.photos;
    } else if (field.kind === 'names') {
      const names = text.split(/[、,，\s]+/).filter(Boolean);
      if (names.length) body[field.name] = names;
    } else if (text) {
      body[field.name] = text;
    }
  }
  const answers = data.findings.flatMap(({ id }) => {
    const word = data.answers[id]?.trim();
    return word ? [{ finding: id, word }] : [];
  });
  if (answers.length) body['answers'] = answers;
  if (ON_SITE.has(action)) body['on_site'] = onSite();
  return body;
}

/** What is done where the hazard is, so that where and when is told with it. */
export const ON_SITE = new Set(['fix_on_spot', 'finish', 'accept', 'recheck']);

function onSite(): Record<string, unknown> {
  const { point } = position;
  const place = point && {
    latitude: point.latitude, longitude: point.longitude, accuracy_m: point.accuracy,
  };
  return { done_at: new Date().toISOString(), ...place };
}

function reportsOf(data: ActData): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data.reports)
      .filter(([, { when }]) => when)
      .map(([name, { when, how, photo }]) => {
        const proof = photo[0] ? { photo: photo[0] } : {};
        return [name, { when, how: how.trim(), ...proof }];
      }),
  );
}

function proofs(data: ActData): string[] {
  return Object.values(data.reports).flatMap(({ when, photo }) => (when ? photo.slice(0, 1) : []));
}
