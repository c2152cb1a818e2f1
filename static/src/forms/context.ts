/** What the parts of a form share while it is filled in. */

import type { InjectionKey, Ref } from 'vue';

import type { Draft, StoredPhoto } from '../database';
import type { Checklist } from './checklist';

export interface FormContext {
  readonly draft: Readonly<Ref<Draft>>;
  readonly checklist: Checklist | null;
  /** Whether what is missing is shown: only after a first try to send. */
  readonly strict: Readonly<Ref<boolean>>;
  /** Something was answered. */
  changed(): void;
  /** A photo was taken, under this file name. */
  tookPhoto(name: string, photo: StoredPhoto): void;
}

export const FORM: InjectionKey<FormContext> = Symbol('form');
