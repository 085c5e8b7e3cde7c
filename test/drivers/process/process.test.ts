import t, { type Test } from 'tap';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { faultOf } from '../../../core/faults/fault.js';
import { runProcess, type RunResult } from '../../../drivers/process/run.js';
import { startChain, startProcess } from '../../../drivers/process/start.js';
import { GATE_OPENS, tetheredArgv } from '../../../drivers/process/tether.js';

const START = new URL('../../../drivers/process/start.js', import.meta.url).href;

/** A FIFO reads to its end only when every process that holds its other side is gone: the proof without polling. */
async function openFifo(
  t: Test,
  name: string,
): Promise<{ path: string; firstWords: Promise<string>; end: Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'fifo-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  await runProcess({ argv: ['mkfifo', path] });
  const stream = createReadStream(path, 'utf8');
  return {
    path,
    firstWords: new Promise((resolve) => void stream.once('data', (text) => resolve(String(text)))),
    end: new Promise((resolve) => void stream.once('end', resolve)),
  };
}

/** Opens the FIFO, leaves a grandchild that holds it too, and says that both are there. */
const family = (fifo: string) => `exec 3>${fifo}; sleep 1000 & echo here >&3; wait`;

const endings = {
  'kill -9': { last: '', signal: 'SIGKILL' },
  'Ctrl-C': { last: '', signal: 'SIGINT' },
  SIGTERM: { last: '', signal: 'SIGTERM' },
  'a closed terminal': { last: '', signal: 'SIGHUP' },
  'an uncaught exception': { last: 'throw new Error("a bug")', signal: null },
  'process.exit': { last: 'process.exit(0)', signal: null },
} as const;

