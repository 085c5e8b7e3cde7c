import { Chap } from './chap.js';
import { defaultParameters, MOST_RECEIVED_BYTES, negotiate } from './negotiation.js';
import type { SessionParameters } from './negotiation.js';
import type { Pdu } from './pdu.js';
import { allows } from './target-config.js';
import type { TargetConfig } from './target-config.js';
import { MOST_TEXT_BYTES, parseText } from './text.js';
import type { TextPairs } from './text.js';

/** Status class and detail of a Login Response as one number (RFC 7143, section 11.13.5). */
export const LOGIN_STATUS = {
  success: 0x0000,
  initiatorError: 0x0200,
  authenticationFailure: 0x0201,
  notAllowed: 0x0202,
  notFound: 0x0203,
  unsupportedVersion: 0x0205,
  tooManyConnections: 0x0206,
  missingParameter: 0x0207,
  noSuchSession: 0x020a,
  outOfResources: 0x0302,
} as const;
export type LoginStatus = (typeof LOGIN_STATUS)[keyof typeof LOGIN_STATUS];

type Stage = 0 | 1;
const SECURITY: Stage = 0;
const OPERATIONAL: Stage = 1;
const FULL_FEATURE = 3;
const TRANSIT = 0x80;
const CONTINUE = 0x40;
/** A login takes two or three exchanges; one that does not come to an end is ended. */
const MOST_EXCHANGES = 32;
const PORTAL_GROUP = '1';
/** RFC 7143, section 4.2.7.1: up to 223 bytes, and nothing that would break a line of a log. */
const NAME = /^[^\s\p{C}]{1,223}$/u;

export type LoginReply =
  | { readonly kind: 'refused'; readonly status: LoginStatus }
  | { readonly kind: 'goes on'; readonly flags: number; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'done'; readonly flags: number; readonly pairs: readonly (readonly [string, string])[] };

export interface LoginSurroundings {
  readonly address: string;
  readonly randomBytes: (length: number) => Buffer;
  findTarget(iqn: string): TargetConfig | null;
}

/** The login phase of one connection (RFC 7143, section 6.3): one Login Request in, one reply out. */
export class Login {
  readonly parameters: SessionParameters = defaultParameters();
  initiatorName = '';
  targetName = '';
  isDiscovery = false;
  readonly #around: LoginSurroundings;
  #target: TargetConfig | null = null;
  #stage: Stage | null = null;
  #chap: Chap | null = null;
  #isProved = false;
  #exchanges = 0;
  #text: Buffer[] = [];
  #text_bytes = 0;

  constructor(around: LoginSurroundings) {
    this.#around = around;
  }

