import { setTimeout as sleep } from 'node:timers/promises';

/** For programs that do not say when they are ready. */
export async function pause(wait_ms: number): Promise<void> {
  await sleep(wait_ms);
}
