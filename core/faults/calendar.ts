import type { FaultTable } from './table.js';

/** CAL: calendar files that others write. */
export type CalendarFault = {
  readonly code: 'CAL-001';
  readonly kind: 'calendar.bad';
  readonly file: string;
  /** 1-based; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly what: string;
  readonly mend: string;
};

export const calendarFaults: FaultTable<CalendarFault> = {
  'CAL-001': {
    says: ({ file, line, what }) => `${file}${line === 0 ? '' : `:${line}`}: ${what}`,
    remedy: (fault) => fault.mend,
  },
};
