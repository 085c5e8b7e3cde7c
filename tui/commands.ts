import type { Command } from './cli/command.js';

/** Every verb, in the order of the help. Each is loaded when it is asked for: most need little of what others need. */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.js')).runCommand,
  replay: async () => (await import('./commands/replay.js')).replayCommand,
  resume: async () => (await import('./commands/resume.js')).resumeCommand,
  console: async () => (await import('./commands/console.js')).consoleCommand,
  top: async () => (await import('./commands/top.js')).topCommand,
  power: async () => (await import('./commands/power.js')).powerCommand,
  'boot-device': async () => (await import('./commands/boot-device.js')).bootDeviceCommand,
  sensors: async () => (await import('./commands/sensors.js')).sensorsCommand,
  inventory: async () => (await import('./commands/inventory.js')).inventoryCommand,
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
  graph: async () => (await import('./commands/graph.js')).graphCommand,
  image: async () => (await import('./commands/image.js')).imageCommand,
  lun: async () => (await import('./commands/lun.js')).lunCommand,
  rack: async () => (await import('./commands/rack.js')).rackCommand,
  hands: async () => (await import('./commands/hands.js')).handsCommand,
  reserve: async () => (await import('./commands/reserve.js')).reserveCommand,
  keys: async () => (await import('./commands/keys.js')).keysCommand,
  schema: async () => (await import('./commands/schema.js')).schemaCommand,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS);

/** @returns null when there is no such verb */
export async function loadCommand(name: string): Promise<Command | null> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  return load === undefined ? null : load();
}

export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()));
}
