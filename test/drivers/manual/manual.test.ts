import t from 'tap';
import type { OperatorPort } from '../../../core/ports/operator.js';
import { manualPower } from '../../../drivers/manual/driver.js';
import { faultIn } from '../../fault-in.js';

const { signal } = new AbortController();

/** An operator with their answers ready, who keeps what they were asked. */
function operatorSaying(...answers: readonly (string | null)[]): OperatorPort & { readonly asked: string[] } {
  const asked: string[] = [];
  const left = [...answers];
  return {
    asked,
    isThere: () => true,
    ask: async (question) => {
      asked.push(question);
      return left.shift() ?? null;
    },
  };
}

void t.test('manual: the operator says so -> that is the state; done -> it is done', async (t) => {
  const operator = operatorSaying('on', 'done');
  const power = manualPower('root1', operator);
  t.equal(await power.read(signal), 'on');
  await power.ensure('off', signal);
  t.strictSame(operator.asked, ['Is root1 on or off?', 'Switch root1 off, unless it is so, and say done (or no):']);
});

void t.test('manual: the operator declines or ends the input -> MAN-002', async (t) => {
  const power = manualPower('root1', operatorSaying('no', null));
  t.match(await faultIn(power.ensure('on', signal)), { code: 'MAN-002', node: 'root1' });
  t.match(await faultIn(power.read(signal)), { code: 'MAN-002', node: 'root1' });
});

void t.test('manual: nobody is at a terminal -> MAN-001, and nobody is asked', async (t) => {
  const operator = operatorSaying('done');
  const power = manualPower('root1', { ...operator, isThere: () => false });
  t.match(await faultIn(power.ensure('on', signal)), { code: 'MAN-001', node: 'root1' });
  t.strictSame(operator.asked, []);
});

void t.test('manual: the signal was aborted before -> nobody is asked', async (t) => {
  const operator = operatorSaying('done');
  await t.rejects(manualPower('root1', operator).ensure('on', AbortSignal.abort()), { name: 'AbortError' });
  t.strictSame(operator.asked, []);
});
