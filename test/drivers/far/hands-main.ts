import { appendFileSync } from 'node:fs';
import type { Inbox } from '../../../core/bus/bus.js';
import type { Perform } from '../../../core/effects/perform.js';
import { HandsHost } from '../../../core/far/hands-host.js';
import { foldHandsLog, type HandsLog } from '../../../core/far/hands-log.js';
import { LineLog } from '../../../drivers/journal-file/line-log.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { joinBus } from '../../../drivers/zmq-bus/join.js';
import { numberOf } from '../../core/far/worker.js';
import { HANDS, type Point } from './rig.js';

/** Hands that die when they come to `point` for the `times`th time, and so never where nobody says so. */
async function main(words: readonly string[]): Promise<void> {
  const [folder = '', journal = '', file = '', done = '', point = '', times = '0'] = words;
  let left = Number(times);
  const reach = (here: Point): void => {
    if (here !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const { log, lines } = LineLog.open(file);
  const kept = foldHandsLog(lines, journal);
  if (typeof kept === 'number') throw new Error(`line ${kept} of ${file} is none`);
  const clock = systemClock();
  const host = new HandsHost({
    clock,
    name: HANDS,
    life: `hands-${process.pid}`,
    journal,
    log: watched(log, reach),
    kept,
    perform: toFile(done, clock, reach),
    serves: () => true,
    onOver: ({ code }) => {
      throw new Error(code);
    },
  });
  const bus = await joinBus({
    address: parseAddress(`ipc://${folder}`),
    clock,
    component: HANDS,
    role: 'operate',
    inbox: acknowledging(host, reach),
  });
  host.begin(bus);
  process.stdout.write('ready\n');
}

/** What is real about these effects: a line in a file, `n1 3 begun`, and `n1 3 done`. */
function toFile(file: string, clock: ReturnType<typeof systemClock>, reach: (here: Point) => void): Perform {
  return (_effect, input, answer) => {
    const name = 'node' in input ? `${input.node} ${numberOf(input)}` : 'none';
    appendFileSync(file, `${name} begun\n`);
    reach('begun');
    const timer = clock.setTimer(1, () => {
      appendFileSync(file, `${name} done\n`);
      reach('performed');
      answer({ ok: true, output: { power: 'on', at: 0 } } as never);
    });
    return () => timer.cancel();
  };
}

function watched(log: LineLog, reach: (here: Point) => void): HandsLog {
  return {
    append(line) {
      const fault = log.append(line);
      if (line.line === 'asked') reach('written');
      if (line.line === 'outcome') reach('noted');
      if (line.line === 'told') reach('told');
      return fault;
    },
    sync: () => log.sync(),
    replace: (lines) => log.replace(lines),
  };
}

function acknowledging(host: HandsHost, reach: (here: Point) => void): Inbox {
  return {
    receipts: () => host.receipts(),
    take: (arrivals) => host.take(arrivals),
    async settled() {
      const isSettled = await host.settled();
      // Once what is acknowledged now is on its way, or on the way to it.
      void Promise.resolve().then(() => reach('acknowledged'));
      return isSettled;
    },
  };
}

await main(process.argv.slice(2));
