import { createInterface } from 'node:readline';
import { Dealer, Subscriber } from 'zeromq';
import { joinBus } from '../../drivers/zmq-bus/join.js';
import { parseAddress } from '../../drivers/zmq-bus/address.js';
import { componentKeysIn } from '../../drivers/zmq-bus/keychain.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { ACKS, LETTER, MESSAGES, quantilesOf } from './bus-messages.js';

const clock = systemClock();

/** The process at the other end: of our bus, or of a bare socket. */
const PARTS: Readonly<Record<string, (address: string, key: string) => Promise<void>>> = {
  letters: async (address, key) => {
    const bus = await joined(address, key);
    await bus.welcome();
    const { topic, payload } = LETTER;
    await Promise.all(Array.from({ length: MESSAGES }, () => bus.send(topic, payload)));
  },
  'raw letters': async (address, key) => {
    const dealer = new Dealer({ ...curve(key), linger: 10_000 });
    dealer.connect(address);
    const text = JSON.stringify(LETTER);
    for (let sent = 0; sent < MESSAGES; sent += 1) await dealer.send(text);
    await dealer.receive();
  },
  events: async (address, key) => {
    const bus = await joined(address, key);
    await new Promise<void>((resolve) => {
      let startedAt = 0;
      bus.watch({
        from: 1,
        onEntries: ({ entries }) => {
          const last = entries.at(-1)?.seq ?? 0;
          if (startedAt === 0) tell('live');
          if (startedAt === 0) startedAt = clock.now();
          if (last < MESSAGES) return;
          tell(JSON.stringify({ rate: (MESSAGES * 1000) / (clock.now() - startedAt) }));
          resolve();
        },
      });
    });
  },
  'raw events': async (address, key) => {
    const subscriber = new Subscriber({ ...curve(key), receiveHighWaterMark: 0 });
    subscriber.subscribe();
    subscriber.connect(address);
    // One that says that the subscription is there, again and again until it is.
    await subscriber.receive();
    tell('live');
    let startedAt = 0;
    for (let got = 0; got < MESSAGES; ) {
      const [message] = await subscriber.receive();
      if (message === undefined || message.length < 10) continue;
      if (startedAt === 0) startedAt = clock.now();
      got += 1;
    }
    tell(JSON.stringify({ rate: (MESSAGES * 1000) / (clock.now() - startedAt) }));
  },
  watcher: async (address, key) => {
    const bus = await joined(address, key);
    bus.watch({ from: 1, onEntries: () => {} });
    await bus.welcome();
    tell('live');
    await new Promise(() => {});
  },
  acks: async (address, key) => {
    const bus = await joined(address, key);
    await bus.welcome();
    const spans: number[] = [];
    for (let sent = 0; sent < ACKS; sent += 1) {
      const at = clock.now();
      await bus.send('node.power', { node: 'n1', want: 'on' });
      spans.push(clock.now() - at);
    }
    tell(JSON.stringify(quantilesOf(spans)));
  },
};

export async function playPart([part = '', address = '', key = '']: readonly string[]): Promise<void> {
  const play = PARTS[part];
  if (play === undefined) throw new Error(`there is no part ${part}`);
  await play(address, key);
  // Until it is told that all was seen.
  await new Promise((resolve) => createInterface({ input: process.stdin }).once('close', resolve));
}

function joined(address: string, key: string) {
  const keys = key === '' ? null : componentKeysIn(key);
  return joinBus({ address: parseAddress(address), clock, component: 'bench', role: 'operate', keys });
}

function curve(key: string) {
  if (key === '') return {};
  const { publicKey, secretKey, rackKey } = componentKeysIn(key);
  return { curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: rackKey };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
