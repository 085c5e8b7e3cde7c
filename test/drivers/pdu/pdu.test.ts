import { outletPower } from '../../../drivers/pdu/outlet-power.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';
import { powerContract } from '../../contracts/power.contract.js';
import { node, openPduLab, USER, WRITER, WRITER_1 } from './lab.js';

for (const [name, model, access] of [
  ['apc-master-switch, version 2c', PDU_MODEL['apc-master-switch'], WRITER],
  ['apc-rpdu, version 1', PDU_MODEL['apc-rpdu'], WRITER_1],
  ['apc-rpdu2, version 3', PDU_MODEL['apc-rpdu2'], USER],
] as const) {
  powerContract(`pdu: ${name}`, async () => {
    const lab = await openPduLab({ model, config: { access } });
    const power = outletPower([{ pdu: lab.pdu, outlet: '3' }]);
    const count = (state: string): number => lab.log.filter((line) => line === `3 ${state}`).length;
    return {
      node,
      power: { read: (_, signal) => power.read(signal), ensure: (_, want, signal) => power.ensure(want, signal) },
      switchings: () => ({ on: count('on'), off: count('off') }),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  });
}
