import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarioSchema } from '../../core/scenario/schema.js';
import { siteSchema } from '../../core/site/schema.js';
import { allCommands } from '../../tui/commands.js';
import { ROOT } from '../run-metalrig.js';
import type { TextFile } from '../tidy/text-file.js';
import { busPage } from './bus.js';
import { cliPage } from './cli.js';
import { dashboardPages } from './dashboard.js';
import { effectsPage } from './effects.js';
import { faultsPage } from './faults.js';
import { machinesPage } from './machines.js';

/** Every generated page as it should be now. Paths are relative to the repository's root. */
export async function generatedPages(): Promise<readonly TextFile[]> {
  return [
    { path: 'docs/generated/machines.md', text: machinesPage() },
    { path: 'docs/generated/faults.md', text: faultsPage(faultFiles()) },
    { path: 'docs/generated/effects.md', text: effectsPage(source('core/effects/catalog.ts')) },
    { path: 'docs/generated/bus.md', text: busPage() },
    { path: 'docs/generated/cli.md', text: cliPage(await allCommands()) },
    ...dashboardPages(),
    { path: 'docs/generated/site.schema.json', text: jsonText(siteSchema()) },
    { path: 'docs/generated/scenario.schema.json', text: jsonText(scenarioSchema()) },
  ];
}

export function faultFiles(): readonly TextFile[] {
  return readdirSync(join(ROOT, 'core', 'faults'))
    .sort()
    .map((name) => source(`core/faults/${name}`));
}

function source(path: string): TextFile {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
