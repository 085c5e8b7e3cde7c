import { loadProgram } from './code-cache.js';

process.exitCode = await loadProgram(['run']).npmStart(process.argv.slice(2));
