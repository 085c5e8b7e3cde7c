import { writeFileSync } from 'node:fs';

// Loaded before a program (node --import): writes what that process alone has used, its children not, when it ends.

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, rss_mb: maxRSS / 1024 };
  const file = process.env['METALRIG_BENCH_USAGE'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(usage));
});
