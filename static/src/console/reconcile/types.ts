/** Reconciliations and differences on the wire (`/api/v1/reconciliations`, `/api/v1/ledger-audit`). */

export interface Person {
  readonly id: number;
  readonly name: string;
}

export interface Summary {
  readonly id: string;
  readonly source: string;
  readonly file_name: string;
  readonly month: string;
  readonly area: string;
  readonly area_name: string;
  readonly sector: string | null;
  readonly state: 'read' | 'queued' | 'running' | 'done' | 'failed';
  readonly state_name: string;
  readonly message: string;
  readonly rows_done: number;
  readonly rows_total: number;
  readonly created_by: Person;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly previous: string | null;
}

export interface Column {
  readonly index: number;
  readonly column: string;
  readonly heading: string;
  readonly field: string | null;
  readonly confidence: number;
  readonly remembered: boolean;
  readonly doubt: string;
  readonly samples: readonly string[];
}

export interface Sheet {
  readonly name: string;
  readonly rows: number;
  readonly left_out: readonly { row: number; reason: string; text: string }[];
  readonly columns: readonly Column[];
}

export interface CellError {
  readonly sheet: string;
  readonly row: number;
  readonly column: string;
  readonly heading: string;
  readonly value: string;
  readonly message: string;
}

export interface Figures {
  readonly ours: number;
  readonly theirs: number;
  readonly matched: number;
  readonly agreeing: number;
  readonly pending: number;
  readonly unmatched: number;
  readonly differences: number;
  readonly open: number;
  readonly kinds: readonly { kind: string; name: string; open: number; total: number }[];
  readonly changes: { still: number; solved: number; new: number } | null;
}

export interface Detail extends Summary {
  readonly sheets: readonly Sheet[];
  readonly cell_errors: readonly CellError[];
  readonly figures: Figures;
}

export interface Shown {
  readonly name: string;
  readonly value: string;
}

export interface Candidate {
  readonly id: number;
  readonly row: number;
  readonly ref: string;
  readonly hazard: string;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly likely: boolean;
  readonly ours: readonly Shown[];
  readonly theirs: readonly Shown[];
  readonly decision: 'same' | 'different' | null;
  readonly reason: string;
  readonly decided_by: Person | null;
  readonly decided_at: string | null;
}

export interface Row {
  readonly id: number;
  readonly ref: string;
  readonly state: string;
  readonly state_name: string;
  readonly hazard: string | null;
  readonly how: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly differences: number;
}

export interface Suggestion {
  readonly action: string | null;
  readonly action_name: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly words: string;
}

/** A difference of either kind: of another's ledger, or of our own. */
export interface Difference {
  readonly id: number;
  readonly kind_name: string;
  readonly status: string;
  readonly status_name: string;
  readonly area: string;
  readonly sector: string | null;
  /** Our number of the hazard, where there is one. */
  readonly hazard: string | null;
  /** Where in their file. */
  readonly ref: string | null;
  readonly explanation: string;
  readonly ours: readonly Shown[];
  readonly theirs: readonly Shown[];
  readonly suggestion: Suggestion;
  readonly change: 'new' | 'still' | null;
  readonly reason: string;
  readonly settled_by: string;
  readonly settled_at: string | null;
}

export type Decision = 'act' | 'theirs_wrong' | 'explained';

/** What somebody decides of a difference. */
export interface Settlement {
  readonly decision: Decision;
  readonly reason: string;
  readonly data: Readonly<Record<string, string>>;
}

export const UNFINISHED: readonly string[] = ['queued', 'running'];

export const DIFFERENCE_STATUSES: Readonly<Record<string, string>> = {
  open: '待处理',
  acted: '已办理',
  theirs_wrong: '对方有误，已答复',
  explained: '已说明',
  resolved: '已不存在',
};

export const DIFFERENCE_KINDS: Readonly<Record<string, string>> = {
  only_ours: '我方有、对方无',
  only_theirs: '对方有、我方无',
  duplicate_number: '一患多号或一号多患',
  values_differ: '两侧登记内容不一致',
  closed_without_evidence: '销号依据不足',
  dates_out_of_order: '日期先后矛盾',
  photo_evidence: '照片证据存疑',
  overdue_without_extension: '逾期未延期',
  extension_irregular: '延期不合规',
  five_incomplete: '五到位缺项',
  balance_broken: '结转不平',
  batch_closure: '批量销号或雷同描述',
  recurrence: '销号后再现',
  transfer_one_sided: '划转只出不进',
  number_gap: '编号断号或作废无理由',
  name_mismatch: '单位名称与对象库不一致',
  sampling_contradicted: '抽查结论与原结论相反',
};
