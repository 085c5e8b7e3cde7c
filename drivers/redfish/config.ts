import { FaultError } from '../../core/faults/fault.js';

/** How one BMC is spoken to. */
export interface RedfishConfig {
  /** `https://HOST` or `https://HOST:PORT`; no path, no credentials. */
  readonly url: string;
  /** Id of the system, for a BMC that has several; null: the only one. */
  readonly system: string | null;
  readonly user: string;
  /** Asked for at each login, and kept nowhere. */
  readonly password: () => Promise<string>;
  /** `ca`: PEM of what is trusted, be it a CA's certificate or the BMC's own. */
  readonly tls: 'verify' | 'insecure' | { readonly ca: string };
  readonly timing?: Partial<RedfishTiming>;
}

/** All spans in milliseconds. */
export interface RedfishTiming {
  /** From asking to the last byte of the answer; BMCs under load take seconds. */
  readonly request_ms: number;
  /** A call in all, with its retries and what it had to wait for others; changes that are waited for have more. */
  readonly call_ms: number;
  /** How long a power state may take to show, after each of two tries. */
  readonly settle_ms: number;
  /** How long a boot override or a medium may take to read back. */
  readonly confirm_ms: number;
  /** How long a task may take. */
  readonly task_ms: number;
  /** How long a machine stays off within a power cycle, so that its supplies are really empty. */
  readonly dwell_ms: number;
  /** Between two looks at the same thing, to begin with; it doubles up to 2 s. */
  readonly poll_ms: number;
  /** Before the first repetition of a request that failed; it doubles. */
  readonly retry_ms: number;
}

const TIMING: RedfishTiming = {
  request_ms: 15_000,
  call_ms: 60_000,
  settle_ms: 45_000,
  confirm_ms: 10_000,
  task_ms: 300_000,
  dwell_ms: 3_000,
  // With the login before it that makes at most seven requests in the first second: some fall silent at eight.
  poll_ms: 250,
  retry_ms: 300,
};

export function timingOf({ timing }: RedfishConfig): RedfishTiming {
  return { ...TIMING, ...timing };
}

/**
 * The URL's origin.
 * @throws FaultError RDF-021
 */
export function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isFit =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    /^\/(redfish(\/v1)?\/?)?$/.test(url.pathname);
  if (isFit) return new URL(url.origin);
  throw new FaultError({ code: 'RDF-021', kind: 'redfish.badUrl', url: withoutCredentials(text) });
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}
