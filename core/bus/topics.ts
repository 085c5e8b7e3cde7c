import * as z from 'zod';
import { farAsk, farCancel, farDone, farFailed } from '../far/far-effects.js';
import { BOOT_DEVICES } from '../ports/boot-device.js';
import { MISHAP_KINDS } from '../scenario/scenario.js';
import { LONGEST_DURATION_MS } from '../site/duration.js';
import { handsName, nodeName } from '../site/formats.js';
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

const hands = handsName.describe('as the site file has it, and as `hello` calls the component');
const life = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'up to 64 letters, digits, hyphens')
  .describe('names this life of the hands, and no other: a UUID does');
const mishap = z.strictObject({ node: nodeName, mishap: z.enum(MISHAP_KINDS) });
const one = z.strictObject({ node: nodeName });

const request = <P extends z.ZodType>(says: string, payload: P, needs: Role = 'operate') => {
  return { way: 'to engine', needs, says, payload } as const;
};

const toHands = <P extends z.ZodType>(says: string, payload: P) => {
  return { way: 'to hands', needs: 'operate', says, payload } as const;
};

const fromHands = <P extends z.ZodType>(says: string, payload: P) => {
  return { way: 'from hands', needs: 'operate', says, payload } as const;
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
  'hands.ready': fromHands('Hands have come to life, and may be told what is wanted.', z.strictObject({ hands, life })),
  'hands.begin': toHands(
    'The first letter of the stream that the engine has for a life of hands: what of earlier asks still stands.',
    z.strictObject({
      life,
      epoch: z.int().min(0).describe('counts the lives of the engine: a stream of a lower one is void'),
      at: z.number().min(0).describe("the engine's clock, ms"),
      asks: z.array(z.int().min(1)).describe('all that is wanted now; whatever else was asked is cancelled'),
    }),
  ),
  'effect.perform': toHands('An effect to be brought about: a level, so once it is so, nothing is to be done.', farAsk),
  'effect.cancel': toHands('Nobody waits for that effect any more.', farCancel),
  'effect.done': fromHands('It is as the effect wanted it.', farDone),
  'effect.failed': fromHands('It could not be brought about.', farFailed),
} as const satisfies Readonly<Record<string, TopicRow>>;

export type Topic = keyof typeof TOPICS;
export type Payload<T extends Topic> = z.infer<(typeof TOPICS)[T]['payload']>;

/** A message whose payload was parsed. */
export type Said = { readonly [T in Topic]: { readonly topic: T; readonly payload: Payload<T> } }[Topic];

export function rowOf(topic: string): TopicRow | null {
  return Object.hasOwn(TOPICS, topic) ? TOPICS[topic as Topic] : null;
}
