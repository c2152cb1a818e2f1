/**
 * A checklist's mechanism, as docs/forms.md describes it: items that are 符合/不符合/不涉及, and one
 * repeat `hazard` whose rows choose, as `item`, among the items that failed. On the phone a row is
 * filled in right under its item; nobody sees the repeat.
 */

import type {
  AnyNode,
  RepeatInstanceNode,
  RepeatRangeUncontrolledNode,
  RootNode,
  SelectNode,
  TriggerNode,
} from '@getodk/xforms-engine';

import { below, nameOf } from './engine';

const FAIL = 'fail';

export class Checklist {
  private constructor(
    private readonly root: RootNode,
    readonly rows: RepeatRangeUncontrolledNode,
    /** The judgements, in the form's order. */
    readonly items: readonly SelectNode[],
  ) {}

  /** The checklist of a form; null where it has none. */
  static of(root: RootNode): Checklist | null {
    const nodes = [...below(root)];
    const rows = nodes.find(
      (node): node is RepeatRangeUncontrolledNode =>
        node.nodeType === 'repeat-range:uncontrolled' && nameOf(node) === 'hazard',
    );
    const items = nodes.filter(
      (node): node is SelectNode => node.nodeType === 'select' && isJudgement(node),
    );
    return rows && items.length ? new Checklist(root, rows, items) : null;
  }

  isItem(node: AnyNode): node is SelectNode {
    return this.items.includes(node as SelectNode);
  }

  /** How many items of those that must be judged are. */
  progress(): { done: number; of: number } {
    const asked = this.items.filter(
      (item) => item.currentState.relevant && item.currentState.required,
    );
    return { done: asked.filter((item) => item.currentState.value.length).length, of: asked.length };
  }

  /** The row that describes what is wrong with an item. */
  rowOf(item: SelectNode): RepeatInstanceNode | null {
    const name = nameOf(item);
    return this.rows.currentState.children.find((row) => chosen(row) === name) ?? null;
  }

  /** What a row says beside the item that it is of. */
  fieldsOf(row: RepeatInstanceNode): readonly AnyNode[] {
    return row.currentState.children.filter((node) => nameOf(node) !== 'item');
  }

  /** Whether anything was written into a row, which would be lost with it. */
  isWritten(row: RepeatInstanceNode): boolean {
    return this.fieldsOf(row).some(
      (node) =>
        (node.nodeType === 'input' || node.nodeType === 'upload') &&
        node.currentState.instanceValue !== '',
    );
  }

  /** Judge an item; a failed one gets a row, any other loses it. */
  judge(item: SelectNode, value: string): void {
    item.selectValue(value);
    const row = this.rowOf(item);
    if (value === FAIL && !row) this.addRow(item);
    if (value !== FAIL && row) this.rows.removeInstances(this.rows.currentState.children.indexOf(row));
    this.confirm();
  }

  /** Every failed item has its row here, so what asks for a confirmation of that is confirmed. */
  private confirm(): void {
    const confirmation = this.confirmation();
    if (!confirmation) return;
    confirmation.setValue(true);
  }

  /** The box to tick that every failed item was described; not shown. */
  confirmation(): TriggerNode | null {
    const found = [...below(this.root)].find(
      (node): node is TriggerNode => node.nodeType === 'trigger' && nameOf(node) === 'complete',
    );
    return found ?? null;
  }

  private addRow(item: SelectNode): void {
    const isFree = (row: RepeatInstanceNode) => chosen(row) === '' && !this.isWritten(row);
    let row = this.rows.currentState.children.find(isFree);
    if (!row) {
      this.rows.addInstances();
      row = this.rows.currentState.children.find(isFree);
    }
    const choice = row?.currentState.children.find((node) => nameOf(node) === 'item');
    if (choice?.nodeType === 'select') choice.selectValue(nameOf(item));
  }

  /** Rows that belong to no item, such as the empty one that a form begins with. */
  removeStrays(): void {
    const rows = this.rows.currentState.children;
    for (let index = rows.length - 1; index >= 0; index -= 1) {
      const row = rows[index];
      if (row && chosen(row) === '' && !this.isWritten(row)) this.rows.removeInstances(index);
    }
    this.confirm();
  }
}

function chosen(row: RepeatInstanceNode): string {
  const choice = row.currentState.children.find((node) => nameOf(node) === 'item');
  return choice?.nodeType === 'select' ? choice.currentState.instanceValue : '';
}

function isJudgement(node: SelectNode): boolean {
  const values = new Set(node.currentState.valueOptions.map((option) => option.value));
  return values.size === 3 && ['pass', FAIL, 'na'].every((value) => values.has(value));
}
