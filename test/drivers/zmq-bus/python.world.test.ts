import { writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import t from 'tap';
import { runProcess } from '../../../drivers/process/run.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress, textOf } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { Keychain } from '../../../drivers/zmq-bus/keychain.js';
import { MemoryService } from '../../core/bus/memory-service.js';
import { ROOT, scratchOf } from '../../run-metalrig.js';

/** Debian's, which finds Debian's python3-zmq. */
const PYTHON = '/usr/bin/python3';

void t.test('bus: a client in Python, over CURVE -> watches, fetches a gap, requests and is refused', async (t) => {
  const folder = scratchOf(t);
  const keychain = new Keychain(path(folder, 'keys'));
  await keychain.init();
  const key = await keychain.add('python', 'operate');
  const service = new MemoryService();
  const listen = [{ address: parseAddress('tcp://127.0.0.1:0'), keys: keychain.rackKeys() }];
  const { host, addresses, close } = await openHost({ service, clock: systemClock(), listen });
  t.teardown(() => close());
  service.host = host;
  // Written before it came: it can only fetch them.
  for (let index = 0; index < 250; index += 1) service.append({ entry: 'closed' });
  const requests = path(folder, 'requests');
  const payload = { node: 'n1', want: 'on' };
  const letters = [
    { topic: 'node.power', payload },
    { topic: 'rack.down', payload: {} },
    { topic: 'node.power', payload },
  ];
  writeFileSync(requests, `${letters.map((letter) => JSON.stringify(letter)).join('\n')}\n`);
  const [address = parseAddress('tcp://127.0.0.1:1')] = addresses;
  const script = path(ROOT, 'test/drivers/zmq-bus/client.py');
  const argv = [PYTHON, script, textOf(address), key, requests, '253'] as const;
  const { output, exitCode, errorTail } = await runProcess({ argv }, AbortSignal.timeout(60_000));
  t.equal(exitCode, 0, errorTail);
  const told: unknown = JSON.parse(output.toString());
  t.match(told, { acked: 3, refused: [{ seq: 2, fault: { code: 'BUS-004' } }] });
  t.match(told, { numbers: Array.from({ length: 253 }, (_, index) => index + 1) });
  t.ok((told as { readonly fetched: number }).fetched > 0);
  t.strictSame(service.done, [payload, payload]);
  t.equal(host.counts.bad, 0);
});
