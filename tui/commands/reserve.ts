import { usage, type Command } from '../cli/command.js';
import { add, cancel, extend } from '../reserve/ask.js';
import { openDesk, type Desk } from '../reserve/desk.js';
import { list, plan, show } from '../reserve/look.js';

type Verb = (desk: Desk) => number | Promise<number>;

/** The calendar library is loaded by those two that need it. */
const VERBS: Readonly<Record<string, Verb>> = {
  add,
  list,
  show,
  cancel,
  extend,
  plan,
  import: async (desk) => (await import('../reserve/import.js')).importFile(desk),
  export: async (desk) => (await import('../reserve/export.js')).exportFile(desk),
};

export const reserveCommand: Command = {
  name: 'reserve',
  usage: 'reserve VERB [ID|FILE]',
  says:
    'Reserves nodes for a project: add, list, show ID, cancel ID (one under way ends early), extend ID, plan (which ' +
    'image has which slot of which node), import FILE and export [ID] (iCalendar). What is taken is refused with who ' +
    'holds it and when it is free.',
  takes: [1, 2],
  options: {
    schedule: { type: 'string', value: 'DIR', says: 'directory that holds the schedule; default schedule' },
    site: { type: 'string', value: 'FILE', says: 'site file that names the nodes; for add, plan and import' },
    project: { type: 'string', value: 'NAME', says: 'who it is for; for list: only of this project' },
    nodes: { type: 'string', value: 'A,B', says: 'which nodes; for list: only those with one of them' },
    image: { type: 'string', value: 'NAME', says: 'image that the nodes are to run' },
    from: { type: 'string', value: 'TIME', says: 'now, or ISO 8601: 2026-12-01T10:00, or with an offset or Z' },
    to: { type: 'string', value: 'TIME', says: 'when it ends; for extend: the new end' },
    for: { type: 'string', value: 'SPAN', says: 'how long, such as 90m, 2h, 3d; for extend: how much longer' },
    zone: { type: 'string', value: 'ZONE', says: "zone of times without an offset; default this host's" },
    at: { type: 'string', value: 'TIME', says: 'for list, show, plan: as it will be then' },
    window: { type: 'string', value: 'SPAN', says: 'for import: how far ahead repeated events go; default 52w' },
    out: { type: 'string', value: 'FILE', says: 'for export: write there, not to the terminal' },
    all: { type: 'boolean', says: 'for list: also what is over or cancelled' },
  },
  run: (given, io) => {
    const [name = ''] = given.positionals;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      throw usage(
        reserveCommand,
        `there is no verb ${JSON.stringify(name)}; there are ${Object.keys(VERBS).join(', ')}`,
      );
    }
    return verb(openDesk(given, io));
  },
};
