#!/usr/bin/env node
import { processIo } from './cli/io.js';
import { runMain } from './run-main.js';

const interrupt = new AbortController();
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    signals += 1;
    // The second one does not wait for an orderly end.
    if (signals > 1) process.exit(130);
    interrupt.abort();
  });
}
// A reader that goes away (`| head`) is no fault of ours.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runMain(process.argv.slice(2), processIo(interrupt.signal));
