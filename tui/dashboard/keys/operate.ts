import type { Said } from '../../../core/bus/topics.js';
import { MISHAP_KINDS, type MishapKind } from '../../../core/scenario/scenario.js';
import type { NodeFacts } from '../model/node-facts.js';
import type { Broken } from '../model/model.js';
import type { Prompt } from '../model/ui.js';
import { unreachable } from '../../../core/unreachable.js';

/** What can be asked of a rack that is up. */
export type Request = Extract<Said, { readonly topic: `node.${string}` | `mishap.${string}` | 'clock.pace' }>;

/** Comes back when the rack has written it down. @throws FaultError its refusal, or why it was not reached */
export type Operate = (request: Request) => Promise<void>;

/** Keys that ask something of the rack, of the node or mishap that is chosen. */
export const ACTS = ['power', 'cycle', 'boot', 'maintain', 'verify', 'inject', 'heal'] as const;
export type Act = (typeof ACTS)[number];

/** Asked once more before anything is done; of a real node by its name, as a slip costs more there. */
export interface Confirmation {
  readonly request: Request;
  /** What has to be typed. */
  readonly word: string;
}

/** What a key leads to: a request, or the beginning of a command that says the rest. */
export type Wanted = { readonly request: Request } | { readonly command: string };

/** What of the screen a key acts on. */
export interface Target {
  readonly node: NodeFacts | null;
  readonly broken: Broken | null;
}

/** States in which a node is in nobody's service. */
const OUT: readonly string[] = ['enrolled', 'verifying', 'manageable', 'maintenance'];

/** @returns null where nothing is chosen that it could be done to */
export function wantedBy(act: Act, { node, broken }: Target): Wanted | null {
  if (act === 'inject') return { command: node === null ? 'inject ' : `inject ${node.id} ` };
  if (act === 'heal') return broken === null ? null : healing(broken);
  if (node === null) return null;
  const { id, power } = node;
  switch (act) {
    case 'power':
      return { request: { topic: 'node.power', payload: { node: id, want: power === 'on' ? 'off' : 'on' } } };
    case 'cycle':
      return { request: { topic: 'node.cycle', payload: { node: id } } };
    case 'verify':
      return { request: { topic: 'node.verify', payload: { node: id } } };
    case 'boot':
      return { command: `boot ${id} ` };
    case 'maintain':
      return OUT.includes(node.node?.state ?? '')
        ? { request: { topic: 'node.return', payload: { node: id } } }
        : { command: `maintain ${id} ` };
    default:
      return unreachable(act);
  }
}

function healing({ node, mishap }: Broken): Wanted | null {
  const kind = mishapNamed(mishap);
  return kind === null ? null : { request: { topic: 'mishap.heal', payload: { node, mishap: kind } } };
}

export function mishapNamed(text: string): MishapKind | null {
  return MISHAP_KINDS.find((kind) => kind === text) ?? null;
}

/** Null: nothing is lost by it, so nobody is asked. */
export function promptFor(request: Request, world: string): Prompt | null {
  if (!isDestructive(request)) return null;
  const word = world === 'real' && 'node' in request.payload ? request.payload.node : 'y';
  return { kind: 'confirm', text: '', before: '', confirms: { request, word } };
}

function isDestructive({ topic }: Request): boolean {
  switch (topic) {
    case 'node.power':
    case 'node.cycle':
    case 'node.boot':
    case 'node.maintain':
    case 'mishap.begin':
      return true;
    case 'node.verify':
    case 'node.return':
    case 'mishap.heal':
    case 'clock.pace':
      return false;
  }
}

export function questionOf({ request, word }: Confirmation): string {
  return `${wordsOf(request)}? ${word} and Enter, or Esc:`;
}

/** `power off root1` */
export function wordsOf(request: Request): string {
  switch (request.topic) {
    case 'node.power':
      return `power ${request.payload.want} ${request.payload.node}`;
    case 'node.cycle':
      return `switch ${request.payload.node} off and on`;
    case 'node.boot': {
      const { node, device, lasts } = request.payload;
      return `boot ${node} from ${device}, ${lasts}`;
    }
    case 'node.verify':
      return `verify ${request.payload.node}`;
    case 'node.maintain':
      return `put ${request.payload.node} into maintenance`;
    case 'node.return':
      return `verify ${request.payload.node} and give it back`;
    case 'mishap.begin':
      return `break ${request.payload.node}: ${request.payload.mishap}`;
    case 'mishap.heal':
      return `heal ${request.payload.node}: ${request.payload.mishap}`;
    case 'clock.pace':
      return `let time go by ${request.payload.pace} times as fast`;
  }
}
