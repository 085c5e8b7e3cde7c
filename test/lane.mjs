// Runs compiled test files in one process, one after the other: a process of its own costs 0.3 s of CPU to load tap
// and our modules, most files less to run. Prints what tap prints, and after each the totals so far, `# ended: FILE`.
//
//   node --import ./test/seed.mjs --enable-source-maps test/lane.mjs dist/test/core/site.test.js ...
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const files = process.argv.slice(2).map((file) => resolve(file));
// tap names the directories of its fixtures after what stands here.
process.argv.splice(1, Infinity, files[0]);
const { default: t } = await import('tap');
const LIMIT_MS = Number(process.env.TAP_TIMEOUT ?? 30) * 1000;

t.comment(`${files.length} files`);
// A file is over when it has left nothing to do, as in a process of its own. tap itself would end then.
const [end] = process.rawListeners('beforeExit');
process.removeListener('beforeExit', end);
// This one ends tap when nothing is going on for a moment, so between two files.
t.teardown = (...words) => t.after(...words);
let current = null;
process.on('beforeExit', () => {
  if (current !== null) close(current);
  current = null;
  const file = files.shift();
  if (file !== undefined) void begin(file);
  else end();
});

async function begin(file) {
  current = { file, isLoaded: false, directory: process.cwd(), environment: process.env };
  t.setTimeout(LIMIT_MS);
  await import(pathToFileURL(file).href);
  current.isLoaded = true;
}

function close({ file, isLoaded, directory, environment }) {
  const isAsBefore = process.cwd() === directory && process.env === environment;
  if (!isAsBefore) t.fail('it leaves another directory or environment', { at: null });
  // Or it waits for what never comes, or threw outside of a test: the files after it need another process.
  if (!isAsBefore || !isLoaded || !t.idle || t.ended) {
    end();
    process.exit(1);
  }
  t.comment(t.counts.toJSON());
  t.comment(`ended: ${file}`);
  // tap keeps comments back until it knows that no diagnosis follows.
  t.pragma({ strict: false });
}
