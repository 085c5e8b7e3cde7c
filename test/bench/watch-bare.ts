import { spawn } from 'node:child_process';

// Program: what somebody would write without us. Starts the QEMU that its words say, and says so when the marker comes.

const [marker = '', program = '', ...words] = process.argv.slice(2);
const qemu = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
qemu.stdout.on('data', (bytes: Buffer) => {
  text += bytes.toString('latin1');
  if (!text.includes(marker)) return;
  process.stdout.write('NODE-IS-UP\n', () => qemu.kill('SIGKILL'));
  text = '';
});
