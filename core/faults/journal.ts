import type { FaultTable } from './table.js';

/** JRN: the record of a run. */
export type JournalFault =
  | {
      readonly code: 'JRN-001';
      readonly kind: 'journal.broken';
      readonly file: string;
      /** Number of the first entry that can't be believed. */
      readonly entry: number;
      readonly why: string;
    }
  | { readonly code: 'JRN-002'; readonly kind: 'journal.unknown'; readonly file: string; readonly version: string }
  | { readonly code: 'JRN-003'; readonly kind: 'journal.unwritable'; readonly file: string; readonly why: string }
  | {
      readonly code: 'JRN-004';
      readonly kind: 'journal.diverges';
      readonly entry: number;
      readonly expected: string;
      readonly recorded: string;
    }
  | { readonly code: 'JRN-005'; readonly kind: 'bundle.unknown'; readonly name: string }
  | { readonly code: 'JRN-006'; readonly kind: 'run.over'; readonly directory: string; readonly why: string };

export const journalFaults: FaultTable<JournalFault> = {
  'JRN-001': {
    says: (fault) => `${fault.file}: entry ${fault.entry} is broken: ${fault.why}`,
    remedy: (fault) => `Take the journal from a copy; the ${fault.entry - 1} entries before it are whole.`,
  },
  'JRN-002': {
    says: (fault) => `${fault.file} is not a journal that this program reads (version ${fault.version})`,
    remedy: () => 'Name the directory of a run, which holds journal.jsonl, or read it with the release that wrote it.',
  },
  'JRN-003': {
    says: (fault) => `${fault.file} cannot be written: ${fault.why}`,
    remedy: () => 'Make room on the disk or name another directory by --out.',
  },
  'JRN-004': {
    says: (fault) => `entry ${fault.entry}: the machines give ${fault.expected}, recorded is ${fault.recorded}`,
    remedy: () => 'The machines have changed since the run: replay with the release in versions.json, or run it again.',
  },
  'JRN-005': {
    says: (fault) => `there is no run ${JSON.stringify(fault.name)}`,
    remedy: () => 'Name a directory of runs/, or a token that a run has printed, from the directory it was printed in.',
  },
  'JRN-006': {
    says: (fault) => `the run in ${fault.directory} cannot go on: ${fault.why}`,
    remedy: () => 'Run its scenario again; what metalrig image deploy or take-off began is simply asked for again.',
  },
};
