import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsoleListener, ConsoleSeat } from '../../core/ports/console.js';
import { mayComeBack, type IpmiConsole } from '../../drivers/ipmi/sol.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import type { BmcPlace } from '../compose/ipmi.js';
import { KEY_HELP, KEYS_AT_START, pressed, type KeyAct } from '../console/keys.js';
import { openKeyboard } from '../console/keyboard.js';
import { openRecording, type Recording } from '../console/recording.js';
import { screenOf, type Screen } from '../console/screen.js';
import { nodeOf, openSite, SITE_OPTION } from '../hands/open.js';

export const consoleCommand: Command = {
  name: 'console',
  usage: 'console NODE',
  says:
    'Attaches to the serial console of a node through its BMC (serial over LAN), until ~. at the start of a line. ' +
    'Keys that could stop a boot are held until a prompt asks for some.',
  takes: [1, 1],
  options: {
    site: SITE_OPTION,
    at: {
      type: 'string',
      value: 'HOST:PORT',
      says: 'where the BMC is, instead of where the site or a rack that is up has it',
    },
    watch: { type: 'boolean', says: 'only watch; nothing is typed' },
    record: { type: 'string', value: 'FILE', says: 'keep what it says with times, as asciinema plays it' },
  },
  run: async (given, io) => {
    const { node, line, clock } = openLine(given, io);
    const path = given.text('record');
    const startedAt = clock.now();
    const startedAt_s = wallNow().at / 1000;
    const recording = path === undefined ? null : openRecording({ path, node, startedAt, startedAt_s });
    try {
      return await sit({ given, io, node, line, recording });
    } finally {
      await line[Symbol.asyncDispose]();
      await recording?.close();
    }
  },
};

interface Seating {
  readonly given: Given;
  readonly io: Io;
  readonly node: NodeId;
  readonly line: IpmiConsole;
  readonly recording: Recording | null;
}

/** Sits at the console until somebody leaves, or is interrupted. */
async function sit({ given, io, node, line, recording }: Seating): Promise<number> {
  let failed: (fault: Fault) => void = () => {};
  const failing = new Promise<Fault>((resolve) => void (failed = resolve));
  const screen = screenOf(node, given.flag('json'), io);
  const listener: ConsoleListener = {
    name: `metalrig console, process ${process.pid}`,
    writes: !given.flag('watch'),
    heard(piece) {
      recording?.take(piece);
      screen.heard(piece);
    },
    line(fault) {
      if (fault !== null && !mayComeBack(fault)) failed(fault);
      else screen.line(fault);
    },
  };
  const seat = line.attach(listener);
  let left: () => void = () => {};
  const leaving = new Promise<'left'>((resolve) => void (left = () => resolve('left')));
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (io.signal.aborted) resolve('interrupted');
    io.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const typist = typistOf(seat, screen, left);
  const keyboard = openKeyboard(typist);
  const how = await Promise.race([leaving, interrupted, failing]);
  keyboard.close();
  seat.leave();
  if (typeof how === 'object') throw new FaultError(how);
  screen.report(how);
  return how === 'left' ? EXIT.ok : EXIT.interrupted;
}

/** Keys in, one act after the other; a held key is told and forgotten. */
function typistOf(seat: ConsoleSeat, screen: Screen, left: () => void): (text: string) => void {
  let keys = KEYS_AT_START;
  let isForced = false;
  let last: Promise<void> = Promise.resolve();
  const done = async (act: KeyAct): Promise<void> => {
    switch (act.kind) {
      case 'leave':
        return left();
      case 'force':
        isForced = true;
        return screen.say('everything is sent from here on');
      case 'help':
        return KEY_HELP.forEach((row) => screen.say(row));
      case 'type':
        return seat.type(act.text, { isForced });
    }
  };
  return (text) => {
    const now = pressed(keys, text);
    keys = now.keys;
    for (const act of now.acts) {
      last = last
        .then(() => done(act))
        .catch((thrown: unknown) => {
          const fault = faultOf(thrown);
          if (fault === null) throw thrown;
          screen.fault(fault);
        });
    }
  };
}

interface OpenedLine {
  readonly node: NodeId;
  readonly line: IpmiConsole;
  readonly clock: Clock;
}

function openLine(given: Given, io: Io): OpenedLine {
  const [name = ''] = given.positionals;
  const { site, hands, clock } = openSite(consoleCommand, given, io);
  const node = nodeOf(consoleCommand, site, name);
  const none = (why: string): FaultError => new FaultError({ code: 'CON-005', kind: 'console.none', node: name, why });
  if (node.bmc === null) throw none('the site file gives it no BMC');
  const at = given.text('at');
  const bmc = hands.ipmi(node, at === undefined ? null : placeOf(at));
  if (bmc === null) throw none(`its BMC speaks ${node.bmc.protocol}`);
  return { node: node.id, line: bmc.console, clock };
}

function placeOf(text: string): BmcPlace {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw usage(consoleCommand, `--at takes HOST:PORT, not ${JSON.stringify(text)}`);
  return { address, port: Number(port) };
}
