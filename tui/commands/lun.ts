import { says } from '../../core/faults/fault.js';
import { openLun } from '../../drivers/lun-store/open-lun.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import type { IscsiEvent } from '../../drivers/wire/services/iscsi/events.js';
import { listenIscsi } from '../../drivers/wire/services/iscsi/listen-iscsi.js';
import { TargetSet } from '../../drivers/wire/services/iscsi/target.js';
import type { ChapConfig, TargetConfig } from '../../drivers/wire/services/iscsi/target-config.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { BOOT_LUN } from '../compose/wire.js';

const DEFAULT_LISTEN = '127.0.0.1:3260';
const DEFAULT_IQN = 'iqn.2026-11.example.metalrig:lun';

export const lunCommand: Command = {
  name: 'lun',
  usage: 'lun serve FILE',
  says: 'Serves a disk image, or a copy-on-write clone of it, as an iSCSI LUN on an ordinary TCP port until Ctrl-C.',
  takes: [2, 2],
  options: {
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      says: `where to listen; default ${DEFAULT_LISTEN}, port 0 takes any`,
    },
    iqn: { type: 'string', value: 'IQN', says: `name of the target; default ${DEFAULT_IQN}` },
    number: { type: 'string', value: 'N', says: `number of the LUN; default ${BOOT_LUN}` },
    clone: { type: 'string', value: 'PATH', says: 'serve a clone of FILE kept at PATH, made if it is not there' },
    'read-only': { type: 'boolean', says: 'refuse writes' },
    address: { type: 'string', value: 'IP[,IP]', says: 'only initiators at these addresses may log in' },
    initiator: { type: 'string', value: 'IQN[,IQN]', says: 'only initiators of these names may log in' },
    'chap-user': { type: 'string', value: 'USER', says: 'initiators prove by CHAP that they are USER' },
    'chap-secret-env': { type: 'string', value: 'NAME', says: 'environment variable that holds the CHAP secret' },
    'chap-secret-file': { type: 'string', value: 'PATH', says: 'file that holds the CHAP secret' },
  },
  run: async (given, io) => {
    const [verb, file = ''] = given.positionals;
    if (verb !== 'serve') throw usage(lunCommand, `there is no verb ${JSON.stringify(verb)}; there is serve`);
    const { host, port } = placeOf(given.text('listen') ?? DEFAULT_LISTEN);
    const chap = await chapOf(given, io.signal);
    const clone = given.text('clone');
    const store = openLun({ file, isReadOnly: given.flag('read-only'), ...(clone === undefined ? {} : { clone }) });
    try {
      const config: TargetConfig = {
        iqn: given.text('iqn') ?? DEFAULT_IQN,
        luns: [{ number: given.number('number') ?? BOOT_LUN, store, isReadOnly: given.flag('read-only') }],
        initiators: { ...list('addresses', given.text('address')), ...list('names', given.text('initiator')) },
        ...(chap === null ? {} : { chap }),
      };
      const targets = new TargetSet([config], { observe: (event) => tell(event, given, io) });
      const listener = await listenIscsi({ host, port, targets });
      tellPlace({ config, host, port: listener.port }, given, io);
      await ended(io.signal);
      await listener.close();
    } finally {
      store.close();
    }
    return EXIT.interrupted;
  },
};

function placeOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw usage(lunCommand, `--listen takes HOST:PORT, not ${text}`);
  return { host, port: Number(port) };
}

/** The secret itself is never a word of the command line: every user of the host can read those. */
async function chapOf(given: Given, signal: AbortSignal): Promise<ChapConfig | null> {
  const user = given.text('chap-user');
  const variable = given.text('chap-secret-env');
  const file = given.text('chap-secret-file');
  if (user === undefined && variable === undefined && file === undefined) return null;
  if (user === undefined) throw usage(lunCommand, 'a CHAP secret goes with --chap-user');
  if ((variable === undefined) === (file === undefined)) {
    throw usage(lunCommand, '--chap-user goes with --chap-secret-env or --chap-secret-file');
  }
  const read = secretReader({ folder: '.', environment: process.env, clock: systemClock() });
  const reference =
    variable === undefined ? { from: 'file' as const, path: file ?? '' } : { from: 'env' as const, name: variable };
  return { user, secret: await read(reference, signal) };
}

function list(key: 'addresses' | 'names', text: string | undefined): Readonly<Record<string, readonly string[]>> {
  return text === undefined ? {} : { [key]: text.split(',') };
}

interface Place {
  readonly config: TargetConfig;
  readonly host: string;
  readonly port: number;
}

function tellPlace({ config, host, port }: Place, given: Given, io: Io): void {
  const number = config.luns[0]?.number ?? BOOT_LUN;
  const url = `iscsi://${host}:${port}/${config.iqn}/${number}`;
  if (given.flag('json'))
    io.out(`${JSON.stringify({ type: 'listening', host, port, iqn: config.iqn, number, url })}\n`);
  else io.out(`serving ${url}\n`);
}

function tell(event: IscsiEvent, given: Given, io: Io): void {
  if (given.flag('json')) {
    io.out(`${JSON.stringify({ type: event.kind, ...event })}\n`);
    return;
  }
  if (event.kind === 'fault') io.out(`${event.fault.code} ${says(event.fault)}\n`);
  else io.out(`${event.kind.padEnd(8)} ${event.initiator} at ${event.address}\n`);
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
