#!/usr/bin/env node
// Makes a fresh clone ready to run: Debian packages, node_modules, the compiled code. Plain JavaScript without
// dependencies, because it runs before there are any. Idempotent; when nothing is to be done it is silent and quick.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from './packages.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const CODE_FOLDERS = ['core', 'drivers', 'sim', 'tui', 'test'];
const EXIT = { ok: 0, buildFailed: 1, usage: 2, hostLacks: 3 };

// What is there already stays: a set-up that removes a package to make room for another would be a trap.
const INSTALL = ['install', '-y', '--no-install-recommends', '--no-remove'];

const HELP = `usage: node tui/setup.mjs [--for start|test] [--json]

Installs the Debian packages that are missing (as root, or by sudo without a password), runs 'npm ci' when node_modules
is not what package-lock.json says, and compiles what changed. Says what it does on stderr, and nothing when there is
nothing to do. With --json one object a step on stdout; the last line is the result.
No service is started by what it installs.

exit codes: 0 ready, 1 the code does not compile, 2 bad usage, 3 the host lacks something (message says what to run).
With --for start, missing packages are only told: metalrig then runs in simulation.
`;

process.exitCode = main(process.argv.slice(2));

function main(words) {
  const options = parseOptions(words);
  if (options === null) return EXIT.usage;
  if (options.isHelp) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const tell = (step, state, more = {}) => {
    if (options.isJson) process.stdout.write(`${JSON.stringify({ type: 'setup', step, state, ...more })}\n`);
  };
  const steps = [() => setUpPackages(options.purpose, tell), () => setUpModules(tell), () => compile(tell)];
  let code = EXIT.ok;
  for (const step of steps) {
    code = step();
    if (code !== EXIT.ok) break;
  }
  if (options.isJson)
    process.stdout.write(`${JSON.stringify({ type: 'result', ok: code === EXIT.ok, exitCode: code })}\n`);
  return code;
}

function parseOptions(words) {
  const options = { purpose: 'start', isJson: false, isHelp: false };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === '--json') options.isJson = true;
    else if (word === '--help' || word === '-h') options.isHelp = true;
    else if (word === '--for' && Object.hasOwn(PACKAGES, words[index + 1] ?? '')) options.purpose = words[(index += 1)];
    else {
      say(`${word === '--for' ? `--for ${words[index + 1] ?? ''}` : word} is not understood\n\n${HELP}`);
      return null;
    }
  }
  return options;
}

// --- Debian packages

function setUpPackages(purpose, tell) {
  const wanted = Object.keys({ ...PACKAGES.start, ...(purpose === 'test' ? PACKAGES.test : {}) });
  const isThere = (name) => [name, `${name}-static`].some((variant) => installedPackages().has(variant));
  const missing = wanted.filter((name) => !isThere(name));
  // The guest payload is downloaded through apt's index, so there must be one even when nothing is to be installed.
  const needsIndex = !hasPackageIndex();
  if (missing.length === 0 && !needsIndex) {
    tell('packages', 'ready');
    return EXIT.ok;
  }
  const problem = install(missing, needsIndex);
  if (problem === null) {
    tell('packages', 'installed', { packages: missing });
    return EXIT.ok;
  }
  const list = missing.join(' ');
  const mend = `apt-get update${missing.length === 0 ? '' : ` && apt-get ${INSTALL.join(' ')} ${list}`}`;
  say(`${problem}\n  missing: ${list || "apt's package lists"}\n  as root, run: ${mend}`);
  tell('packages', 'missing', { packages: missing, mend });
  if (purpose === 'test') return EXIT.hostLacks;
  say('going on without them: what needs an emulated node runs in simulation');
  return EXIT.ok;
}

/** Names that dpkg says are wholly installed; empty where there is no dpkg. */
function installedPackages() {
  installedPackages.cache ??= readInstalled();
  return installedPackages.cache;
}

function readInstalled() {
  const names = new Set();
  let status = '';
  try {
    status = readFileSync('/var/lib/dpkg/status', 'utf8');
  } catch {
    return names; // not a Debian-family host
  }
  for (const stanza of status.split('\n\n')) {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1];
    if (name !== undefined && /^Status: \S+ ok installed$/m.test(stanza)) names.add(name);
  }
  return names;
}

function hasPackageIndex() {
  try {
    return readdirSync('/var/lib/apt/lists').some((file) => /_Packages(\.\w+)?$/.test(file));
  } catch {
    return false;
  }
}

