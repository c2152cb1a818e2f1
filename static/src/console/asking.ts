/** Asking the server from a page: what comes, what went wrong in words, and never an endless wait. */

import { type Ref, type ShallowRef, ref, shallowRef, watch } from 'vue';

import { Busy, Refused, SignedOut, Unreachable, ask, askJson } from '../api';
import type { Answer, Asked } from '../api';
import { session } from './session';

/** The JSON of an answer. Throws as `askJson`; that the sign-in ended is noted for the whole desk. */
export async function asking<T>(path: string, asked: Asked = {}): Promise<T> {
  try {
    return await askJson<T>(path, asked);
  } catch (error) {
    throw noted(error);
  }
}

/** A whole answer: its headers, and a text that need not be JSON (204). Throws as `asking`. */
export async function answering(path: string, asked: Asked = {}): Promise<Answer> {
  try {
    return await ask(path, asked);
  } catch (error) {
    throw noted(error);
  }
}

/** The same error; where the sign-in ended, the whole desk knows. */
export function noted(error: unknown): unknown {
  if (error instanceof SignedOut && session.me) session.ended = error.message;
  return error;
}

/** What went wrong and what to do about it. */
export function words(error: unknown): string {
  if (error instanceof Refused || error instanceof SignedOut) return error.message;
  if (error instanceof Busy) {
    return error.status === 429
      ? '请求太频繁，请过一分钟再试。'
      : `服务器出错（${error.status}），请稍后重试；一直这样请联系管理员。`;
  }
  if (error instanceof Unreachable) return '连不上服务器，请检查网络后重试。';
  return '页面出了点问题，请刷新重试。';
}

/** What a refusal says of single fields, by the field's name. */
export function fieldErrors(error: unknown): Record<string, string> {
  const errors = error instanceof Refused ? error.body['errors'] : undefined;
  if (typeof errors !== 'object' || errors === null) return {};
  return Object.fromEntries(Object.entries(errors).map(([name, said]) => [name, firstWords(said)]));
}

/** What is wrong with a form's fields, by their names; said until something in the form is changed. */
export function useFieldErrors(form: object): Ref<Record<string, string>> {
  const errors = ref<Record<string, string>>({});
  watch(() => form, () => (errors.value = {}), { deep: true });
  return errors;
}

function firstWords(said: unknown): string {
  if (Array.isArray(said)) return said.map(firstWords).join('；');
  if (typeof said === 'object' && said !== null) return Object.values(said).map(firstWords).join('；');
  return String(said);
}

export interface Asking<T> {
  /** The latest answer; it stays while a newer one is on its way. */
  readonly data: ShallowRef<T | null>;
  readonly trouble: Ref<string>;
  readonly loading: Ref<boolean>;
  reload(): Promise<void>;
}

/** Ask for what `path` names, again whenever it changes; null asks nothing. */
export function useAsked<T>(path: () => string | null): Asking<T> {
  const data = shallowRef<T | null>(null);
  const trouble = ref('');
  const loading = ref(false);
  let turn = 0;

  async function reload(): Promise<void> {
    const asked = path();
    turn += 1;
    const mine = turn;
    if (asked === null) return;
    loading.value = true;
    try {
      const answer = await asking<T>(asked);
      if (mine === turn) [data.value, trouble.value] = [answer, ''];
    } catch (error) {
      if (mine === turn) trouble.value = words(error);
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  watch(path, () => void reload(), { immediate: true });
  return { data, trouble, loading, reload };
}
