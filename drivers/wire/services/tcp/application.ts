import type { Receiver } from './receiver.js';
import type { Sender } from './sender.js';

/** What the application listens for beside data, each told in its turn: data, then the peer's end, then the close. */
export class Application {
  readonly drainListeners: (() => void)[] = [];
  readonly endListeners: (() => void)[] = [];
  readonly closeListeners: (() => void)[] = [];
  #hasToldEnd = false;
  #hasToldClose = false;

  /** Tells what there is to tell of an open connection; the listeners may write, end, pause and resume. */
  tell(sender: Sender, receiver: Receiver): void {
    for (;;) {
      receiver.handOver();
      if (receiver.isFinished && receiver.isDelivered && !this.#hasToldEnd) {
        this.#hasToldEnd = true;
        for (const listener of this.endListeners) listener();
      }
      // Who is told of room may read on: then there is more to hand over. A drain is told once for a full buffer.
      if (!sender.takeDrain()) return;
      for (const listener of this.drainListeners) listener();
    }
  }

  tellClose(): void {
    if (this.#hasToldClose) return;
    this.#hasToldClose = true;
    for (const listener of this.closeListeners) listener();
  }
}
