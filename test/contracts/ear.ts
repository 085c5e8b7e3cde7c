import type { ConsoleListener } from '../../core/ports/console.js';

/** A listener that can be waited for. */
export interface Ear extends ConsoleListener {
  /** Comes when all that it heard holds this. */
  until(text: string): Promise<void>;
  /** Comes when the line is there, or was lost. */
  untilLine(isThere: boolean): Promise<void>;
  text(): string;
}

export function ear(name: string, writes: boolean): Ear {
  let text = '';
  let isThere = false;
  let awake: () => void = () => {};
  const until = async (isIt: () => boolean): Promise<void> => {
    while (!isIt()) await new Promise<void>((resolve) => void (awake = resolve));
  };
  return {
    name,
    writes,
    heard(piece) {
      text += piece.text;
      awake();
    },
    line(fault) {
      isThere = fault === null;
      awake();
    },
    until: (wanted) => until(() => text.includes(wanted)),
    untilLine: (wanted) => until(() => isThere === wanted),
    text: () => text,
  };
}
