import { EFFECTS } from '../../core/effects/catalog.js';
import type { TextFile } from '../tidy/text-file.js';
import { interfaceMembers } from './declarations.js';

/** What machines may ask of the world. */
export function effectsPage(catalog: TextFile): string {
  const members = new Map(interfaceMembers(catalog, 'EffectCatalog').map((member) => [member.name, member]));
  return [
    '# What can machines ask of the world?',
    '',
    'An effect names a wanted level, so that asking twice is asking once. Each input also has `deadlineAt` (ms since',
    'the start of the run, or null), each outcome `at`. Generated from `core/effects/catalog.ts`; do not edit.',
    '',
    '| effect | what it is | input | outcome |',
    '|---|---|---|---|',
    ...Object.entries(EFFECTS).map(([effect, what]) => {
      const fields = members.get(effect)?.fields;
      return `| \`${effect}\` | ${what} | ${shape(fields?.get('in'))} | ${shape(fields?.get('out'))} |`;
    }),
    '',
  ].join('\n');
}

/** `{ readonly node: NodeId; readonly want: PowerState }` as `node: NodeId, want: PowerState`. */
function shape(written = ''): string {
  const fields = written
    .replace(/^\{|\}$/g, '')
    .split(';')
    .map((field) => field.replace('readonly ', '').trim())
    .filter((field) => field !== '');
  return fields.map((field) => `\`${field}\``).join(', ');
}
