import type { FaultTable } from './table.js';

/** One thing wrong in a site or scenario file, and where. */
export interface FileFault {
  readonly code: 'CFG-002';
  readonly kind: 'file.bad';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly mend: string;
}

/** CFG: what users write is not as it should be. */
export type ConfigFault =
  | { readonly code: 'CFG-001'; readonly kind: 'node.badName'; readonly text: string }
  | FileFault
  | {
      readonly code: 'CFG-004';
      readonly kind: 'key.unoffered';
      readonly file: string;
      readonly node: string;
      readonly key: string;
      readonly world: string;
    }
  | { readonly code: 'CFG-003'; readonly kind: 'file.unreadable'; readonly file: string; readonly why: string };

export const configFaults: FaultTable<ConfigFault> = {
  'CFG-001': {
    says: (fault) => `${JSON.stringify(fault.text)} is not a node name`,
    remedy: () => 'Use a DNS label: a lower-case letter, then up to 62 lower-case letters, digits or hyphens.',
  },
  'CFG-002': {
    says: (fault) => `${fault.file}:${fault.line}:${fault.column}: ${fault.what}`,
    remedy: (fault) => fault.mend,
  },
  'CFG-004': {
    says: (fault) => `${fault.file}: ${fault.key} of ${fault.node} is not offered in the ${fault.world} world`,
    remedy: (fault) => `Take ${fault.key} off ${fault.node}, or play it in a world that offers it.`,
  },
  'CFG-003': {
    says: (fault) => `${fault.file} cannot be read: ${fault.why}`,
    remedy: (fault) => `Check that ${fault.file} exists and that this user may read it.`,
  },
};
