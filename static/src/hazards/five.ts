/** The five parts of a plan, and what is still missing: as the server will judge it. */

import { today } from '../time';

export interface PlanDraft {
  person: string;
  unit: string;
  phone: string;
  measures: string;
  amount: string;
  source: string;
  deadline: string;
  contingency: string;
}

export const PARTS = [
  ['responsibility', '责任'],
  ['measures', '措施'],
  ['funds', '资金'],
  ['deadline', '时限'],
  ['contingency', '预案'],
] as const;

export type Part = (typeof PARTS)[number][0];

const PHONE = /^\+?[\d\s()（）-]{7,20}$/;
/** Written to get past a required field, these put nothing in place. */
const PLACEHOLDERS = new Set(['', '无', '暂无', '没有', '略', '/', '-', '—', '——', '无。', '同上']);
const AMOUNT = /^\d{1,12}(\.\d{1,2})?$/;

/** What is missing of a part, in words; empty where it is in place. */
export function missing(part: Part, plan: PlanDraft, latest: string | null): string {
  switch (part) {
    case 'responsibility': {
      const lacks = [
        [plan.person, '责任人'],
        [plan.unit, '单位'],
        [plan.phone, '电话'],
      ].flatMap(([value, name]) => (saysNothing(value ?? '') ? [name] : []));
      if (lacks.length) return `还缺${lacks.join('、')}`;
      return PHONE.test(plan.phone.trim()) ? '' : '电话号码不对';
    }
    case 'measures':
      return saysNothing(plan.measures) ? '写明怎么改' : '';
    case 'funds': {
      const amount = plan.amount.trim();
      if (!amount) return '写明金额，不花钱写 0';
      if (!AMOUNT.test(amount)) return '金额要写数字（元）';
      return Number(amount) > 0 && saysNothing(plan.source) ? '写明钱从哪里来' : '';
    }
    case 'deadline':
      if (!plan.deadline) return '选完成日期';
      if (plan.deadline < today()) return '完成日期已过';
      return latest && plan.deadline > latest ? `不能晚于交办期限 ${latest}` : '';
    case 'contingency':
      return saysNothing(plan.contingency) ? '写明整改期间怎样防止出事' : '';
  }
}

function saysNothing(text: string): boolean {
  return PLACEHOLDERS.has(text.trim());
}

/** As it goes into the event. */
export function planOf(plan: PlanDraft): Record<string, unknown> {
  return {
    responsibility: {
      person: plan.person.trim(),
      unit: plan.unit.trim(),
      phone: plan.phone.trim(),
    },
    measures: plan.measures.trim(),
    funds: { amount_yuan: plan.amount.trim(), source: plan.source.trim() },
    deadline: plan.deadline,
    contingency: plan.contingency.trim(),
  };
}
