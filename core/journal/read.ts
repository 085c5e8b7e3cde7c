import { FaultError } from '../faults/fault.js';
import { Chain, type Digest } from './codec.js';
import { JOURNAL_VERSION, type Entry } from './entry.js';

export interface ReadJournal {
  readonly entries: readonly Entry[];
  /** The chain at its end, to append to. */
  readonly chain: Chain;
  /** Characters of a last line without its newline, which a crash tore: to be cut off. 0 for a whole journal. */
  readonly torn: number;
}

/**
 * Reads a journal's text. A torn last line is left out and told; any other break is refused.
 * @throws FaultError JRN-001 a broken chain, JRN-002 not a journal or of a version that this program does not know
 */
export function readJournal(text: string, file: string, digest: Digest): ReadJournal {
  const end = text.lastIndexOf('\n') + 1;
  const chain = new Chain(digest);
  const entries = text
    .slice(0, end)
    .split('\n')
    .slice(0, -1)
    .map((line) => chain.accept(line, file));
  const [first] = entries;
  if (first === undefined || first.entry !== 'opened' || first.version !== JOURNAL_VERSION) {
    const version = first?.entry === 'opened' ? String(first.version) : 'none';
    throw new FaultError({ code: 'JRN-002', kind: 'journal.unknown', file, version });
  }
  return { entries, chain, torn: text.length - end };
}
