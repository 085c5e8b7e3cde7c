import fc from 'fast-check';
import t from 'tap';
import { inProcessBus } from '../../../core/bus/in-process.js';
import { VirtualClock } from '../../../sim/clock.js';
import { MemoryService } from './memory-service.js';

/** A console that has said so much so far, given out in small parts. */
class SayingService extends MemoryService {
  said = '';
  readonly most_bytes = 7;

  console(node: string, from: number | null) {
    if (node !== 'root1') return { from: 0, size: 0, text: '' };
    const { said, most_bytes } = this;
    const begin = Math.min(from ?? Math.max(0, said.length - most_bytes), said.length);
    return { from: begin, size: said.length, text: said.slice(begin, begin + most_bytes) };
  }
}

/** What becomes of a message: lost, or there after so long, be it twice. */
const fates = fc.array(fc.option(fc.record({ after_ms: fc.nat(900), times: fc.integer({ min: 1, max: 2 }) })), {
  minLength: 1,
  maxLength: 40,
});
// Every character that a byte can be, line ends among them.
const text = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 20,
});

void t.test('console: for every wire that loses, doubles and delays -> every byte once, in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(fates, fc.array(text, { maxLength: 12 }), async (chances, pieces) => {
      const clock = new VirtualClock();
      const service = new SayingService();
      let number = 0;
      let isWild = true;
      // A connection brings in order what it brings.
      let lastAt = 0;
      const { join, close } = inProcessBus({
        service,
        clock,
        carry: (deliver) => {
          const fate = chances[number++ % chances.length] ?? null;
          if (!isWild) return deliver();
          if (fate === null) return;
          lastAt = Math.max(lastAt, clock.now() + fate.after_ms);
          for (let left = fate.times; left > 0; left -= 1) clock.setTimer(lastAt - clock.now(), deliver);
        },
      });
      const bus = join({ component: 'top', stream: 'top-1' }, 'watch');
      let heard = '';
      bus.listen({
        node: 'root1',
        onText: (more) => (heard += more),
        onRestart: () => (heard = 'restarted'),
        isWanted: () => true,
      });
      service.said = pieces.slice(0, 1).join('').slice(-service.most_bytes);
      for (const piece of pieces.slice(1)) {
        clock.run(clock.now() + 300);
        service.said += piece;
      }
      clock.run(lastAt);
      isWild = false;
      clock.run(clock.now() + 5_000);
      await close();
      return service.said.endsWith(heard) && heard.length >= Math.min(service.said.length, service.most_bytes);
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('console: nobody looks any more, or another recording begins -> asks nothing; begins anew', async (t) => {
  const clock = new VirtualClock();
  const service = new SayingService();
  service.said = 'boots';
  const { join, close } = inProcessBus({ service, clock });
  const bus = join({ component: 'top', stream: 'top-1' }, 'watch');
  let heard = '';
  let isWanted = true;
  const listening = { onText: (more: string) => (heard += more), isWanted: () => isWanted };
  bus.listen({ ...listening, node: 'root1', onRestart: () => (heard = '') });
  clock.run(1_000);
  t.equal(heard, 'boots');
  service.said = 'new';
  clock.run(2_000);
  t.equal(heard, 'new');
  isWanted = false;
  service.said = 'new, and more';
  clock.run(4_000);
  t.equal(heard, 'new');
  await close();
});
