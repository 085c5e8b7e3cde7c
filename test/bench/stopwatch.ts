/** What an act took: by the wall, and of this process's CPU (all threads; tells more on a machine that is busy). */
export interface Lap {
  readonly wall_s: number;
  readonly cpu_s: number;
}

export function startStopwatch(): () => Lap {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wall_s: (performance.now() - startedAt) / 1_000, cpu_s: (user + system) / 1_000_000 };
  };
}