for (const [name, { last, signal }] of Object.entries(endings)) {
  void t.test(`process: the parent ends by ${name} -> child and grandchild are gone`, async (t) => {
    const fifo = await openFifo(t, 'alive');
    const script = `import { startProcess } from '${START}';
      startProcess({ argv: ['sh', '-c', process.argv[1]] });
      process.stdin.once('data', () => { ${last} });`;
    const parent = startProcess({
      // tap loads itself into every Node process below it; its signal handlers would wait for ours, and ours for its.
      argv: ['env', '-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '-e', script, family(fifo.path)],
      input: 'pipe',
    });
    t.equal(await fifo.firstWords, 'here\n');
    if (signal === null) parent.write('go');
    else process.kill(parent.pid, signal);
    await fifo.end;
    const end = await parent.ended;
    t.equal(end.signal, signal);
  });
}

void t.test(
  'process: the child ends and leaves its own child behind -> that is swept, and the end is not held up',
  async (t) => {
    const fifo = await openFifo(t, 'left');
    const result = await runProcess({ argv: ['sh', '-c', `exec 3>${fifo.path}; echo here >&3; sleep 1000 & exit 7`] });
    t.equal(result.exitCode, 7);
    await fifo.end;
  },
);

void t.test('process: the parent had died before the program was there -> it does not start', async (t) => {
  const run = (argv: readonly [string, ...string[]], input: string): Promise<RunResult> => runProcess({ argv, input });
  const argv = ['/bin/echo', 'started'];
  const stranger = tetheredArgv(argv, { parent: 1, input: 'pipe' });
  t.match(await run(stranger, GATE_OPENS), { exitCode: 1, output: Buffer.alloc(0) }, 'somebody else is the parent');
  const ours = tetheredArgv(argv, { parent: process.pid, input: 'pipe' });
  t.match(await run(ours, ''), { exitCode: 1, output: Buffer.alloc(0) }, 'the gate was never opened');
  t.match(await run(ours, GATE_OPENS), { exitCode: 0, output: Buffer.from('started\n') });
  t.equal(tetheredArgv(argv, { parent: 1, input: 'pipe', setpriv: null })[0], '/bin/sh', 'without setpriv');
});

void t.test('process: the program is not installed -> HOST-001', async (t) => {
  const missing = await runProcess({ argv: ['no-such-program'] }).catch((thrown: unknown) => faultOf(thrown));
  t.match(missing, { code: 'HOST-001', program: 'no-such-program', debianPackage: null });
});

void t.test('process: input, environment, exit code, stderr and signal -> all come back as data', async (t) => {
  const script = 'cat; printf "%s" "$WORD"; echo no good >&2; exit 3';
  const result = await runProcess({ argv: ['sh', '-c', script], input: 'in ', environment: { WORD: 'out' } });
  t.match(result, { exitCode: 3, signal: null, errorTail: 'no good', isTruncated: false, isAborted: false });
  t.equal(result.output.toString(), 'in out');
  const killed = await runProcess({ argv: ['sh', '-c', 'kill -SEGV $$'] });
  t.match(killed, { exitCode: null, signal: 'SIGSEGV' });
});

void t.test('process: started in a folder that is not there -> HOST-002', async (t) => {
  const refused = runProcess({ argv: ['true'], directory: '/nowhere' }).catch((thrown: unknown) => faultOf(thrown));
  t.match(await refused, { code: 'HOST-002', program: 'true', why: /\/nowhere/ });
});

void t.test('process: lines cut anywhere, the last without its end -> each line once, before the end', async (t) => {
  const lines: string[] = [];
  const script = 'printf "one\\ntw"; printf "o\\r\\nthr"; printf ee';
  await using child = startProcess({ argv: ['sh', '-c', script], onLine: (line) => lines.push(line) });
  await child.ended;
  t.strictSame(lines, ['one', 'two', 'three']);
});

void t.test('process: a chain -> what the first is given comes out of the last, and not through us', async (t) => {
  let out = '';
  const last = { argv: ['tr', 'b', 'c'], onOutput: (bytes: Buffer) => void (out += bytes.toString()) } as const;
  const chain = startChain([{ argv: ['cat'], input: 'pipe' }, { argv: ['tr', 'a', 'b'] }, last]);
  chain[0]?.write('abc\n'.repeat(50_000));
  chain[0]?.closeInput();
  const ends = await Promise.all(chain.map(({ ended }) => ended));
  t.same([ends.map(({ exitCode }) => exitCode), out], [[0, 0, 0], 'ccc\n'.repeat(50_000)]);
});

void t.test('process: the last of a chain ends, or one is not installed -> the others end too', async (t) => {
  const chain = startChain([{ argv: ['yes'] }, { argv: ['cat'] }, { argv: ['true'] }]);
  const ends = await Promise.all(chain.map(({ ended }) => ended));
  t.same(
    ends.map(({ exitCode }) => exitCode === 0),
    [false, false, true],
  );
  t.throws(() => startChain([{ argv: ['yes'] }, { argv: ['no-such-program'] }]), /HOST-001/);
});

void t.test('process: descriptors of ours -> read from and written to, and ours still', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'chain-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'in'), 'a word');
  const input = openSync(join(directory, 'in'), 'r');
  const output = openSync(join(directory, 'out'), 'w+');
  const chain = startChain([
    { argv: ['cat'], input },
    { argv: ['cat'], output },
  ]);
  for (const { ended } of chain) t.match(await ended, { exitCode: 0 });
  t.equal(readFileSync(join(directory, 'out'), 'utf8'), 'a word');
  closeSync(input);
  closeSync(output);
});

void t.test('process: it floods stdout -> the output is cut at its limit and the rest dropped', async (t) => {
  const result = await runProcess({ argv: ['head', '-c', '1000000', '/dev/zero'], outputLimit_bytes: 1000 });
  t.equal(result.output.length, 1000);
  t.equal(result.isTruncated, true);
  t.equal(result.exitCode, 0);
});

void t.test('process: aborted -> the whole group is killed, and one already aborted is never started', async (t) => {
  const fifo = await openFifo(t, 'aborted');
  const abort = new AbortController();
  const running = runProcess({ argv: ['sh', '-c', family(fifo.path)] }, abort.signal);
  await fifo.firstWords;
  abort.abort();
  await fifo.end;
  t.match(await running, { isAborted: true, signal: 'SIGKILL' });
  t.match(await runProcess({ argv: ['no-such-program'] }, abort.signal), { isAborted: true, exitCode: null });
});
