/** What ODK's own engine makes of filled forms, for a test that holds our server against it. */
import { type InstanceData, loadForm } from '@getodk/xforms-engine';

interface Judged {
  /** Where a rule is broken, below the root, and which. */
  readonly violations: readonly (readonly [string, string])[];
  /** Why the engine can't open it at all. */
  readonly trouble: string;
}

/** Judge fillings of one form. */
export async function judge(
  xform: string,
  files: Readonly<Record<string, string>>,
  fillings: readonly string[],
): Promise<Judged[]> {
  const loaded = await loadForm(xform, {
    fetchFormAttachment: (file: URL) =>
      Promise.resolve(
        new Response(files[file.href.split('/').at(-1) ?? ''] ?? '', {
          headers: { 'Content-Type': 'text/csv' },
        }),
      ),
  });
  if (loaded.status === 'failure') throw new Error(String(loaded.error));
  const judged: Judged[] = [];
  for (const filling of fillings) {
    const data = new FormData();
    data.set('xml_submission_file', new File([filling], 'xml_submission_file', { type: 'text/xml' }));
    for (const [, name] of filling.matchAll(/>([\w-]+\.jpg)</g)) {
      data.set(name!, new File(['.'], name!, { type: 'image/jpeg' }));
    }
    try {
      const { root } = await loaded.restoreInstance({ data: [data as InstanceData] }, {});
      const { violations } = root.validationState;
      judged.push({
        violations: violations.map(({ reference, violation }) => [reference, violation.condition]),
        trouble: '',
      });
    } catch (error) {
      judged.push({ violations: [], trouble: String(error) });
    }
  }
  return judged;
}
