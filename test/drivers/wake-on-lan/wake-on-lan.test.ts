import t from 'tap';
import fc from 'fast-check';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { MachinePower } from '../../../core/ports/machine-power.js';
import type { PowerState } from '../../../core/ports/power.js';
import { wakeOnLanPower } from '../../../drivers/wake-on-lan/driver.js';
import { magicPacket, sixBytes } from '../../../drivers/wake-on-lan/magic-packet.js';
import { faultIn } from '../../fault-in.js';

const { signal } = new AbortController();
const MAC = '52:54:00:99:00:11';

void t.test(
  'magic packet: for every address and password, ones, the address sixteen times, the password',
  async (t) => {
    const six = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(six, fc.option(six, { nil: undefined }), (mac, password) => {
        const packet = Buffer.from(magicPacket(mac, password));
        const repeated = Buffer.concat(Array.from({ length: 16 }, () => mac));
        return (
          packet.subarray(0, 6).equals(Buffer.alloc(6, 0xff)) &&
          packet.subarray(6, 102).equals(repeated) &&
          packet.subarray(102).equals(password ?? Buffer.alloc(0))
        );
      }),
    );
    fc.assert(
      fc.property(six, fc.constantFrom(':', '-'), (bytes, joint) => {
        const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(joint);
        return Buffer.from(sixBytes(text) ?? []).equals(bytes);
      }),
    );
    t.equal(sixBytes('52:54:00:99:00'), null);
    t.equal(sixBytes('52:54:00:99:00:1g'), null);
  },
);

void t.test('wake-on-lan: ensure(on) -> the packet arrives, with the password where there is one', async (t) => {
  const nic = await openNic();
  t.teardown(() => void nic.close());
  const config = { node: 'root1', mac: MAC, address: '127.0.0.1', port: nic.address().port };
  const [[plain]] = await Promise.all([once(nic, 'message'), wakeOnLanPower(config).ensure('on', signal)]);
  t.equal(Buffer.from(plain).toString('hex'), `ffffffffffff${'525400990011'.repeat(16)}`);
  const secured = { ...config, password: async () => '01:02:03:04:05:06\n' };
  const arrived = new Promise<Buffer>((resolve) => {
    nic.on('message', (datagram) => void (datagram.length === 108 && resolve(datagram)));
  });
  await wakeOnLanPower(secured).ensure('on', signal);
  t.equal((await arrived).subarray(102).toString('hex'), '010203040506');
});

void t.test('wake-on-lan: what it cannot do -> a Fault that says so, never a guess', async (t) => {
  const config = { node: 'root1', mac: MAC, address: '127.0.0.1', port: 9 };
  const power = wakeOnLanPower(config);
  t.match(await faultIn(power.ensure('off', signal)), { code: 'WOL-001', node: 'root1' });
  t.match(await faultIn(power.read(signal)), { code: 'WOL-002', node: 'root1' });
  await t.rejects(power.ensure('on', AbortSignal.abort()), { name: 'AbortError' });
  const bad = wakeOnLanPower({ ...config, password: async () => 'secret' });
  const failure = await bad.ensure('on', signal).catch((thrown: Error) => thrown);
  t.match(failure, { fault: { code: 'WOL-004' } });
  t.notMatch(JSON.stringify(failure), /secret/);
  const lost = wakeOnLanPower({ ...config, address: 'no-such-host.invalid' });
  t.match(await faultIn(lost.ensure('on', signal)), { code: 'WOL-003', address: 'no-such-host.invalid' });
});

void t.test('wake-on-lan: with another way to the node -> that one reads and switches off', async (t) => {
  const nic = await openNic();
  t.teardown(() => void nic.close());
  const asked: PowerState[] = [];
  const otherwise: MachinePower = { read: async () => 'off', ensure: async (want) => void asked.push(want) };
  const config = { node: 'root1', mac: MAC, address: '127.0.0.1', port: nic.address().port };
  const power = wakeOnLanPower(config, { otherwise });
  t.equal(await power.read(signal), 'off');
  await power.ensure('off', signal);
  await Promise.all([once(nic, 'message'), power.ensure('on', signal)]);
  t.strictSame(asked, ['off'], 'waking is done by the packet alone');
});

async function openNic(): Promise<Socket> {
  const nic = createSocket('udp4');
  nic.bind(0, '127.0.0.1');
  await once(nic, 'listening');
  return nic;
}
