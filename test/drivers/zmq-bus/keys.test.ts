import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import t, { type Test } from 'tap';
import fc from 'fast-check';
import { curveKeyPair, Dealer } from 'zeromq';
import type { Bus } from '../../../core/bus/bus.js';
import type { Role } from '../../../core/bus/role.js';
import { faultOf } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { endpointOf, parseAddress, textOf, type BusAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { joinBus } from '../../../drivers/zmq-bus/join.js';
import { keyText, parseKey, z85, type KeyFile } from '../../../drivers/zmq-bus/key-file.js';
import { Keychain, type ComponentKeys } from '../../../drivers/zmq-bus/keychain.js';
import { MemoryService } from '../../core/bus/memory-service.js';
import { scratchOf } from '../../run-metalrig.js';

const clock = systemClock();

function codeOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (thrown: unknown) => faultOf(thrown)?.code ?? String(thrown),
  );
}

const thrownBy = (act: () => unknown): string | null => {
  try {
    act();
    return null;
  } catch (thrown) {
    return faultOf(thrown)?.code ?? String(thrown);
  }
};

async function lockedRack(t: Test) {
  const keychain = new Keychain(path(scratchOf(t), 'keys'));
  await keychain.init();
  const service = new MemoryService();
  const listen = [{ address: parseAddress('tcp://127.0.0.1:0'), keys: keychain.rackKeys() }];
  const opened = await openHost({ service, clock, listen });
  t.teardown(() => opened.close());
  const [address = parseAddress('tcp://127.0.0.1:1')] = opened.addresses;
  return { keychain, service, address, host: opened.host };
}

async function comes(t: Test, address: BusAddress, given: { role: Role; keys: ComponentKeys | null }): Promise<Bus> {
  const bus = await joinBus({ ...given, address, clock, component: 'test', patience_ms: 20_000 });
  t.teardown(() => bus.close());
  return bus;
}

void t.test('bus with keys: who is not known, or wants more than its key is good for -> is not let in', async (t) => {
  const { keychain, address, service } = await lockedRack(t);
  await keychain.add('screen', 'watch');
  await keychain.add('console', 'operate');
  const screen = keychain.componentKeys('screen');
  const welcomed = async (role: Role, keys: ComponentKeys | null) => {
    const bus = await comes(t, address, { role, keys });
    return codeOf(bus.welcome());
  };
  t.equal(await welcomed('watch', screen), null);
  t.equal(await welcomed('operate', keychain.componentKeys('console')), null);
  t.equal(await welcomed('operate', screen), 'BUS-006', 'a key that may watch');
  t.equal(await welcomed('admin', keychain.componentKeys('console')), 'BUS-006');
  t.equal(await welcomed('watch', { ...screen, ...curveKeyPair() }), 'BUS-006', 'a key of nobody');
  t.equal(await welcomed('watch', null), 'BUS-006', 'no key');
  const wrong = await joinBus({
    address,
    clock,
    component: 'test',
    role: 'watch',
    patience_ms: 300,
    keys: { ...screen, rackKey: curveKeyPair().publicKey },
  });
  t.equal(await codeOf(wrong.welcome()), 'BUS-005', "another rack's key: no answer at all");
  await wrong.close();
  t.equal(service.taken.length, 0);
});

void t.test('bus with keys: a key is revoked while it is in -> it is sent away, the others go on', async (t) => {
  const { keychain, address, service } = await lockedRack(t);
  await keychain.add('stays', 'operate');
  await keychain.add('goes', 'operate');
  const stays = await comes(t, address, { role: 'operate', keys: keychain.componentKeys('stays') });
  const goes = await comes(t, address, { role: 'operate', keys: keychain.componentKeys('goes') });
  await Promise.all([stays.welcome(), goes.welcome()]);
  keychain.revoke('goes');
  const ended = await new Promise<string | null>((resolve) => {
    const again = async (): Promise<void> => {
      const code = await codeOf(goes.send('node.power', { node: 'late', want: 'on' }));
      if (code === null) clock.setTimer(20, () => void again());
      else resolve(code);
    };
    void again();
  });
  t.equal(ended, 'BUS-006');
  const before = service.done.length;
  t.equal(await codeOf(stays.send('node.power', { node: 'n1', want: 'on' })), null);
  t.equal(service.done.length, before + 1);
});

