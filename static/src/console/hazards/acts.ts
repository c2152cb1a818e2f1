/** What a person may do to a hazard at a desk, and what each asks for (docs/api.md). */

import { today } from '../../time';
import type { Hazard } from './types';

export type Kind =
  | 'text' | 'long' | 'date' | 'level' | 'sector' | 'site' | 'township' | 'names' | 'photos' | 'photo' | 'rank';

export interface Field {
  /** Where it goes in the event's data; dots lead into parts of it. */
  readonly name: string;
  readonly label: string;
  readonly kind: Kind;
  readonly required: boolean;
  readonly hint?: string;
  /** What it begins with. */
  readonly from?: (hazard: Hazard) => string | number | null;
  /** Short words that are often said here. */
  readonly often?: readonly string[];
}

export interface ActForm {
  readonly action: string;
  readonly name: string;
  readonly tone: 'main' | 'plain' | 'back';
  readonly fields: readonly Field[];
}

type More = Omit<Field, 'name' | 'label' | 'kind' | 'required'>;
const must = (kind: Kind, name: string, label: string, more: More = {}): Field => ({ kind, name, label, required: true, ...more });
const may = (kind: Kind, name: string, label: string, more: More = {}): Field => ({ kind, name, label, required: false, ...more });

const reason = (hint: string): Field => must('long', 'reason', '原因', { hint });
const assigned: readonly Field[] = [
  must('site', 'responsible_unit', '责任单位', { from: (hazard) => hazard.responsible_site ?? hazard.site }),
  must('date', 'deadline', '整改期限', { from: ({ suggested_deadline }) => ahead(suggested_deadline) }),
  may('long', 'instructions', '整改要求'),
];

/** A day that was suggested long ago is no deadline any more. */
function ahead(day: string | null): string | null {
  return day && day >= today() ? day : null;
}

