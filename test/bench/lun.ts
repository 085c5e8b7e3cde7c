import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runProcess } from '../../drivers/process/run.js';
import { startProcess } from '../../drivers/process/start.js';
import { PACKAGE_ROOT } from '../../tui/package.js';
import { alone } from './alone.js';
import type { Contender, Figure, Need, Readings, Topic } from './figure.js';
import { openTgtd, TGTD_NEEDS } from './peers/tgtd.js';

const CLONE = 'LUN clone';
const OURS = 'our target';
const TGTD = 'tgtd';
const IQN = 'iqn.2026-11.example.metalrig:bench';
const PERF: Need = { program: 'iscsi-perf', debianPackage: 'libiscsi-bin' };
/** In the page cache for both. */
const IMAGE_MIB = 256;
const SECONDS = 3;

const common = { unit: 'reads/s', ours: OURS, peer: TGTD, target: { kind: 'ratio at least', value: 0.5 } } as const;
const figures: readonly Figure[] = [
  {
    name: 'lun-clone',
    measures: 'a writable clone of a 10 GiB base',
    unit: 'ms',
    reading: 'clone_ms',
    ours: CLONE,
    peer: null,
    target: { kind: 'at most', value: 20 },
  },
  { ...common, name: 'iscsi-random', measures: '4 KiB at random, depth 1, plain TCP, iscsi-perf', reading: 'random' },
  { ...common, name: 'iscsi-sequential', measures: '256 KiB in sequence, depth 1, the same', reading: 'sequential' },
];

export const lun: Topic = {
  name: 'lun',
  figures,
  async open({ folder, wants }) {
    const image = join(folder, 'lun.img');
    if (wants(OURS)) writeRandom(image);
    return {
      contenders: [
        alone(CLONE),
        { name: OURS, needs: [PERF], run: () => againstOurs(image) },
        { name: TGTD, needs: [PERF, ...TGTD_NEEDS], run: () => againstTgtd(folder, image) },
      ] satisfies readonly Contender[],
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

function writeRandom(file: string): void {
  const descriptor = openSync(file, 'w');
  for (let number = 0; number < IMAGE_MIB; number += 1)
    writeSync(descriptor, randomFillSync(Buffer.alloc(1024 * 1024)));
  closeSync(descriptor);
}

async function againstOurs(image: string): Promise<Readings> {
  let told = (_url: string): void => {};
  const url = new Promise<string>((resolve) => (told = resolve));
  const main = join(PACKAGE_ROOT, 'dist', 'bundle', 'main.js');
  await using _target = startProcess({
    argv: [process.execPath, main, 'lun', 'serve', image, '--listen', '127.0.0.1:0', '--iqn', IQN],
    onOutput(bytes) {
      const [found] = /iscsi:\S+/.exec(bytes.toString()) ?? [];
      if (found !== undefined) told(found);
    },
  });
  return await perf(await url);
}

async function againstTgtd(folder: string, image: string): Promise<Readings> {
  const portal = `127.0.0.1:${await freePort()}`;
  await using _target = await openTgtd({ folder, portal, image, iqn: IQN });
  return await perf(`iscsi://${portal}/${IQN}/1`);
}

async function perf(url: string): Promise<Readings> {
  const random = await readsPerSecond(['-b', '8', '-r'], url);
  const sequential = await readsPerSecond(['-b', '512'], url);
  return { random, sequential };
}

/** @param words -b: blocks of 512 bytes a read; -r: at random */
async function readsPerSecond(words: readonly string[], url: string): Promise<number> {
  const argv = ['iscsi-perf', '-m', '1', ...words, '-t', String(SECONDS), url] as const;
  const { output, errorTail } = await runProcess({ argv }, AbortSignal.timeout(60_000));
  const [, average] = /iops average (\d+)/.exec(`${output.toString()}${errorTail}`) ?? [];
  if (average === undefined) throw new Error(`iscsi-perf said ${errorTail.slice(-200)}`);
  return Number(average);
}

/** Free now; nobody else on the host is likely to take it within the second. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