void t.test(
  'bus without keys: reached from elsewhere -> refused; a taken or a dead address -> told apart',
  async (t) => {
    const service = new MemoryService();
    const open = (address: BusAddress) => openHost({ service, clock, listen: [{ address, keys: null }] });
    t.equal(await codeOf(open(parseAddress('tcp://127.0.0.1:0'))), 'BUS-007');
    const folder = path(scratchOf(t), 'bus');
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(path(folder, 'watch'), 'left over');
    const address = parseAddress(`ipc://${folder}`);
    const first = await open(address);
    t.equal(statSync(folder).mode & 0o777, 0o700);
    t.equal(await codeOf(open(address)), 'BUS-013');
    const bus = await comes(t, address, { role: 'admin', keys: null });
    t.equal(await codeOf(bus.welcome()), null, 'the first one still has it');
    await first.close();
    const gone = await joinBus({ address, clock, component: 'c', role: 'watch', patience_ms: 1 });
    t.equal(await codeOf(gone.welcome()), 'BUS-005');
    await gone.close();
  },
);

void t.test(
  'bus: messages of random parts on its own sockets -> answered as far as they can be, it stands',
  async (t) => {
    const service = new MemoryService();
    const address = parseAddress(`ipc://${path(scratchOf(t), 'bus')}`);
    const opened = await openHost({ service, clock, listen: [{ address, keys: null }] });
    t.teardown(() => opened.close());
    const dealer = new Dealer({ linger: 0 });
    dealer.connect(endpointOf(address, 'operate'));
    const parts = fc.sample(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }), 300);
    for (const message of parts) await dealer.send(message.map((part) => Buffer.from(part)));
    for (const _ of parts) {
      const [answer] = await dealer.receive();
      if (!String(answer).startsWith('{"kind":"bad","fault":{"code":"BUS-001"')) t.fail(String(answer));
    }
    t.equal(opened.host.counts.bad, 300);
    dealer.close();
  },
);

void t.test('keys: made, listed, revoked -> secrets for nobody else, and never in what is told', async (t) => {
  const folder = path(scratchOf(t), 'made', 'keys');
  const keychain = new Keychain(folder);
  t.notOk(keychain.isThere);
  t.equal(
    thrownBy(() => keychain.rackKeys()),
    'BUS-009',
  );
  await keychain.init();
  t.equal(await codeOf(keychain.init()), 'BUS-015');
  t.equal(statSync(folder).mode & 0o777, 0o700);
  const file = await keychain.add('laptop', 'operate');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(await codeOf(keychain.add('laptop', 'watch')), 'BUS-015');
  t.strictSame(keychain.list(), [{ name: 'laptop', role: 'operate' }]);
  chmodSync(file, 0o640);
  t.equal(
    thrownBy(() => keychain.componentKeys('laptop')),
    'BUS-008',
  );
  chmodSync(file, 0o600);
  const secret = keychain.componentKeys('laptop').secretKey;
  t.notOk(readFileSync(path(folder, 'laptop.key'), 'utf8').includes(secret));
  writeFileSync(file, readFileSync(file, 'utf8').replace(secret, 'short'));
  t.equal(
    thrownBy(() => keychain.componentKeys('laptop')),
    'BUS-014',
  );
  keychain.revoke('laptop');
  t.notOk(existsSync(file));
  t.strictSame(keychain.list(), []);
  t.equal(
    thrownBy(() => keychain.revoke('rack')),
    'BUS-009',
  );
});

void t.test('keys: for every pair of keys the file says what was put into it', async (t) => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => z85(bytes));
  const role = fc.constantFrom<KeyFile['role']>('watch', 'rack');
  const files = fc.record({ publicKey: key, secretKey: fc.option(key), rackKey: fc.option(key), role });
  fc.assert(
    fc.property(files, (facts) => {
      const file = { name: 'a-1', ...facts };
      t.strictSame(parseKey(keyText(file)), file);
    }),
    { numRuns: 50 },
  );
  const { publicKey } = curveKeyPair();
  t.equal(z85(Uint8Array.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b])), 'HelloWorld', 'RFC 32, section 4');
  t.equal(publicKey.length, 40);
});

void t.test('addresses: both ways -> parsed and written again; what is none -> says so', async (t) => {
  for (const text of ['ipc:///run/rack', 'tcp://127.0.0.1:7780', 'tcp://[::1]:0', 'tcp://rack.example:80']) {
    t.equal(textOf(parseAddress(text)), text);
  }
  const long = `ipc:///${'a'.repeat(100)}`;
  for (const text of ['', 'ipc://', 'ipc://here', long, 'tcp://a', 'tcp://a:65534', 'tcp://a b:1', 'http://a:1']) {
    t.equal(
      thrownBy(() => parseAddress(text)),
      'BUS-010',
      text,
    );
  }
});
