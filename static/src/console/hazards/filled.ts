/** What was typed into the form of an act: kept until it is sent, and as it goes into the event. */

import { reactive } from 'vue';

import type { ActForm, Field } from './acts';
import type { Finding, Hazard } from './types';

export interface Filled {
  /** By the field's name. */
  readonly values: Record<string, string | number | null>;
  /** The sha256 of photos that were put, by the field's name. */
  readonly photos: Record<string, string[]>;
  /** Words on what was found about the evidence, by the finding's id. */
  readonly answers: Record<number, string>;
  /** The event's own id: sent again, it is not done twice. */
  id: string;
}

const kept = new Map<string, Filled>();
const keyOf = (hazard: Hazard, form: ActForm) => `${hazard.number} ${form.action}`;

/** What was typed before, or a form as it begins. */
export function filledFor(hazard: Hazard, form: ActForm): Filled {
  const key = keyOf(hazard, form);
  const before = kept.get(key);
  if (before) return before;
  const begun: Filled = reactive({ values: {}, photos: {}, answers: {}, id: crypto.randomUUID() });
  for (const field of form.fields) {
    if (isPhoto(field)) begun.photos[field.name] = [];
    else begun.values[field.name] = field.from?.(hazard) ?? null;
  }
  kept.set(key, begun);
  return begun;
}

export function forget(hazard: Hazard, form: ActForm): void {
  kept.delete(keyOf(hazard, form));
}

export function isPhoto(field: Field): boolean {
  return field.kind === 'photos' || field.kind === 'photo';
}

/** What is not filled in yet, by field; the server judges the rest. */
export function lacking(form: ActForm, filled: Filled, findings: readonly Finding[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of form.fields) {
    const given = isPhoto(field) ? filled.photos[field.name]?.length : said(filled.values[field.name]);
    if (field.required && !given) found[field.name] = isPhoto(field) ? '至少一张照片' : '必填';
  }
  for (const { id, serious } of findings) {
    if (serious && !filled.answers[id]?.trim()) found[`answers.${id}`] = '要写明核实情况';
  }
  return found;
}

export function dataOf(form: ActForm, filled: Filled): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of form.fields) {
    const value = valueOf(field, filled);
    if (value !== undefined) put(data, field.name.split('.'), value);
  }
  const answers = Object.entries(filled.answers).flatMap(([finding, word]) =>
    word.trim() ? [{ finding: Number(finding), word: word.trim() }] : [],
  );
  if (answers.length) data['answers'] = answers;
  return data;
}

function valueOf(field: Field, filled: Filled): unknown {
  const photos = filled.photos[field.name] ?? [];
  if (field.kind === 'photo') return photos[0];
  if (field.kind === 'photos') return photos.length ? photos : undefined;
  const value = filled.values[field.name];
  if (typeof value === 'number') return value;
  const text = said(value);
  if (!text) return undefined;
  return field.kind === 'names' ? text.split(/[、,，\s]+/).filter(Boolean) : text;
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (!rest.length) into[first] = value;
  else put((into[first] ??= {}) as Record<string, unknown>, rest, value);
}

function said(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

/** The server's errors at the fields that they are about; what is about none is left over. */
export function errorsAt(
  form: ActForm,
  errors: Readonly<Record<string, string>>,
): { at: Record<string, string>; rest: string[] } {
  const at: Record<string, string> = {};
  const rest: string[] = [];
  for (const [path, words] of Object.entries(errors)) {
    const name = path.replace(/^data\./, '');
    const field = form.fields.find(
      (each) => each.name === name || name.startsWith(`${each.name}.`) || each.name.startsWith(`${name}.`)
        || each.name === `plan.${name}`,
    );
    if (field) at[field.name] = words;
    else if (name.startsWith('answers.')) at[name] = words;
    else rest.push(words);
  }
  return { at, rest };
}
