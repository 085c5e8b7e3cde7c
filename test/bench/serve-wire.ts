import { openWireLab } from './wire-lab.js';

// Program: our switch in a process of its own, as `metalrig run` has it. Words: folder, then image and its IQN or none.

const [folder = '', file, iqn] = process.argv.slice(2);
await openWireLab({ folder, ...(file === undefined || iqn === undefined ? {} : { image: { file, iqn } }) });
process.stdout.write('WIRE-IS-UP\n');
