import { join } from 'node:path';
import type { Append, Entry } from '../../../core/journal/entry.js';
import { compiledSteppers } from '../../../core/machines/steppers.js';
import type { Site } from '../../../core/site/site.js';
import { runSim } from '../../../sim/run.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';
import { Dashboard } from '../../../tui/dashboard/dashboard.js';
import type { Operate } from '../../../tui/dashboard/keys/operate.js';
import type { Bookings } from '../../../tui/dashboard/model/schedule.js';
import type { WireSource } from '../../../tui/dashboard/model/wire.js';
import { textOf, type Size } from '../../../tui/dashboard/views/line.js';
import { loadPlan } from '../../../tui/load-plan.js';
import { ROOT } from '../../run-metalrig.js';

export const SMALL: Size = { columns: 80, rows: 24 };
export const LARGE: Size = { columns: 200, rows: 50 };

export interface Story {
  readonly entries: readonly Entry[];
  readonly site: Site;
  readonly bookings?: Bookings;
  readonly wire?: WireSource;
}

/** One of our scenarios, played in simulation by seed 7. */
export function storyOf(scenario: string): Story {
  const { plan } = loadPlan(join(ROOT, 'scenarios', `${scenario}.scenario.yaml`));
  const entries: Entry[] = [];
  const append: Append = (happening, at) => entries.push({ seq: entries.length + 1, at, ...happening }) > 0;
  const outcome = runSim({ plan, seed: 7, append, steppers: compiledSteppers() });
  append({ entry: 'closed', verdict: 'pass' }, outcome.virtual_ms);
  return { entries, site: plan.site };
}

/** A schedule's directory that is not there. */
export const NOTHING_BOOKED: Bookings = {
  directory: 'schedule',
  now: 0,
  zone: 'UTC',
  zones: systemZones(),
  reservations: [],
  trouble: null,
};

/** The dashboard over a story, at its end; `isGrowing`: more of it is to come. */
export function dashboardOver(story: Story, size: Size = SMALL, isGrowing = false): Dashboard {
  const { entries, site, bookings = NOTHING_BOOKED, wire = null } = story;
  const feed = { name: 'runs/story', isGrowing, site, wire, console: () => null };
  const dashboard = new Dashboard({
    feed,
    bookings: () => bookings,
    isAscii: false,
    size,
    operate: 'a record is asked nothing',
  });
  dashboard.take(entries, 0);
  return dashboard;
}

/** The dashboard over a rack that is up and takes what is asked of it. */
export function dashboardOperating({ entries, site }: Story, operate: Operate): Dashboard {
  const feed = { name: 'rack', isGrowing: true, site, wire: null, console: () => null };
  const dashboard = new Dashboard({ feed, bookings: () => NOTHING_BOOKED, isAscii: false, size: SMALL, operate });
  dashboard.take(entries, 0);
  return dashboard;
}

/** Presses keys by their names, or signs by themselves. */
export function press(dashboard: Dashboard, ...names: readonly string[]): void {
  for (const name of names) dashboard.press({ name, character: name.length === 1 ? name : null });
}

/** The frame as text, without the blanks at the ends of its lines. */
export function screenOf(dashboard: Dashboard): string {
  return dashboard
    .frame()
    .map((line) => textOf(line).trimEnd())
    .join('\n');
}
