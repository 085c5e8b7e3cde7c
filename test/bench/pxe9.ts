// The model `pxe9` on our machines, for a comparison with other simulators: node dist/test/bench/pxe9.js [N]
import { performance } from 'node:perf_hooks';
import { playPxe9 } from '../arbitraries/pxe9.js';

const n = Number(process.argv[2] ?? 1_000);
const startedAt = performance.now();
const { makespan, sum } = playPxe9(n);
console.log(JSON.stringify({ n, wall_s: (performance.now() - startedAt) / 1_000, makespan, sum }));
