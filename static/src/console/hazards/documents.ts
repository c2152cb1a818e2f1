/** The documents of a hazard: what an issuer may add to each kind (docs/documents.md), and drafts. */

import { session } from '../session';

export interface Issued {
  readonly id: string;
  readonly kind: string;
  readonly kind_name: string;
  readonly version: number;
  readonly number: string;
  readonly office: string;
  readonly issued_by: { readonly name: string };
  readonly issued_at: string;
  readonly url: string;
}

export interface Opening {
  readonly kind: string;
  readonly name: string;
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Documents {
  readonly items: readonly Issued[];
  readonly kinds: readonly Opening[];
}

export type Kind = 'text' | 'long' | 'lines' | 'date' | 'moment' | 'officials';

export interface Part {
  readonly name: string;
  readonly label: string;
  readonly kind: Kind;
}

const text = (name: string, label: string): Part => ({ name, label, kind: 'text' });
const long = (name: string, label: string): Part => ({ name, label, kind: 'long' });
const lines = (name: string, label: string): Part => ({ name, label: `${label}（一行一条）`, kind: 'lines' });
const date = (name: string, label: string): Part => ({ name, label, kind: 'date' });
const moment = (name: string, label: string): Part => ({ name, label, kind: 'moment' });
const officials = (label: string): Part => ({ name: 'officials', label: `${label}（一行一人：姓名 证件号）`, kind: 'officials' });

export const PARTS: Readonly<Record<string, readonly Part[]>> = {
  inspection_record: [
    text('unit', '被检查单位'), text('address', '地址'), text('principal', '负责人'), text('position', '职务'),
    text('phone', '联系电话'), text('place', '检查场所'), moment('began_at', '检查开始时间'), moment('ended_at', '检查结束时间'),
    text('authority', '检查机关'), officials('检查人员'), lines('findings', '检查情况'), long('refusal', '拒签情况'),
  ],
  rectification_notice: [
    text('unit', '被通知单位'), date('inspected_on', '检查日期'), text('inspectors', '检查人'), lines('items', '隐患清单'),
    long('requirements', '整改要求'), date('deadline', '整改期限'), long('precautions', '临时防范措施'), text('receiver', '签收人'),
    text('contact', '联系人'), text('contact_phone', '联系电话'),
  ],
  rectification_order: [
    text('unit', '被检查单位'), lines('items', '存在问题'), text('which', '限期整改的是第几项'), date('deadline', '整改期限'),
    text('review_authority', '复议机关'), text('court', '诉讼法院'), officials('执法人员'),
  ],
  review_opinion: [
    text('unit', '被复查单位'), moment('reviewed_at', '复查时间'), long('opinion', '处理意见'), officials('复查人员'),
  ],
  listing_notice: [
    text('unit', '隐患单位'), text('person', '督办责任人'), long('halt', '停产范围'), long('five', '五到位要求'),
    text('reporting', '报告频次'), long('procedure', '验收与摘牌程序'), long('publicity', '公示要求'),
  ],
  closure_approval: [
    long('own_opinion', '自查意见'), long('township_opinion', '乡镇复查意见'), long('department_opinion', '部门验收意见'),
    long('office_opinion', '安委办销号意见'),
  ],
  extension_approval: [
    long('progress', '已完成进度'), text('applicant', '申请人'), text('approver', '批准人'), long('opinion', '审批意见'),
  ],
};

/** What was typed, as the API takes it; what is empty is left to be filled in by pen. */
export function documentData(kind: string, typed: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    (PARTS[kind] ?? []).flatMap((part) => {
      const said = (typed[part.name] ?? '').trim();
      return said ? [[part.name, valueOf(part.kind, said)]] : [];
    }),
  );
}

function valueOf(kind: Kind, said: string): unknown {
  const each = said.split('\n').map((line) => line.trim()).filter(Boolean);
  if (kind === 'lines') return each;
  if (kind === 'officials') {
    return each.map((line) => {
      const [name = '', ...certificate] = line.split(/[\s,，、]+/);
      return { name, ...(certificate.length ? { certificate: certificate.join('') } : {}) };
    });
  }
  // A clock on the wall here says Shanghai's time.
  return kind === 'moment' ? `${said}:00+08:00` : said;
}

/** A draft, to be looked at: a file that is not kept. Throws an Error that says why there is none. */
export async function fetchDraft(number: string, kind: string, data: unknown): Promise<Blob> {
  const response = await fetch(`/api/v1/hazards/${encodeURIComponent(number)}/documents/${kind}.docx`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.me?.csrf_token ?? '' },
    body: JSON.stringify({ data }),
    signal: AbortSignal.timeout(60_000),
  }).catch(() => null);
  if (!response) throw new Error('连不上服务器，请检查网络后重试。');
  if (response.ok) return await response.blob();
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  throw new Error(problem?.detail ?? `服务器出错（${response.status}），请稍后重试。`);
}
