import type { LogRecord } from '../../core/ports/event-log.js';
import type { Read } from './answers.js';
import type { Call } from './call.js';
import type { RedfishClient } from './client.js';
import { at, linkAt, listAt, textAt } from './json.js';
import type { Places } from './places.js';

export interface LogParts {
  readonly client: RedfishClient;
  readonly places: Places;
}

/** The log of the machine, by what the services of the field call it, the best first. */
const NAMES: readonly RegExp[] = [/^sel$/i, /^iml$/i, /sel$/i, /^(event)?log1?$/i, /./];
/** Pages of a log are followed so far: 200 at 50 entries each, and no service keeps more. */
const MOST_PAGES = 200;

/** @throws FaultError RDF-008 for a BMC without a log */
export async function readLog(parts: LogParts, call: Call): Promise<readonly LogRecord[]> {
  const log = await findLog(parts, call);
  const records: LogRecord[] = [];
  let page = await parts.places.follow(log, 'Entries', call);
  for (let pages = 1; ; pages += 1) {
    for (const member of listAt(page.body, 'Members')) {
      const path = at(member, 'Id') === undefined ? linkAt(member) : null;
      records.push(recordOf(path === null ? member : (await parts.client.get(path, call)).body));
    }
    const next = textAt(page.body, 'Members@odata.nextLink');
    if (next === null || !next.startsWith('/') || pages >= MOST_PAGES) break;
    page = await parts.client.get(next, call);
  }
  return oldestFirst(records);
}

/** @throws FaultError RDF-008 for a BMC without a log, or without the means to clear it */
export async function clearLog(parts: LogParts, call: Call): Promise<void> {
  const log = await findLog(parts, call);
  const target = textAt(log.body, 'Actions', '#LogService.ClearLog', 'target');
  if (target === null) throw parts.places.lacks(`action LogService.ClearLog at ${log.path}`);
  await parts.client.post(target, {}, call);
}

/** At the manager or at the system: services differ. */
async function findLog({ client, places }: LogParts, call: Call): Promise<Read> {
  const system = await places.readSystem(call);
  const manager = await places.readManager(system, call);
  const paths: string[] = [];
  for (const owner of [system, manager]) {
    const services = linkAt(owner.body, 'LogServices');
    if (services === null) continue;
    const { body } = await client.get(services, call);
    paths.push(
      ...listAt(body, 'Members')
        .map((one) => linkAt(one))
        .filter((path) => path !== null),
    );
  }
  const best = NAMES.map((name) => paths.find((path) => name.test(lastOf(path)))).find((path) => path !== undefined);
  if (best === undefined) throw places.lacks('event log');
  return client.get(best, call);
}

function lastOf(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? '';
}

const SEVERITY: Readonly<Record<string, LogRecord['severity']>> = {
  OK: 'ok',
  Warning: 'warning',
  Critical: 'critical',
};

function recordOf(entry: unknown): LogRecord {
  return {
    id: textAt(entry, 'Id') ?? '',
    at: textAt(entry, 'Created') ?? textAt(entry, 'EventTimestamp'),
    about: textAt(entry, 'SensorType') ?? textAt(entry, 'EntryCode') ?? '',
    says: textAt(entry, 'Message') ?? textAt(entry, 'Name') ?? '',
    severity: SEVERITY[textAt(entry, 'Severity') ?? ''] ?? null,
  };
}

/** Some services tell the newest first; their times say so, where all of them have one. */
function oldestFirst(records: readonly LogRecord[]): readonly LogRecord[] {
  const [first, last] = [records[0], records.at(-1)].map((record) => Date.parse(record?.at ?? ''));
  const isReversed = first !== undefined && last !== undefined && first > last;
  return isReversed ? records.toReversed() : records;
}
