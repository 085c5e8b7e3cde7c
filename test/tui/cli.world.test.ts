import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { metalrig, ROOT, scratchOf, type RunOptions } from '../run-metalrig.js';

const SCENARIO = join(ROOT, 'scenarios', 'root-node.scenario.yaml');
const LIMIT_MS = 300_000;
t.setTimeout(6 * LIMIT_MS);
const run = promisify(execFile);

/** QEMUs of this run: their sockets lie in a directory that is named after their owner's pid. */
function qemusOf(pid: number): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const words = readFileSync(`/proc/${entry}/cmdline`, 'latin1');
        return words.startsWith('qemu-system') && words.includes(`mr-${pid}-`);
      } catch {
        return false;
      }
    });
}

void t.test(
  'run: Ctrl-C while a node boots -> exit 130, the bundle is whole, no QEMU is left',
  { timeout: LIMIT_MS },
  async (t) => {
    const bundle = join(scratchOf(t), 'b');
    let owner = 0;
    const ran = await metalrig(
      ['run', SCENARIO, '--on', 'emulated', '--out', bundle, '--json'],
      atStage('ipxe.dhcp', 'SIGINT', (pid) => (owner = pid)),
    );
    t.equal(ran.code, 130);
    t.match(ran.lines.at(-1), { type: 'report', verdict: 'fail', faults: [{ code: 'CLI-002' }, { code: 'RUN-002' }] });
    t.ok(existsSync(join(bundle, 'report.json')));
    t.equal((await metalrig(['replay', bundle])).code, 0);
    t.strictSame(qemusOf(owner), []);
  },
);

void t.test(
  'run: kill -9 while a node boots -> no QEMU is left, and the journal folds',
  { timeout: LIMIT_MS },
  async (t) => {
    const bundle = join(scratchOf(t), 'b');
    let owner = 0;
    await metalrig(
      ['run', SCENARIO, '--on', 'emulated', '--out', bundle, '--json'],
      atStage('ipxe.dhcp', 'SIGKILL', (pid) => (owner = pid)),
    );
    // The kernel ends the QEMU when its parent dies; it may take the scheduler a moment.
    for (let looks = 0; looks < 200 && qemusOf(owner).length > 0; looks += 1) spawnSync('true');
    t.strictSame(qemusOf(owner), []);
    const replayed = await metalrig(['replay', bundle, '--json']);
    t.equal(replayed.code, 0);
    t.ok(
      replayed.lines.some(({ state }) => state === 'ipxe.dhcp'),
      'what was acted on had been written',
    );
  },
);

void t.test('run: the disk is full -> JRN-003 with a remedy, exit 1, no stack trace', async (t) => {
  const mount = scratchOf(t);
  const words = ['run', SCENARIO, '--on', 'sim', '--out', join(mount, 'b')].join(' ');
  const program = `${process.execPath} ${join(ROOT, 'dist/bundle/main.js')} ${words}`;
  const inside = `mount -t tmpfs -o size=24k none ${mount} && exec ${program}`;
  const isRoot = process.getuid?.() === 0;
  const { status, stderr } = spawnSync('unshare', [...(isRoot ? [] : ['-r']), '-m', 'sh', '-c', inside], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  t.equal(status, 1, stderr);
  t.match(stderr, 'JRN-003');
  t.match(stderr, 'Make room');
  t.notMatch(stderr, /\n\s+at /);
});

void t.test(
  'doctor and start: no QEMU on this host -> exit 3 and the mending command; the scenario in simulation',
  async (t) => {
    const cwd = scratchOf(t);
    const environment = { PATH: '/nowhere' };
    const doctor = await metalrig(['doctor', '--json'], { environment });
    t.equal(doctor.code, 3);
    t.match(doctor.lines, [{ worlds: { sim: true, emulated: false }, mend: /qemu-system-x86/ }]);
    const start = await run(process.execPath, [join(ROOT, 'dist/bundle/start.js')], {
      cwd,
      env: { ...process.env, ...environment },
    });
    t.match(start.stderr, 'apt-get install');
    t.match(start.stdout, 'root node on sim, seed 1: PASS');
  },
);

void t.test(
  'lun serve: libiscsi by CHAP -> in; wrong secret, wrong name -> refused; the secret is never said',
  async (t) => {
    const directory = scratchOf(t);
    const file = join(directory, 'disk.img');
    writeFileSync(file, '');
    truncateSync(file, 8 << 20);
    const secret = 'correct-horse-battery';
    const words = [
      'lun',
      'serve',
      file,
      '--listen',
      '127.0.0.1:0',
      '--chap-user',
      'root1',
      '--chap-secret-env',
      'LUN_SECRET',
      '--json',
    ];
    const answers: { good?: string; bad?: number; stranger?: number } = {};
    const name = 'iqn.2026-11.example.test:good';
    words.push('--initiator', name);
    const ran = await metalrig(words, {
      environment: { LUN_SECRET: secret },
      onOutput: (out, kill) => {
        if (answers.good !== undefined || !out.includes('\n')) return;
        const { port, iqn, number } = JSON.parse(out.split('\n')[0] ?? '') as {
          port: number;
          iqn: string;
          number: number;
        };
        const url = (user: string) => `iscsi://${user}@127.0.0.1:${port}/${iqn}/${number}`;
        answers.good = '';
        void (async () => {
          const login = (initiator: string, secretGiven: string): Promise<{ stdout: string }> =>
            run('iscsi-inq', ['-i', initiator, url(`root1%${secretGiven}`)]);
          const isRefused = (attempt: Promise<unknown>): Promise<number> =>
            attempt.then(
              () => 0,
              () => 1,
            );
          answers.good = (await login(name, secret).catch(() => ({ stdout: 'refused' }))).stdout;
          answers.bad = await isRefused(login(name, 'wrong-secret-123'));
          answers.stranger = await isRefused(login('iqn.2026-11.example.test:stranger', secret));
          kill('SIGINT');
        })();
      },
    });
    t.equal(ran.code, 130);
    t.match(answers.good, 'METALRIG');
    t.equal(answers.bad, 1, 'a wrong secret is refused');
    t.equal(answers.stranger, 1, 'a wrong name is refused');
    t.notMatch(ran.out + ran.err, secret);
  },
);

function atStage(stage: string, signal: NodeJS.Signals, told: (pid: number) => void): RunOptions {
  let isDone = false;
  return {
    onOutput: (out, kill, pid) => {
      if (isDone || !out.includes(`"state":"${stage}"`)) return;
      isDone = true;
      told(pid);
      kill(signal);
    },
  };
}
