import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

/** How the BMC itself judges a reading against its own thresholds; `absent` where nothing is plugged in or read. */
export type SensorHealth = 'ok' | 'warning' | 'critical' | 'absent';

export interface SensorReading {
  /** As the BMC calls it, such as `CPU1 Temp`. */
  readonly name: string;
  /** In `unit`; null for a discrete sensor, and where there is no reading. */
  readonly value: number | null;
  /** As the BMC says it, such as `degrees C`, `RPM`, `Volts`; null where it says none. */
  readonly unit: string | null;
  readonly health: SensorHealth;
  /** What a discrete sensor says, such as `Presence detected`; empty where it says nothing. */
  readonly text: string;
}

export interface SensorsPort {
  /** In the BMC's order. */
  read(node: NodeId, signal: AbortSignalLike): Promise<readonly SensorReading[]>;
}
