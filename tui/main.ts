#!/usr/bin/env node
import { loadProgram } from './code-cache.js';

const words = process.argv.slice(2);
process.exitCode = await loadProgram(words).metalrig(words);
