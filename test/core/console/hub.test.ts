import t from 'tap';
import { consoleHub } from '../../../core/console/hub.js';
import { faultOf, type Fault } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { consoleContract } from '../../contracts/console.contract.js';

const node = nodeId('root1');

consoleContract('the hub, with a line in memory', async () => {
  let typed = '';
  const hub = consoleHub({ node, clock: systemClock(), send: (text) => void (typed += text) });
  hub.line(null);
  return {
    node,
    say: (text) => hub.heard(text),
    typed: async (text) => {
      if (!typed.includes(text)) throw new Error(`${JSON.stringify(text)} was not typed`);
    },
    console: {
      async attach(_, listener, signal) {
        if (signal.aborted) throw new DOMException('the asker has given up', 'AbortError');
        return hub.seat(listener);
      },
    },
    [Symbol.asyncDispose]: async () => {},
  };
});

void t.test(
  'console hub: the line is lost and comes back -> told once each, and nothing is typed between',
  async (t) => {
    const told: (string | null)[] = [];
    const sent: string[] = [];
    const hub = consoleHub({ node, clock: systemClock(), send: (text) => sent.push(text) });
    const listen = {
      name: 'a',
      writes: true,
      heard: () => {},
      line: (fault: Fault | null) => void told.push(codeOf(fault)),
    };
    const seat = hub.seat(listen);
    const lost: Fault = { code: 'CON-001', kind: 'console.lost', node, why: 'no answer' };
    const codeIn = async (asked: Promise<void>): Promise<string | null> =>
      asked.then(
        () => null,
        (thrown: unknown) => codeOf(faultOf(thrown)),
      );
    t.equal(await codeIn(seat.type('\r')), 'CON-001', 'before it was ever there');
    hub.line(null);
    t.equal(await codeIn(seat.type('a')), null);
    hub.line(lost);
    hub.line(lost);
    t.equal(await codeIn(seat.type('b')), 'CON-001');
    hub.line(null);
    t.equal(await codeIn(seat.type('c')), null);
    t.strictSame(told, [null, 'CON-001', null]);
    t.strictSame(sent, ['a', 'c']);
  },
);

function codeOf(fault: Fault | null): string | null {
  return fault?.code ?? null;
}