export const ACTS: readonly ActForm[] = [
  {
    action: 'register', name: '登记', tone: 'main', fields: [
      must('level', 'level', '等级', { from: ({ level }) => level }),
      must('sector', 'sector', '行业领域', { from: ({ sector }) => sector }),
      may('site', 'site', '监管对象', { from: ({ site }) => site }),
      may('text', 'basis', '判定依据', { hint: '条款', from: ({ basis }) => basis }),
      may('long', 'note', '说明', { hint: '疑似重大降为一般的，要写明理由' }),
    ],
  },
  { action: 'assign', name: '交办', tone: 'main', fields: assigned },
  { action: 'approve_plan', name: '批准方案', tone: 'main', fields: [may('long', 'note', '说明')] },
  { action: 'grant_extension', name: '批准延期', tone: 'main', fields: [may('long', 'note', '说明')] },
  {
    action: 'accept', name: '验收通过', tone: 'main', fields: [
      must('long', 'opinion', '验收意见', { hint: '写现场看到的情况，例如：现场查看，通道畅通' }),
      may('names', 'acceptors', '一起验收的人', { hint: '重大隐患至少两人，用顿号隔开' }),
      may('photos', 'photos', '现场照片'),
    ],
  },
  {
    action: 'close', name: '销号', tone: 'main',
    fields: [must('long', 'opinion', '销号意见', { often: ['同意销号。', '资料齐全，同意销号。'] })],
  },
  {
    action: 'resubmit', name: '补正后重新上报', tone: 'main', fields: [
      may('long', 'description', '隐患描述', { hint: '要改才填' }),
      may('photos', 'photos', '补充照片'),
      may('long', 'note', '说明'),
    ],
  },
  {
    action: 'fix_on_spot', name: '立查立改', tone: 'plain', fields: [
      must('photos', 'photos', '整改后照片'),
      must('long', 'summary', '怎么改的'),
    ],
  },
  {
    action: 'submit_plan', name: '上报整改方案', tone: 'main', fields: [
      must('text', 'plan.responsibility.unit', '责任单位', { from: (hazard) => hazard.plan?.responsibility.unit ?? hazard.responsible_unit }),
      must('text', 'plan.responsibility.person', '责任人', { from: ({ plan }) => plan?.responsibility.person ?? null }),
      must('text', 'plan.responsibility.phone', '联系电话', { from: ({ plan }) => plan?.responsibility.phone ?? null }),
      must('long', 'plan.measures', '整改措施', { from: ({ plan }) => plan?.measures ?? null }),
      must('text', 'plan.funds.amount_yuan', '资金（元）', { hint: '不花钱写 0', from: ({ plan }) => plan?.funds.amount_yuan ?? null }),
      may('text', 'plan.funds.source', '资金来源', { from: ({ plan }) => plan?.funds.source ?? null }),
      must('date', 'plan.deadline', '完成期限', { from: ({ plan, deadline }) => ahead(plan?.deadline ?? deadline) }),
      must('long', 'plan.contingency', '应急预案', { hint: '整改期间怎样防止出事', from: ({ plan }) => plan?.contingency ?? null }),
    ],
  },
  {
    action: 'finish', name: '整改完成', tone: 'main', fields: [
      must('photos', 'photos', '整改后照片'),
      must('long', 'summary', '完成情况'),
    ],
  },
  {
    action: 'recheck', name: '回头看', tone: 'main', fields: [
      must('long', 'note', '看到的情况'),
      may('photos', 'photos', '现场照片'),
    ],
  },
  {
    action: 'regrade', name: '判定等级', tone: 'plain', fields: [
      must('level', 'level', '等级'),
      must('long', 'basis', '判定依据', { hint: '哪个判定标准的第几条' }),
    ],
  },
  {
    action: 'list', name: '挂牌督办', tone: 'plain', fields: [
      must('rank', 'rank', '挂牌级别'),
      must('text', 'supervisor_unit', '督办单位'),
      must('date', 'deadline', '督办期限'),
      may('text', 'document_no', '文号'),
    ],
  },
  {
    action: 'delist', name: '摘牌', tone: 'plain', fields: [may('text', 'document_no', '文号'), may('long', 'note', '说明')],
  },
  {
    action: 'dual_report', name: '双报告', tone: 'plain', fields: [
      may('date', 'to_regulator.when', '向监管部门报告：哪天'),
      may('text', 'to_regulator.how', '怎样报告的', { hint: '例如：电话报告市应急管理局' }),
      may('photo', 'to_regulator.photo', '证明照片'),
      may('date', 'to_employees.when', '向职工通报：哪天'),
      may('text', 'to_employees.how', '怎样通报的', { hint: '例如：班前会通报，公告栏张贴' }),
      may('photo', 'to_employees.photo', '证明照片'),
    ],
  },
  {
    action: 'report_progress', name: '报告进展', tone: 'plain',
    fields: [must('long', 'note', '进展'), may('photos', 'photos', '照片')],
  },
  {
    action: 'request_extension', name: '申请延期', tone: 'plain', fields: [
      must('date', 'deadline', '延到哪天'),
      must('long', 'reason', '原因'),
      must('long', 'interim_measures', '延期期间怎样保证安全'),
    ],
  },
  {
    action: 'remind', name: '催办', tone: 'plain',
    fields: [may('long', 'note', '催办内容', { often: ['已逾期，请抓紧整改。', '请尽快上报整改方案。', '请今日内报告进展。'] })],
  },
  { action: 'return_report', name: '退回补正', tone: 'back', fields: [reason('缺什么、要补什么')] },
  { action: 'return_plan', name: '退回方案', tone: 'back', fields: [reason('哪一项不到位')] },
  { action: 'refuse_extension', name: '驳回延期', tone: 'back', fields: [reason('为什么不批')] },
  {
    action: 'refuse_acceptance', name: '验收不合格', tone: 'back', fields: [
      reason('哪里不合格'),
      must('date', 'deadline', '重新整改期限'),
      may('photos', 'photos', '现场照片'),
    ],
  },
  { action: 'refuse_closure', name: '不予销号', tone: 'back', fields: [reason('缺什么，要重做什么')] },
  { action: 'decline', name: '退回改派', tone: 'back', fields: [reason('例如：该处由物业公司管理')] },
  {
    action: 'reassign', name: '改派', tone: 'plain',
    fields: [...assigned, reason('为什么换责任单位；新单位要重新报方案')],
  },
  {
    action: 'hand_over', name: '划转', tone: 'plain',
    fields: [must('township', 'area', '划给哪个乡镇（街道）'), reason('隐患实际在哪里')],
  },
  {
    action: 'transfer', name: '移送执法', tone: 'plain',
    fields: [must('text', 'to', '移送给'), must('long', 'reason', '原因'), may('text', 'document_no', '文号')],
  },
  {
    action: 'suspend', name: '停产停用', tone: 'plain',
    fields: [must('long', 'reason', '原因'), may('text', 'document_no', '文号')],
  },
  { action: 'resume', name: '恢复', tone: 'plain', fields: [must('long', 'reason', '原因')] },
  {
    action: 'void', name: '作废', tone: 'back', fields: [
      reason('误报，或与哪条重复'),
      may('text', 'duplicate_of', '与哪条重复', { hint: '另一条的编号；误报不填' }),
    ],
  },
  {
    action: 'comment', name: '备注', tone: 'plain',
    fields: [must('long', 'note', '备注'), may('photos', 'photos', '照片')],
  },
];

/** The actions of one kind that are open, or only held back, in the order of this table. */
export function actsOf(hazard: Hazard): { form: ActForm; why: string }[] {
  return ACTS.flatMap((form) => {
    const why = hazard.blocked[form.action];
    return why !== undefined || hazard.allowed.includes(form.action) ? [{ form, why: why ?? '' }] : [];
  });
}

/** What one comes for, from each heap of the desk. */
export const DESK_ACT: Readonly<Record<string, string>> = {
  returned: 'resubmit',
  to_register: 'register',
  to_grade: 'regrade',
  to_assign: 'assign',
  to_plan: 'submit_plan',
  to_list: 'list',
  plans_to_review: 'approve_plan',
  to_rectify: 'finish',
  extensions: 'grant_extension',
  to_accept: 'accept',
  to_close: 'close',
  overdue: 'remind',
  to_recheck: 'recheck',
};
