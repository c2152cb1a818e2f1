/** The form library as the office manages it. */

import { Refused } from '../../api';
import { answering, asking } from '../asking';

export interface Remark {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly sheet: string;
  readonly row: number | null;
}

export interface Change {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  readonly path: string;
  readonly label: string;
  readonly what: Readonly<Record<string, readonly [string, string]>>;
}

export interface Draft {
  readonly id: string;
  readonly form_id: string;
  readonly version: string;
  readonly title: string;
  readonly file_name: string;
  readonly created_at: string;
  readonly remarks: readonly Remark[];
}

export interface OneDraft extends Draft {
  /** Null where the form is new. */
  readonly changes: readonly Change[] | null;
}

export interface ManagedForm {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly retired_at: string | null;
  readonly areas: readonly string[];
  readonly roles: readonly string[];
  /** Files that the form names and nobody has uploaded. */
  readonly wanted: readonly string[];
  readonly versions: readonly {
    readonly version: string;
    readonly published_at: string;
    readonly published_by: string | null;
    readonly has_xlsx: boolean;
  }[];
  readonly media: readonly { readonly name: string; readonly updated_at: string }[];
}

const FORMS = '/api/v1/forms';

export const ALL_FORMS = `${FORMS}/library`;
export const ALL_DRAFTS = `${FORMS}/drafts`;
export const draftPath = (id: string): string => `${ALL_DRAFTS}/${id}`;

/** Upload a form's file: a draft, or what is wrong with it. Throws what `ask` throws otherwise. */
export async function upload(file: File): Promise<OneDraft | readonly Remark[]> {
  const path = `${FORMS}/drafts?name=${encodeURIComponent(file.name)}`;
  try {
    return await asking<OneDraft>(path, { method: 'POST', body: await file.arrayBuffer() });
  } catch (error) {
    const remarks = error instanceof Refused ? error.body['remarks'] : null;
    if (Array.isArray(remarks)) return remarks as Remark[];
    throw error;
  }
}

export async function publish(id: string): Promise<void> {
  await answering(`${FORMS}/drafts/${id}/publication`, { method: 'POST' });
}

export async function discard(id: string): Promise<void> {
  await answering(`${FORMS}/drafts/${id}`, { method: 'DELETE' });
}

export function change(
  form: ManagedForm,
  what: { retired?: boolean; areas?: readonly string[]; roles?: readonly string[] },
): Promise<ManagedForm> {
  return asking<ManagedForm>(`${FORMS}/${encodeURIComponent(form.id)}/management`, { method: 'PATCH', json: what });
}

export async function putFile(form: ManagedForm, file: File): Promise<void> {
  const path = `${FORMS}/${encodeURIComponent(form.id)}/media/${encodeURIComponent(file.name)}`;
  await answering(path, { method: 'PUT', body: await file.arrayBuffer() });
}

export async function removeFile(form: ManagedForm, name: string): Promise<void> {
  await answering(`${FORMS}/${encodeURIComponent(form.id)}/media/${encodeURIComponent(name)}`, { method: 'DELETE' });
}

export const excelOf = (form: ManagedForm, version: string): string =>
  `${FORMS}/${encodeURIComponent(form.id)}/versions/${encodeURIComponent(version)}.xlsx`;
