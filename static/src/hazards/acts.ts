/** What may be done to a hazard from a phone, and what each asks for (docs/api.md). */

export type Field =
  | { readonly kind: 'text' | 'long' | 'date' | 'names'; readonly name: string; readonly label: string; readonly required: boolean; readonly hint?: string }
  | { readonly kind: 'photos'; readonly name: string; readonly label: string; readonly required: boolean; readonly like?: 'before' };

export interface ActForm {
  readonly action: string;
  /** On the button that opens it. */
  readonly name: string;
  readonly title: string;
  /** Whether it is what one usually comes for. */
  readonly main: boolean;
  readonly fields: readonly Field[];
}

const long = (name: string, label: string, required = true, hint = ''): Field => ({
  kind: 'long', name, label, required, hint,
});
const date = (name: string, label: string): Field => ({ kind: 'date', name, label, required: true });
const photos = (required: boolean, label = '照片', like?: 'before'): Field => ({
  kind: 'photos', name: 'photos', label, required, ...(like ? { like } : {}),
});

export const ACTS: readonly ActForm[] = [
  {
    action: 'resubmit', name: '补正后重新上报', title: '补正', main: true,
    fields: [
      long('description', '隐患描述（要改才填）', false),
      photos(false, '补拍照片'),
      long('note', '说明', false, '例如：已补拍近照'),
    ],
  },
  {
    action: 'fix_on_spot', name: '当场改好了', title: '立查立改', main: true,
    fields: [photos(true, '整改后照片', 'before'), long('summary', '怎么改的', true, '例如：纸箱已当场清走')],
  },
  {
    action: 'submit_plan', name: '写整改方案', title: '整改方案', main: true, fields: [],
  },
  {
    action: 'finish', name: '整改完成', title: '整改完成', main: true,
    fields: [photos(true, '整改后照片', 'before'), long('summary', '完成情况', true, '例如：通道已清空，贴了标识')],
  },
  {
    action: 'report_progress', name: '报告进展', title: '报告进展', main: false,
    fields: [long('note', '进展'), photos(false)],
  },
  {
    action: 'dual_report', name: '双报告', title: '双报告', main: false, fields: [],
  },
  {
    action: 'request_extension', name: '申请延期', title: '申请延期', main: false,
    fields: [date('deadline', '延到哪天'), long('reason', '为什么'), long('interim_measures', '延期期间怎样保证安全')],
  },
  {
    action: 'decline', name: '不该由我改', title: '退回改派', main: false,
    fields: [long('reason', '原因', true, '例如：该处由物业公司管理')],
  },
  {
    action: 'accept', name: '验收通过', title: '验收通过', main: true,
    fields: [
      photos(false, '现场照片', 'before'),
      long('opinion', '验收意见', true, '例如：现场查看，通道畅通'),
      { kind: 'names', name: 'acceptors', label: '一起验收的人', required: false, hint: '重大隐患至少两人，用顿号隔开' },
    ],
  },
  {
    action: 'refuse_acceptance', name: '验收不合格', title: '验收不合格', main: false,
    fields: [long('reason', '哪里不合格'), date('deadline', '重新整改期限'), photos(false)],
  },
  {
    action: 'recheck', name: '回头看', title: '复查', main: true,
    fields: [photos(false, '复查照片', 'before'), long('note', '看到的情况', true, '例如：通道畅通，没有反弹')],
  },
  {
    action: 'comment', name: '备注', title: '备注', main: false,
    fields: [long('note', '备注'), photos(false)],
  },
];

export function actForm(action: string): ActForm | undefined {
  return ACTS.find((each) => each.action === action);
}
