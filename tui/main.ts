#!/usr/bin/env node
import { processIo } from './cli/io.js';
import { onInterrupt } from './interrupt.js';
import { runMain } from './run-main.js';

process.exitCode = await runMain(process.argv.slice(2), processIo(onInterrupt()));
