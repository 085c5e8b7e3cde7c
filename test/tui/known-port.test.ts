import t from 'tap';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { keptCertificate } from '../../tui/compose/kept-certificate.js';
import { atKnownPort } from '../../tui/compose/known-port.js';
import { scratchOf } from '../run-metalrig.js';

const taken: Fault = { code: 'EBM-004', kind: 'bmcPort.taken', node: 'root1', port: 7 };
const dead: Fault = { code: 'EBM-001', kind: 'emulatedBmc.silent', node: 'root1', waited_ms: 1 };

function opening(fault: Fault) {
  const asked: number[] = [];
  const open = (port: number): Promise<number> => {
    asked.push(port);
    return port === 7 ? Promise.reject(new FaultError(fault)) : Promise.resolve(port);
  };
  return { asked, open };
}

void t.test('known port: free, taken, or wrong in another way -> there, elsewhere, or said so', async (t) => {
  const { asked, open } = opening(taken);
  t.equal(await atKnownPort(8, open), 8);
  t.equal(await atKnownPort(7, open), 0);
  t.equal(await atKnownPort(undefined, open), 0);
  t.strictSame(asked, [8, 7, 0, 0]);
  await t.rejects(atKnownPort(7, opening(dead).open), { message: /^EBM-001/ });
});

void t.test('certificate of a BMC: asked for twice -> the same key; of another BMC -> another', async (t) => {
  const folder = scratchOf(t);
  const first = keptCertificate(folder, 'root1', ['127.0.0.1']);
  t.strictSame(keptCertificate(folder, 'root1', ['127.0.0.1']), first);
  t.not(keptCertificate(folder, 'root2', ['127.0.0.1']).tls.key, first.tls.key);
});