/** Null when all went well, else what is in the way. */
function install(packages, needsIndex) {
  if (!canRun('apt-get'))
    return 'This host has no apt-get: metalrig installs what it needs on Debian-family hosts only.';
  const prefix = rootPrefix();
  if (prefix === null) return 'Installing packages takes root, or sudo without a password.';
  const update = () => apt(prefix, ['update']);
  const add = () => packages.length === 0 || apt(prefix, [...INSTALL, ...packages]);
  if (packages.length > 0) say(`installing ${packages.join(', ')}`);
  if (needsIndex) {
    say("fetching apt's package lists");
    if (!update() && !update()) return 'apt-get could not fetch the package lists (its messages are above).';
    return add() ? null : 'apt-get could not install everything (its messages are above).';
  }
  // Lists that have grown old name files that the mirror no longer has: fetch them, and try once more.
  if (add() || (update() && add())) return null;
  return 'apt-get could not install everything (its messages are above).';
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return canRun('sudo', ['-n', 'true']) ? ['sudo', '-n'] : null;
}

/**
 * Packages such as tgt start their daemon when they are installed. We want the programs only, and leave no policy-rc.d
 * on the host: apt runs where /run/systemd is hidden (a mount namespace of its own), so that maintainer scripts see no
 * systemd to start anything with, and in runlevel 1, where invoke-rc.d starts nothing. Where the namespace is refused,
 * as in many containers, there is no systemd either.
 */
function apt(prefix, words) {
  const quiet = ['-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', ...quiet, ...words];
  const hidden = 'mount -t tmpfs none /run/systemd && exec "$@"';
  const probe = [...prefix, 'unshare', '--mount', 'sh', '-c', hidden, 'sh', 'true'];
  const isHidden = existsSync('/run/systemd/system') && canRun(probe[0], probe.slice(1));
  const argv = isHidden ? [...probe.slice(0, -1), ...command] : [...prefix, ...command];
  return run(argv).status === 0;
}

// --- node_modules

function setUpModules(tell) {
  if (areModulesFresh()) {
    tell('node_modules', 'ready');
    return EXIT.ok;
  }
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say("node_modules is a link, and not what package-lock.json says: run 'npm ci' where it leads");
    tell('node_modules', 'failed');
    return EXIT.hostLacks;
  }
  say('installing node_modules (npm ci)');
  const isDone =
    run(['npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], ROOT).status === 0;
  if (!isDone) say("'npm ci' failed: check the network and npm's registry, then run it by hand");
  tell('node_modules', isDone ? 'installed' : 'failed');
  return isDone ? EXIT.ok : EXIT.hostLacks;
}

/** npm writes the hidden lockfile last, as its own stamp of what is installed. */
function areModulesFresh() {
  try {
    const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
    const installed = readJson(join(ROOT, 'node_modules', '.package-lock.json')).packages;
    return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      const found = installed[path];
      if (path === '') return true;
      // Optional ones are there only on their own platform.
      if (found === undefined) return optional === true;
      return found.version === version && found.integrity === integrity;
    });
  } catch {
    return false;
  }
}

// --- the compiled code

function compile(tell) {
  const stamp = join(ROOT, 'dist', '.info', 'setup-stamp');
  const before = sourcesState();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === before) {
    tell('build', 'ready');
    return EXIT.ok;
  }
  say('compiling');
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const steps = [[compiler, '-b'], [join(ROOT, 'tui', 'bundle.mjs')]];
  if (steps.some((words) => run([process.execPath, ...words], ROOT).status !== 0)) {
    say('the code does not compile (messages above)');
    tell('build', 'failed');
    return EXIT.buildFailed;
  }
  removeOrphans();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, before);
  tell('build', 'built');
  return EXIT.ok;
}

/** Changes whenever a source, a tsconfig or the lock file does. */
function sourcesState() {
  const hash = createHash('sha256');
  const files = CODE_FOLDERS.flatMap((folder) => filesBelow(join(ROOT, folder)));
  const isInput = (file) => /\.(ts|tsx|mts)$|tsconfig.*\.json$/.test(file);
  const settings = readdirSync(ROOT)
    .filter((file) => file.endsWith('.json'))
    .map((file) => join(ROOT, file));
  const inputs = [...files.filter(isInput), ...settings].sort((left, right) => (left < right ? -1 : 1));
  for (const file of inputs) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** tsc leaves what it once made of a source that is gone; a test runner would go on running it. */
function removeOrphans() {
  for (const file of CODE_FOLDERS.flatMap((folder) => filesBelow(join(ROOT, 'dist', folder)))) {
    const source = join(ROOT, relative(join(ROOT, 'dist'), file)).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (source.endsWith('.ts') && !existsSync(source)) rmSync(file);
  }
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

// --- running things

/** Everything that programs print goes to stderr: stdout belongs to --json. */
function run(argv, cwd = ROOT) {
  return spawnSync(argv[0], argv.slice(1), { cwd, stdio: ['ignore', 2, 2] });
}

function canRun(program, words = ['--version']) {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}
