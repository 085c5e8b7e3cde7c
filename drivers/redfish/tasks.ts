import { FaultError } from '../../core/faults/fault.js';
import { messageOf } from './answers.js';
import { linkAt, parsedObject, textAt, type JsonObject } from './json.js';
import type { HttpAnswer } from './wire.js';

export interface TaskParts {
  readonly bmc: string;
  /** What was asked for, as it stands in a Fault. */
  readonly what: string;
  readonly ask: (path: string) => Promise<HttpAnswer>;
  readonly wait: (span_ms: number) => Promise<void>;
  readonly now: () => number;
  /** Not waited for any longer then. */
  readonly until: number;
}

const FAILED: readonly string[] = ['Exception', 'Killed', 'Cancelled', 'Interrupted'];
const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 5_000;

/**
 * Waits for what a service answered with 202. Where it says nowhere how to ask, it is taken for done: what was wanted
 * is read back anyhow.
 *
 * @throws FaultError RDF-012
 * @see DSP0266, section 12.3
 */
export async function awaitTask(accepted: HttpAnswer, parts: TaskParts): Promise<void> {
  const monitor = monitorOf(accepted);
  if (monitor === null) return;
  for (let wait_ms = FIRST_POLL_MS; ; wait_ms = Math.min(wait_ms * 2, LONGEST_POLL_MS)) {
    if (parts.now() >= parts.until) throw failed(parts, 'it goes on for too long');
    await parts.wait(Math.min(wait_ms, Math.max(0, parts.until - parts.now())));
    const answer = await parts.ask(monitor);
    // The monitor of a task that is over may be gone already.
    if (answer.status === 404 || answer.status === 410) return;
    const body = parsedObject(answer.text);
    if (answer.status >= 400) throw failed(parts, body === null ? `status ${answer.status}` : messageOf(body));
    if (body !== null && isFailed(body)) throw failed(parts, messageOf(body));
    if (answer.status !== 202 && !isRunning(body)) return;
  }
}

/** Some say it in the header, some in the body alone. */
function monitorOf({ headers, text }: HttpAnswer): string | null {
  const { location } = headers;
  if (location !== undefined && URL.canParse(location, 'http://bmc')) return new URL(location, 'http://bmc').pathname;
  const body = parsedObject(text);
  return textAt(body, 'TaskMonitor') ?? linkAt(body);
}

function isFailed(body: JsonObject): boolean {
  return FAILED.includes(textAt(body, 'TaskState') ?? '') || textAt(body, 'TaskStatus') === 'Critical';
}

/** A monitor that is really the task itself answers 200 all the time, and tells by its state. */
function isRunning(body: JsonObject | null): boolean {
  const state = textAt(body, 'TaskState');
  return state !== null && state !== 'Completed';
}

function failed({ bmc, what }: TaskParts, says: string): FaultError {
  return new FaultError({ code: 'RDF-012', kind: 'redfish.taskFailed', bmc, task: what, says });
}
