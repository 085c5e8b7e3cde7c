import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedPages } from './generated/pages.js';
import { ROOT } from './run-metalrig.js';

/** `npm run update`: writes every generated page anew. Read the diff before it is committed. */
for (const { path, text } of await generatedPages()) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}
