import { computed } from 'vue';

import { who } from './who';

const REPORTING = ['grid_worker', 'township_office', 'department', 'city_office'];

/** Whether the signed-in person fills in forms. */
export const canReport = computed(() => REPORTING.includes(who.me?.role ?? ''));

const DESKS = ['township_office', 'department', 'city_office', 'auditor', 'administrator'];

/** Whether the signed-in person works at a desk, too. */
export const hasDesk = computed(() => DESKS.includes(who.me?.role ?? ''));

/** Whether the signed-in person puts hazards right. */
export const isUnit = computed(() => who.me?.role === 'responsible_unit');
