import type { Feed } from './feed/feed.js';
import type { Operate } from './keys/operate.js';
import type { Ui } from './model/ui.js';
import type { Bookings } from './model/schedule.js';
import type { Past } from './past.js';
import { ASCII, UNICODE, type Size } from './views/line.js';
import type { Scene } from './views/scene.js';

/** What a dashboard is made of. */
export interface DashboardParts {
  readonly feed: Pick<Feed, 'name' | 'isGrowing' | 'site' | 'console' | 'wire'>;
  readonly bookings: () => Bookings;
  readonly isAscii: boolean;
  readonly size: Size;
  /** Where nothing can, or may, be asked of what is shown: why. */
  readonly operate: Operate | string;
}

/** What a frame is drawn from, of what the dashboard itself knows. */
export interface Shown {
  readonly past: Past;
  readonly ui: Ui;
  readonly size: Size;
  readonly mayGrow: boolean;
  readonly trouble: string | null;
  readonly canOperate: boolean;
}

export function sceneOf({ feed, bookings }: DashboardParts, { past, ...shown }: Shown): Scene {
  const { playback, log, board, rack, journal } = past;
  return {
    ...shown,
    moment: { model: playback.model, log, now_ms: playback.now_ms },
    glyphs: shown.ui.isAscii ? ASCII : UNICODE,
    board,
    rack,
    journal,
    bookings,
    motion: playback.motion,
    speed: playback.speed,
    console: feed.console,
    wire: feed.wire,
  };
}
