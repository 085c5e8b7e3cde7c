import type { LogRecord } from '../../../core/ports/event-log.js';
import { collection, link, NO_CONTENT, ROOT, type Branch, type JsonObject, type Resource } from '../exchange.js';
import { MOST_RECORDS } from '../event-log.js';
import type { Parts } from '../parts.js';
import { parameters } from '../given.js';
import { MANAGER } from './bmc.js';

const SERVICES = `${MANAGER}/LogServices`;
const SEL = `${SERVICES}/SEL`;
const ENTRIES = `${SEL}/Entries`;
const CLEAR = 'LogService.ClearLog';

export function logResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const services = collection({ path: SERVICES, schema: 'LogService', name: 'Logs', members: ['SEL'] });
  return [
    [`${ROOT}${SERVICES}`, { get: () => services }],
    [`${ROOT}${SEL}`, { get: service }],
    [`${ROOT}${ENTRIES}`, { get: () => entries(parts) }],
    [
      `${ROOT}${SEL}/Actions/${CLEAR}`,
      {
        post: async (given) => {
          const known = parameters(CLEAR, given, ['LogEntriesETag']);
          if (!known.ok) return known.refused;
          parts.log.clear();
          return NO_CONTENT;
        },
      },
    ],
  ];
}

export function logBranch({ log }: Parts): Branch {
  const path = new RegExp(`^${ROOT}${ENTRIES}/(\\d{1,9})$`);
  return (asked) => {
    const id = path.exec(asked)?.[1];
    const record = id === undefined ? undefined : log.records().find((one) => one.id === id);
    return record === undefined ? null : { get: () => entry(record) };
  };
}

function service(): JsonObject {
  return {
    ...link(SEL),
    '@odata.type': '#LogService.v1_5_0.LogService',
    Id: 'SEL',
    Name: 'System event log',
    LogEntryType: 'Event',
    MaxNumberOfRecords: MOST_RECORDS,
    OverWritePolicy: 'WrapsWhenFull',
    ServiceEnabled: true,
    Status: { State: 'Enabled', Health: 'OK' },
    Entries: link(ENTRIES),
    Actions: { '#LogService.ClearLog': { target: `${ROOT}${SEL}/Actions/${CLEAR}` } },
  };
}

/** Entries come whole within their collection, as a client would otherwise have to ask for each. */
function entries({ log }: Parts): JsonObject {
  const members = log.records().map(entry);
  return {
    ...collection({ path: ENTRIES, schema: 'LogEntry', name: 'Log entries', members: [] }),
    'Members@odata.count': members.length,
    Members: members,
  };
}

const SEVERITY = { ok: 'OK', warning: 'Warning', critical: 'Critical' } as const;

function entry({ id, at, about, says, severity }: LogRecord): JsonObject {
  return {
    ...link(`${ENTRIES}/${id}`),
    '@odata.type': '#LogEntry.v1_15_0.LogEntry',
    Id: id,
    Name: `Log entry ${id}`,
    EntryType: 'Event',
    ...(at === null ? {} : { Created: at }),
    Message: says,
    EntryCode: about,
    Severity: severity === null ? null : SEVERITY[severity],
  };
}
