import { setMaxListeners } from 'node:events';

/** Turns Ctrl-C, SIGTERM and SIGHUP into an abort; a second one does not wait for an orderly end. */
export function onInterrupt(): AbortSignal {
  const interrupt = new AbortController();
  // Every call on a hundred nodes listens to it at once; Node takes more than ten for a leak, and says so on stderr.
  setMaxListeners(0, interrupt.signal);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort();
    });
  }
  // A reader that goes away (`| head`) is no fault of ours.
  process.stdout.on('error', () => process.exit(0));
  return interrupt.signal;
}
