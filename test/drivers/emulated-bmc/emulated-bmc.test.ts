import fc from 'fast-check';
import t from 'tap';
import { BOOT_DEVICES } from '../../../core/ports/boot-device.js';
import { flagsOfOverride, overrideOfFlags } from '../../../drivers/emulated-bmc/boot-flags.js';
import { emuCommands, lanConf } from '../../../drivers/emulated-bmc/conf.js';
import { readMessage, readRmcp, withData, writeRmcp } from '../../../drivers/emulated-bmc/rmcp-plus.js';
import { decrypt, encrypt, hmac, sessionKeys } from '../../../drivers/emulated-bmc/session-keys.js';
import { checkedUser } from '../../../drivers/emulated-bmc/user.js';

const LAN_CONF = `name "root1"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 6230
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid 5e8391ecdc213966778c868dcdf8c569
  endlan
  chassis_control "/bin/sh /tmp/mr/root1/control"
  serial 15 127.0.0.1 6232 codec VM
  startnow false
  sol "tcp:127.0.0.1:6231" 115200 history=4000
  user 1 false "" "" user 10 none md2 md5 straight
  user 2 true "admin" "keep-out" admin 10 none md2 md5 straight
`;
const RECORD = [
  '0x00 0x00 0x51 0x01 0x31 0x20 0x00 0x01 0x03 0x01 0x67 0x88 0x01 0x01 0xc0 0x0f 0xc0 0x7f 0x38 0x38',
  '0x00 0x01 0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x03 0x18 0x2a 0x00 0x2a 0x00 0x32 0x2d 0x2a 0x00',
  '0x00 0x00 0x00 0x00 0x00 0x00 0x00 0xc6 0x49 0x6e 0x6c 0x65 0x74 0x31',
].join(' ');
const ALL = '000111111000000';
const EMU = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
sensor_add 0x20 0 1 0x01 0x01 poll 1000 file "/tmp/mr/root1/temperature"
main_sdr_add 0x20 ${RECORD}
sensor_set_value 0x20 0 1 0x18 0
sensor_set_threshold 0x20 0 1 settable 111000 0x32 0x2d 0x2a 00 00 00
sensor_set_event_support 0x20 0 1 enable scanning per-state ${ALL} ${ALL} ${ALL} ${ALL}
mc_enable 0x20
`;

void t.test('emulated BMC: what the simulator is told -> as golden', (t) => {
  const conf = lanConf({
    node: 'root1',
    lanPort: 6230,
    solPort: 6231,
    kcsPort: 6232,
    control: '/bin/sh /tmp/mr/root1/control',
    users: [{ name: 'admin', password: 'keep-out', privilege: 'admin' }],
  });
  t.equal(conf, LAN_CONF);
  t.equal(emuCommands('/tmp/mr/root1/temperature'), EMU);
  t.end();
});

void t.test('boot flags: for every override, what is written is read again', (t) => {
  const overrides = fc.record({
    device: fc.constantFrom(...BOOT_DEVICES),
    lasts: fc.constantFrom('once' as const, 'always' as const),
    mode: fc.constantFrom('legacy' as const, 'uefi' as const),
  });
  fc.assert(
    fc.property(overrides, (override) => {
      const read = overrideOfFlags(flagsOfOverride(override));
      return read?.device === override.device && read.lasts === override.lasts && read.mode === override.mode;
    }),
    { numRuns: 50 },
  );
  t.strictSame(flagsOfOverride({ device: 'network', lasts: 'once', mode: 'uefi' }), [0xa0, 0x04, 0, 0, 0]);
  t.strictSame(flagsOfOverride({ device: 'cdrom', lasts: 'always', mode: 'legacy' }), [0xc0, 0x14, 0, 0, 0]);
  t.equal(overrideOfFlags([0x80, 0x18, 0, 0, 0]), null, 'firmware set-up is no device');
  t.end();
});

void t.test('RMCP+: for every packet, what is written is read again', (t) => {
  const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((array) => Buffer.from(array));
  const packets = fc.record({
    payloadType: fc.constantFrom(0, 1, 0x10, 0x13),
    isEncrypted: fc.boolean(),
    isAuthenticated: fc.boolean(),
    session: fc.nat(0xffff_ffff),
    sequence: fc.nat(0xffff_ffff),
    payload: bytes(80),
  });
  fc.assert(
    fc.property(packets, (packet) => {
      const written = writeRmcp(packet, (signed) => hmac(Buffer.from('key'), signed));
      const signed_bytes = written.length - 4 - (packet.isAuthenticated ? 12 : 0);
      const isWhole = !packet.isAuthenticated || signed_bytes % 4 === 0;
      const read = readRmcp(written);
      return isWhole && read !== null && Buffer.compare(read.payload, packet.payload) === 0;
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      readRmcp(Buffer.from(noise));
      readMessage(Buffer.from(noise));
      return true;
    }),
  );
  fc.assert(
    fc.property(bytes(64), bytes(16), (plain, seed) => {
      const key = hmac(seed, seed).subarray(0, 16);
      return decrypt(key, encrypt(key, plain))?.equals(plain) === true;
    }),
  );
  t.pass();
  t.end();
});

void t.test('RMCP+: data of a message exchanged -> the checksum fits', (t) => {
  const request = Buffer.from([0x20, 0x18, 0xc8, 0x81, 0x04, 0x38, 0x0e, 0x04, 0x31]);
  const changed = withData(request, Uint8Array.of(1, 2, 3));
  t.equal(changed.subarray(3).reduce((sum, byte) => sum + byte, 0) % 256, 0);
  t.strictSame([...(readMessage(changed)?.data ?? [])], [1, 2, 3]);
  t.end();
});

void t.test('RMCP+: keys of a session -> differ by password', (t) => {
  const facts = {
    consoleRandom: Buffer.alloc(16, 1),
    bmcRandom: Buffer.alloc(16, 2),
    role: 4,
    user: Buffer.from('admin'),
  };
  const keys = sessionKeys({ ...facts, password: 'keep-out' });
  t.equal(keys.confidentiality.length, 16);
  t.notOk(keys.integrity.equals(sessionKeys({ ...facts, password: 'keep-in' }).integrity));
  t.end();
});

void t.test('emulated BMC: a user that it cannot have -> EBM-003 without the password', (t) => {
  const user = { name: 'admin', password: 'keep-out', privilege: 'admin' } as const;
  t.equal(checkedUser('root1', user), user);
  for (const unfit of [
    { ...user, name: '' },
    { ...user, name: 'seventeen-letters' },
    { ...user, password: '' },
    { ...user, password: 'one and twenty letters' },
    { ...user, password: 'say "friend"' },
  ]) {
    try {
      checkedUser('root1', unfit);
      t.fail('it was taken');
    } catch (thrown) {
      t.match(String(thrown), 'EBM-003');
      t.notOk(unfit.password !== '' && String(thrown).includes(unfit.password));
    }
  }
  t.end();
});
