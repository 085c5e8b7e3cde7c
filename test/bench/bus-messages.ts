/** 218 bytes of JSON, as an entry of a journal has on average. */
const BYTES = 218;
export const MESSAGES = 200_000;
export const ACKS = 1_500;

const fault = { code: 'BMC-001', kind: 'bmc.silent', node: 'n1', because: '' } as const;
const payload = { ask: 1, effect: 'power.ensure', fault } as const;
const LACKS = BYTES - JSON.stringify({ topic: 'effect.failed', payload }).length;

export const LETTER = {
  topic: 'effect.failed',
  payload: { ...payload, fault: { ...fault, because: 'x'.repeat(LACKS) } },
} as const;

/** An entry of that length, as a line of a journal. */
export function entryLine(seq: number): string {
  const entry = { seq, at: seq / 10, entry: 'entered', machine: 'node:n1', state: 'active', hash: '' };
  return JSON.stringify({ ...entry, hash: '0'.repeat(Math.max(1, BYTES - JSON.stringify(entry).length)) });
}

/** Of spans in ms: half of them, and all but one in a hundred, are no longer. */
export function quantilesOf(spans: readonly number[]): { readonly p50_ms: number; readonly p99_ms: number } {
  const sorted = [...spans].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50_ms: at(0.5), p99_ms: at(0.99) };
}
