import * as z from 'zod';
import { BOOT_DEVICES } from '../ports/boot-device.js';
import { MISHAP_KINDS } from '../scenario/scenario.js';
import { LONGEST_DURATION_MS } from '../site/duration.js';
import { nodeName } from '../site/formats.js';
import type { Role } from './role.js';

/** One kind of message that is never lost and never done twice. */
export interface TopicRow {
  /** Who sends it to whom. */
  readonly way: 'to engine' | 'to hands' | 'from hands';
  /** What a sender's key must be good for. */
  readonly needs: Role;
  readonly says: string;
  readonly payload: z.ZodType;
}

const ask = z.int().min(1).describe("the effect's number in the journal");
const effect = z.string().min(1).max(64).describe('one of docs/generated/effects.md');
const at = z.number().min(0).describe("ms since the run's start");
const facts = z.record(z.string(), z.unknown());
const mishap = z.strictObject({ node: nodeName, mishap: z.enum(MISHAP_KINDS) });
const one = z.strictObject({ node: nodeName });

const request = <P extends z.ZodType>(says: string, payload: P, needs: Role = 'operate') => {
  return { way: 'to engine', needs, says, payload } as const;
};

/** Topic -> who may send it, and what it carries. Another release may know more; an unknown one is answered. */
export const TOPICS = {
  'node.power': request(
    'The node is to be on, or off.',
    z.strictObject({ node: nodeName, want: z.enum(['on', 'off']) }),
  ),
  'node.cycle': request('The node is switched off, if it is on, and then on.', one),
  'node.boot': request(
    'The node boots from that device, this once or from now on; one that is on is switched off first.',
    z.strictObject({ node: nodeName, device: z.enum(BOOT_DEVICES), lasts: z.enum(['once', 'always']).default('once') }),
  ),
  'node.verify': request("The node's BMC has to answer, to let us in, and to take a boot device.", one),
  'node.maintain': request(
    'The node is given to nobody any more.',
    z.strictObject({ node: nodeName, reason: z.string().min(1).max(200).describe('why, for people') }),
  ),
  'node.return': request('The node is verified, and given to people again.', one),
  'mishap.begin': request(
    'Something is broken on purpose, until it is healed.',
    mishap.extend({
      healsAfter_ms: z.number().min(1).max(LONGEST_DURATION_MS).optional().describe('heals by itself after so long'),
    }),
  ),
  'mishap.heal': request('What was broken on purpose is whole again.', mishap),
  'clock.pace': request(
    'How fast the time of a simulated rack goes by; 0 holds it.',
    z.strictObject({ pace: z.number().min(0).max(100_000) }),
  ),
  'rack.down': request('The rack is put away, and its process ends.', z.strictObject({}), 'admin'),
  'effect.perform': {
    way: 'to hands',
    needs: 'operate',
    says: 'An effect to be brought about: a level, so once it is so, nothing is to be done.',
    payload: z.strictObject({ ask, effect, input: facts, deadlineAt: at.nullable() }),
  },
  'effect.cancel': {
    way: 'to hands',
    needs: 'operate',
    says: 'Nobody waits for that effect any more.',
    payload: z.strictObject({ ask }),
  },
  'effect.done': {
    way: 'from hands',
    needs: 'operate',
    says: 'It is as the effect wanted it.',
    payload: z.strictObject({ ask, effect, output: facts }),
  },
  'effect.failed': {
    way: 'from hands',
    needs: 'operate',
    says: 'It could not be brought about; the fault is one of docs/generated/faults.md.',
    payload: z.strictObject({ ask, effect, at, fault: z.looseObject({ code: z.string(), kind: z.string() }) }),
  },
} as const satisfies Readonly<Record<string, TopicRow>>;

export type Topic = keyof typeof TOPICS;
export type Payload<T extends Topic> = z.infer<(typeof TOPICS)[T]['payload']>;

/** A message whose payload was parsed. */
export type Said = { readonly [T in Topic]: { readonly topic: T; readonly payload: Payload<T> } }[Topic];

export function rowOf(topic: string): TopicRow | null {
  return Object.hasOwn(TOPICS, topic) ? TOPICS[topic as Topic] : null;
}
