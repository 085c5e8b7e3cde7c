import type { FaultTable } from './table.js';

/** SEC: a secret could not be had from where the site file says it is. None of these facts holds any of it. */
export type SecretFault =
  | { readonly code: 'SEC-001'; readonly kind: 'secret.unset'; readonly variable: string }
  | { readonly code: 'SEC-002'; readonly kind: 'secret.unreadable'; readonly path: string; readonly why: string }
  | {
      readonly code: 'SEC-003';
      readonly kind: 'secret.exposed';
      readonly path: string;
      /** Permission bits in octal, such as `644`. */
      readonly mode: string;
    }
  | { readonly code: 'SEC-004'; readonly kind: 'secret.foreign'; readonly path: string; readonly owner: number }
  | {
      readonly code: 'SEC-005';
      readonly kind: 'secretCommand.failed';
      readonly program: string;
      /** null when a signal ended it. */
      readonly exitCode: number | null;
    }
  | {
      readonly code: 'SEC-006';
      readonly kind: 'secretCommand.late';
      readonly program: string;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'SEC-007';
      readonly kind: 'secret.malformed';
      /** Such as `the variable BMC_PASSWORD`. */
      readonly where: string;
      readonly why: 'empty' | 'several lines' | 'control characters' | 'too long';
    };

const WANTED = 'Give one line of text without control characters, of at most 1024 bytes.';

export const secretFaults: FaultTable<SecretFault> = {
  'SEC-001': {
    says: (fault) => `the environment variable ${fault.variable}, which is to hold a secret, is not set`,
    remedy: (fault) => `Set it for this command: read -rs ${fault.variable}; export ${fault.variable}`,
  },
  'SEC-002': {
    says: (fault) => `the secret's file ${fault.path} cannot be read: ${fault.why}`,
    remedy: () => 'Check that it is there, and that this user may read it; a relative path starts at the site file.',
  },
  'SEC-003': {
    says: (fault) => `the secret's file ${fault.path} can be read by others (mode ${fault.mode})`,
    remedy: (fault) => `Keep it to yourself: chmod 600 ${fault.path}`,
  },
  'SEC-004': {
    says: (fault) => `the secret's file ${fault.path} belongs to user ${fault.owner}, who can change it`,
    remedy: (fault) => `Use a file of your own, or let root give it to you: chown "$(id -u)" ${fault.path}`,
  },
  'SEC-005': {
    says: ({ program, exitCode }) => `${program}, which is to print a secret, ${ending(exitCode)}`,
    remedy: ({ program }) => `Run the site file's command for it by hand, and see what ${program} says.`,
  },
  'SEC-006': {
    says: (fault) => `${fault.program}, which is to print a secret, took longer than ${fault.waited_ms} ms`,
    remedy: (fault) => `Check whether ${fault.program} waits for a passphrase: it has no terminal here.`,
  },
  'SEC-007': {
    says: (fault) => `${fault.where} holds no secret that can be used: ${fault.why}`,
    remedy: () => WANTED,
  },
};

function ending(exitCode: number | null): string {
  return exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
}
