import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { IscsiEvent } from '../../../../drivers/wire/services/iscsi/events.js';
import { newHeader, OPCODE } from '../../../../drivers/wire/services/iscsi/pdu.js';
import type { TargetSet } from '../../../../drivers/wire/services/iscsi/target.js';
import type { TargetConfig } from '../../../../drivers/wire/services/iscsi/target-config.js';
import { encodeText, parseText } from '../../../../drivers/wire/services/iscsi/text.js';
import { BLOCKS, INITIATOR, IQN, memoryStore, targetsOver, TestInitiator } from './iscsi-initiator.js';

const CHAP = { user: 'root1', secret: 'a secret of sixteen', mutual: { user: 'disk', secret: 'another secret' } };
const HASHES: Readonly<Record<string, string>> = { '5': 'md5', '6': 'sha1', '7': 'sha256' };
const WHO: readonly (readonly [string, string])[] = [
  ['InitiatorName', INITIATOR],
  ['TargetName', IQN],
];

function chapResponse(
  algorithm: string,
  identifier: string,
  { secret, challenge }: { secret: string; challenge: string },
): string {
  const hash = createHash(HASHES[algorithm] ?? '').update(Buffer.from([Number(identifier)]));
  return `0x${hash
    .update(secret)
    .update(Buffer.from(challenge.slice(2), 'hex'))
    .digest('hex')}`;
}

/** CHAP up to the response to the challenge. @returns what the target answers to that */
function chapLogin(
  targets: TargetSet,
  { algorithm, secret, user }: { algorithm: string; secret: string; user: string },
) {
  const initiator = new TestInitiator(targets);
  initiator.loginStep(0x81, [...WHO, ['AuthMethod', 'CHAP,None']]);
  const { keys } = initiator.loginStep(0x01, [['CHAP_A', `99,${algorithm}`]]);
  const challenge = keys.get('CHAP_C') ?? '';
  const own = '0x00112233445566778899aabbccddeeff';
  const response = chapResponse(algorithm, keys.get('CHAP_I') ?? '', { secret, challenge });
  const answer = initiator.loginStep(0x81, [
    ['CHAP_N', user],
    ['CHAP_R', response],
    ['CHAP_I', '7'],
    ['CHAP_C', own],
  ]);
  return { initiator, answer, due: chapResponse(algorithm, '7', { secret: CHAP.mutual.secret, challenge: own }) };
}

void t.test(
  'login: CHAP by MD5, SHA-1 and SHA-256, both ways -> in; a wrong secret or name, or none -> 2/1',
  async (t) => {
    const events: IscsiEvent[] = [];
    const targets = targetsOver(memoryStore(BLOCKS), { chap: CHAP }, events);
    for (const algorithm of Object.keys(HASHES)) {
      const { initiator, answer, due } = chapLogin(targets, { algorithm, secret: CHAP.secret, user: CHAP.user });
      t.equal(answer.status, 0);
      t.equal(answer.keys.get('CHAP_N'), CHAP.mutual.user);
      t.equal(answer.keys.get('CHAP_R'), due);
      t.equal(initiator.loginStep(0x87, [['MaxBurstLength', '4096']]).flags, 0x87);
      t.equal(initiator.command([0x00]).status, 0);
      t.equal(chapLogin(targets, { algorithm, secret: 'wrong', user: CHAP.user }).answer.status, 0x0201);
      t.equal(chapLogin(targets, { algorithm, secret: CHAP.secret, user: 'other' }).answer.status, 0x0201);
    }
    t.equal(new TestInitiator(targets).login().status, 0x0201, 'straight to the operational stage');
    t.equal(new TestInitiator(targets).loginStep(0x81, [...WHO, ['AuthMethod', 'None']]).status, 0x0201);
    const told = JSON.stringify(events);
    t.notOk([CHAP.secret, CHAP.mutual.secret, 'CHAP'].some((word) => told.includes(word)));
  },
);

void t.test('login: our own challenge sent back -> refused', async (t) => {
  const initiator = new TestInitiator(targetsOver(memoryStore(BLOCKS), { chap: CHAP }));
  initiator.loginStep(0x81, [...WHO, ['AuthMethod', 'CHAP']]);
  const { keys } = initiator.loginStep(0x01, [['CHAP_A', '5']]);
  const challenge = keys.get('CHAP_C') ?? '';
  const response = chapResponse('5', keys.get('CHAP_I') ?? '', { secret: CHAP.secret, challenge });
  const answer = initiator.loginStep(0x81, [
    ['CHAP_N', CHAP.user],
    ['CHAP_R', response],
    ['CHAP_I', '7'],
    ['CHAP_C', challenge],
  ]);
  t.equal(answer.status, 0x0201);
});

void t.test('login: not on the list, by address or by name -> 2/2; what is missing or not there -> said', async (t) => {
  const store = memoryStore(BLOCKS);
  const status = (initiators: TargetConfig['initiators'] & object, identity: Record<string, string> = {}): number =>
    new TestInitiator(targetsOver(store, { initiators })).login({}, identity).status;
  t.equal(status({ addresses: ['10.99.0.101'] }), 0);
  t.equal(status({ addresses: ['10.99.0.102'] }), 0x0202);
  t.equal(status({ names: [INITIATOR.toUpperCase()] }), 0);
  t.equal(status({ names: ['iqn.2026-01.example:node:root2'] }), 0x0202);
  t.equal(status({ addresses: ['10.99.0.101'], names: [] }), 0x0202);
  t.equal(status({}, { TargetName: 'iqn.2026-01.example:none' }), 0x0203);
  t.equal(status({}, { SessionType: 'Other' }), 0x0200);
  t.equal(new TestInitiator(targetsOver()).loginStep(0x87, [['TargetName', IQN]]).status, 0x0207);
  t.equal(new TestInitiator(targetsOver()).loginStep(0x87, [['InitiatorName', INITIATOR]]).status, 0x0207);
  t.equal(new TestInitiator(targetsOver()).loginStep(0x87, WHO, 77).status, 0x020a, 'a session that is not there');
  const events: IscsiEvent[] = [];
  const refused = new TestInitiator(targetsOver(store, { initiators: { names: [] } }, events));
  refused.login();
  t.ok(refused.stream.isEnded);
  t.same(events, [{ kind: 'refused', address: '10.99.0.101', initiator: INITIATOR, target: IQN, status: 0x0202 }]);
});

void t.test('login: keys over several PDUs, cut anywhere -> as if they had come in one', async (t) => {
  const text = encodeText([...WHO, ['MaxBurstLength', '4096'], ['X-long', 'x'.repeat(300)]]);
  fc.assert(
    fc.property(fc.nat(text.length), (cut) => {
      const initiator = new TestInitiator(targetsOver());
      const part = (flags: number, bytes: Buffer): ReturnType<TestInitiator['send']> => {
        const header = newHeader(OPCODE.login | 0x40, flags);
        header.writeUInt32BE(1, 24);
        return initiator.send(header, bytes);
      };
      const [empty] = part(0x44, text.subarray(0, cut));
      const [last] = part(0x87, text.subarray(cut));
      const keys = parseText(last?.data ?? Buffer.alloc(0));
      return empty?.data.length === 0 && last?.header[1] === 0x87 && keys?.get('MaxBurstLength') === '4096';
    }),
  );
  t.pass();
});
