/**
 * Running a form with ODK's own engine (`@getodk/xforms-engine`), for Vue.
 *
 * The engine knows of each photo only its file's name; the bytes are in the phone's own store. So a
 * restored draft holds its photos, and nothing is in memory twice.
 */

import {
  type AnyNode,
  type FormInstanceConfig,
  type InstanceData,
  type RootNode,
  type UploadNode,
  loadForm,
} from '@getodk/xforms-engine';
import { reactive } from 'vue';

import type { FormFiles, StoredForm } from '../database';

export class FormTrouble extends Error {
  override readonly name = 'FormTrouble';
}

/** A form ready to be filled in: new, or from where its draft was left. Throws FormTrouble. */
export async function openForm(
  form: Pick<StoredForm, 'xml' | 'files'>,
  draftXml: string,
  photoNames: readonly string[],
  who: { readonly username: string; readonly deviceId: string },
): Promise<RootNode> {
  const loaded = await loadForm(form.xml, {
    missingResourceBehavior: 'BLANK',
    fetchFormAttachment: (file) => Promise.resolve(attached(form.files ?? {}, file)),
  });
  if (loaded.status === 'failure') throw new FormTrouble('这张表打不开，请联系管理员。');
  const config: FormInstanceConfig = {
    stateFactory: reactive as <T extends object>(object: T) => T,
    preloadProperties: { username: who.username, deviceID: who.deviceId },
  };
  if (!draftXml) return loaded.createInstance(config).root;
  const data = new FormData();
  data.set('xml_submission_file', new File([draftXml], 'xml_submission_file', { type: 'text/xml' }));
  for (const name of photoNames) data.set(name, placeholder(name));
  const restored = await loaded.restoreInstance({ data: [data as InstanceData] }, config);
  return restored.root;
}

/** A file of the form, such as `jr://file-csv/hazards.csv`, from what the phone keeps. */
function attached(files: FormFiles, file: URL): Response {
  const content = files[decodeURIComponent(file.href.split('/').at(-1) ?? '')];
  if (content === undefined) return new Response(null, { status: 404 });
  return new Response(content, { headers: { 'Content-Type': 'text/csv; charset=utf-8' } });
}

/** The filled form as it is to be sent, with the moment of its end. */
export async function finishedXml(root: RootNode): Promise<string> {
  const payload = await root.prepareInstancePayload({ payloadType: 'monolithic' });
  return payload.data[0].get('xml_submission_file').text();
}

/** Name a photo in the form, or take it out. */
export function setPhoto(node: UploadNode, name: string | null): void {
  node.setValue(name === null ? null : placeholder(name));
}

/** All nodes below one, in the form's order. */
export function* below(node: AnyNode): Generator<AnyNode> {
  for (const child of (node.currentState.children ?? []) as readonly AnyNode[]) {
    yield child;
    yield* below(child);
  }
}

/** The form's name of a node, such as `fire_01`. */
export function nameOf(node: AnyNode): string {
  return node.currentState.reference.replace(/\[\d+\]$/, '').split('/').at(-1) ?? '';
}

function placeholder(name: string): File {
  return new File(['.'], name, { type: 'image/jpeg' });
}
