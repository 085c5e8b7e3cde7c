import type { TextPairs } from './text.js';

/** What a session runs by. The defaults are those of RFC 7143, section 13. */
export interface SessionParameters {
  headerDigest: boolean;
  dataDigest: boolean;
  /** The initiator's MaxRecvDataSegmentLength. */
  maxSend_bytes: number;
  maxBurst_bytes: number;
  firstBurst_bytes: number;
  initialR2T: boolean;
  immediateData: boolean;
}

/** Our MaxRecvDataSegmentLength, and the most that we take or send in one burst. */
export const MOST_RECEIVED_BYTES = 262144;
const MOST_BURST_BYTES = 1048576;
const MOST_FIRST_BURST_BYTES = 262144;

export function defaultParameters(): SessionParameters {
  return {
    headerDigest: false,
    dataDigest: false,
    maxSend_bytes: 8192,
    maxBurst_bytes: 262144,
    firstBurst_bytes: 65536,
    initialR2T: true,
    immediateData: true,
  };
}

type Answering = (value: string, parameters: SessionParameters) => string | null;

/** Keys that mean nothing to a discovery session (RFC 7143, section 13: "Irrelevant when: SessionType=Discovery"). */
const NORMAL_ONLY = new Set([
  'MaxConnections',
  'InitialR2T',
  'ImmediateData',
  'MaxBurstLength',
  'FirstBurstLength',
  'MaxOutstandingR2T',
  'DataPDUInOrder',
  'DataSequenceInOrder',
]);

/** Keys that only declare something, or are answered by the login itself. */
const DECLARED = new Set([
  'InitiatorName',
  'InitiatorAlias',
  'SessionType',
  'TargetName',
  'TargetAlias',
  'TargetAddress',
]);

/** What each key is answered with; null where a declaration gets no answer (RFC 7143, section 6.2 and 13). */
const KEYS: ReadonlyMap<string, Answering> = new Map<string, Answering>([
  ['HeaderDigest', digest((parameters, on) => void (parameters.headerDigest = on))],
  ['DataDigest', digest((parameters, on) => void (parameters.dataDigest = on))],
  ['MaxRecvDataSegmentLength', declareMaxReceive],
  ['MaxBurstLength', least([512, 16777215, MOST_BURST_BYTES], (to, value) => void (to.maxBurst_bytes = value))],
  [
    'FirstBurstLength',
    least([512, 16777215, MOST_FIRST_BURST_BYTES], (to, value) => void (to.firstBurst_bytes = value)),
  ],
  ['InitialR2T', either(false, (parameters, on) => void (parameters.initialR2T = on))],
  ['ImmediateData', both(true, (parameters, on) => void (parameters.immediateData = on))],
  ['MaxOutstandingR2T', least([1, 65535, 1])],
  ['MaxConnections', least([1, 65535, 1])],
  ['ErrorRecoveryLevel', least([0, 2, 0])],
  ['DefaultTime2Retain', least([0, 3600, 0])],
  ['DefaultTime2Wait', most([0, 3600, 2])],
  ['DataPDUInOrder', either(true)],
  ['DataSequenceInOrder', either(true)],
  ['IFMarker', both(false)],
  ['OFMarker', both(false)],
  ['iSCSIProtocolLevel', least([0, 31, 1])],
]);

export function isLoginKey(key: string): boolean {
  return KEYS.has(key) || DECLARED.has(key);
}

/** Answers the operational keys among `pairs`, changing `parameters` by what is agreed. */
export function negotiate(
  pairs: TextPairs,
  parameters: SessionParameters,
  isDiscovery: boolean,
): readonly (readonly [string, string])[] {
  const answers: (readonly [string, string])[] = [];
  for (const [key, value] of pairs) {
    if (DECLARED.has(key)) continue;
    const answering = KEYS.get(key);
    const answer =
      answering === undefined
        ? 'NotUnderstood'
        : isDiscovery && NORMAL_ONLY.has(key)
          ? 'Irrelevant'
          : answering(value, parameters);
    if (answer !== null) answers.push([key, answer]);
  }
  // FirstBurstLength must not exceed MaxBurstLength (RFC 7143, section 13.14), in whatever order they came.
  parameters.firstBurst_bytes = Math.min(parameters.firstBurst_bytes, parameters.maxBurst_bytes);
  return answers;
}

type Setting<T> = (parameters: SessionParameters, agreed: T) => void;
/** Lowest and highest value allowed, then our own. */
type Bounds = readonly [lowest: number, highest: number, ours: number];

/** @returns null when `text` is no number within bounds (RFC 7143, section 6.1: decimal or 0x hexadecimal) */
function numberOf(text: string, lowest: number, highest: number): number | null {
  if (!/^(\d{1,10}|0[xX][0-9a-fA-F]{1,8})$/.test(text)) return null;
  const value = Number(text);
  return value >= lowest && value <= highest ? value : null;
}

function least([lowest, highest, ours]: Bounds, set?: Setting<number>): Answering {
  return (text, parameters) => {
    const theirs = numberOf(text, lowest, highest);
    if (theirs === null) return 'Reject';
    const agreed = Math.min(theirs, ours);
    set?.(parameters, agreed);
    return String(agreed);
  };
}

function most([lowest, highest, ours]: Bounds): Answering {
  return (text) => {
    const theirs = numberOf(text, lowest, highest);
    return theirs === null ? 'Reject' : String(Math.max(theirs, ours));
  };
}

export function declareMaxReceive(text: string, parameters: SessionParameters): string | null {
  const theirs = numberOf(text, 512, 16777215);
  if (theirs === null) return 'Reject';
  parameters.maxSend_bytes = theirs;
  return null;
}

/** A boolean whose result is Yes when either side says Yes. */
function either(ours: boolean, set?: Setting<boolean>): Answering {
  return boolean((theirs) => theirs || ours, set);
}

/** A boolean whose result is Yes when both sides say Yes. */
function both(ours: boolean, set?: Setting<boolean>): Answering {
  return boolean((theirs) => theirs && ours, set);
}

function boolean(agree: (theirs: boolean) => boolean, set?: Setting<boolean>): Answering {
  return (text, parameters) => {
    if (text !== 'Yes' && text !== 'No') return 'Reject';
    const agreed = agree(text === 'Yes');
    set?.(parameters, agreed);
    return agreed ? 'Yes' : 'No';
  };
}

/** The initiator lists what it can do in its order of preference; the first that we can do as well is taken. */
function digest(set: Setting<boolean>): Answering {
  return (text, parameters) => {
    const chosen = text.split(',').find((name) => name === 'CRC32C' || name === 'None');
    if (chosen === undefined) return 'Reject';
    set(parameters, chosen === 'CRC32C');
    return chosen;
  };
}