  request({ header, data }: Pdu): LoginReply {
    const flags = header[1] ?? 0;
    const stage = (flags >> 2) & 3;
    this.#exchanges++;
    this.#text_bytes += data.length;
    if ((header[3] ?? 0) > 0) return refused(LOGIN_STATUS.unsupportedVersion);
    if (this.#exchanges > MOST_EXCHANGES || this.#text_bytes > MOST_TEXT_BYTES)
      return refused(LOGIN_STATUS.initiatorError);
    if (stage !== SECURITY && stage !== OPERATIONAL) return refused(LOGIN_STATUS.initiatorError);
    this.#text.push(Buffer.from(data));
    if ((flags & CONTINUE) !== 0) {
      if ((flags & TRANSIT) !== 0) return refused(LOGIN_STATUS.initiatorError);
      return { kind: 'goes on', flags: stage << 2, pairs: [] };
    }
    const pairs = parseText(Buffer.concat(this.#text));
    this.#text = [];
    return pairs === null ? refused(LOGIN_STATUS.initiatorError) : this.#negotiated(stage, flags, pairs);
  }

  #negotiated(stage: Stage, flags: number, pairs: TextPairs): LoginReply {
    const answers: (readonly [string, string])[] = [];
    if (this.#stage === null) {
      const status = this.#identify(pairs);
      if (status !== LOGIN_STATUS.success) return refused(status);
      if (!this.isDiscovery) answers.push(['TargetPortalGroupTag', PORTAL_GROUP]);
    } else if (stage < this.#stage) return refused(LOGIN_STATUS.initiatorError);
    this.#stage = stage;
    if (stage === SECURITY) {
      const status = this.#authenticate(pairs, answers);
      if (status !== LOGIN_STATUS.success) return refused(status);
    } else {
      if (!this.#isAuthenticated()) return refused(LOGIN_STATUS.authenticationFailure);
      answers.push(...negotiate(withoutSecurity(pairs), this.parameters, this.isDiscovery));
      if (pairs.has('MaxRecvDataSegmentLength') || (flags & TRANSIT) !== 0) this.#declare(answers);
    }
    return this.#transit(stage, flags, answers);
  }

  #transit(stage: Stage, flags: number, pairs: readonly (readonly [string, string])[]): LoginReply {
    const next = flags & 3;
    const isReady = (flags & TRANSIT) !== 0 && (stage === OPERATIONAL || this.#isAuthenticated());
    if (!isReady) return { kind: 'goes on', flags: stage << 2, pairs };
    if (next <= stage || next === 2) return refused(LOGIN_STATUS.initiatorError);
    const replyFlags = TRANSIT | (stage << 2) | next;
    if (next === FULL_FEATURE) return { kind: 'done', flags: replyFlags, pairs };
    this.#stage = OPERATIONAL;
    return { kind: 'goes on', flags: replyFlags, pairs };
  }

  #declared = false;

  #declare(answers: (readonly [string, string])[]): void {
    if (this.#declared) return;
    this.#declared = true;
    answers.push(['MaxRecvDataSegmentLength', String(MOST_RECEIVED_BYTES)]);
  }

  /** The leading request names who wants what (RFC 7143, section 6.3). */
  #identify(pairs: TextPairs): LoginStatus {
    const name = pairs.get('InitiatorName');
    const type = pairs.get('SessionType') ?? 'Normal';
    const target = pairs.get('TargetName');
    if (name === undefined) return LOGIN_STATUS.missingParameter;
    if (!NAME.test(name)) return LOGIN_STATUS.initiatorError;
    if (type !== 'Normal' && type !== 'Discovery') return LOGIN_STATUS.initiatorError;
    this.initiatorName = name;
    this.isDiscovery = type === 'Discovery';
    if (this.isDiscovery) return LOGIN_STATUS.success;
    if (target === undefined) return LOGIN_STATUS.missingParameter;
    this.targetName = target;
    this.#target = this.#around.findTarget(target);
    if (this.#target === null) return LOGIN_STATUS.notFound;
    return allows(this.#target.initiators, this.#around.address, name) ? LOGIN_STATUS.success : LOGIN_STATUS.notAllowed;
  }

  #isAuthenticated(): boolean {
    return this.#isProved || this.#target?.chap === undefined;
  }

  #authenticate(pairs: TextPairs, answers: (readonly [string, string])[]): LoginStatus {
    const chap = this.#target?.chap;
    const offered = pairs.get('AuthMethod')?.split(',');
    if (this.#chap !== null && !this.#isProved) {
      const step = this.#chap.step(pairs);
      if (step.kind === 'refused') return LOGIN_STATUS.authenticationFailure;
      this.#isProved = step.kind === 'proved';
      answers.push(...step.pairs);
      return LOGIN_STATUS.success;
    }
    if (offered === undefined) return LOGIN_STATUS.success;
    const wanted = chap === undefined ? 'None' : 'CHAP';
    if (!offered.includes(wanted)) return LOGIN_STATUS.authenticationFailure;
    if (chap !== undefined) this.#chap = new Chap(chap, this.#around.randomBytes);
    answers.push(['AuthMethod', wanted]);
    return LOGIN_STATUS.success;
  }
}

function refused(status: LoginStatus): LoginReply {
  return { kind: 'refused', status };
}

/** Some initiators repeat these in the operational stage, where they are not up for negotiation any more. */
function withoutSecurity(pairs: TextPairs): TextPairs {
  return new Map([...pairs].filter(([key]) => key !== 'AuthMethod' && !key.startsWith('CHAP_')));
}
