import type { Observation } from '../../core/evidence.js';
import { remedy, says, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import type { Io } from '../cli/io.js';
import type { MachineRoom } from '../compose/machine-room.js';
import { fit, seconds } from '../views/run-lines.js';

/** What a rack shows that is up in somebody's terminal, or writes to its log. */
export interface RackView {
  progress(text: string): void;
  /** What happens before that stands in the journal alone. */
  up(): void;
  seen(seen: Observation, at_ms: number): void;
  chassis(node: NodeId, chassis: Chassis, at_ms: number): void;
  fault(fault: Fault, at_ms: number): void;
}

export function rackView(isJson: boolean, io: Io): RackView {
  const stages = new Map<NodeId, string>();
  const levels = new Map<NodeId, string>();
  let isUp = false;
  const json = (line: object): void => io.out(`${JSON.stringify(line)}\n`);
  const line = (at_ms: number, node: string, what: string): void =>
    io.out(`${fit(`${seconds(at_ms)}  ${node.padEnd(8)} ${what}`, io.columns)}\n`);
  return {
    progress(text) {
      if (text !== '') io.err(`${text}\n`);
    },
    up: () => void (isUp = true),
    seen(seen, at_ms) {
      const { node, what } = seen;
      const stage = seen.kind === 'reached' ? seen.stage : seen.kind;
      if (seen.kind === 'reached' && stages.get(node) === stage) return;
      stages.set(node, stage);
      if (!isUp) return;
      const fault = seen.kind === 'reached' ? null : seen.fault;
      if (isJson) return json({ type: seen.kind, node, stage, what, at_ms, ...(fault === null ? {} : { fault }) });
      line(at_ms, node, `${stage.padEnd(15)} ${fault === null ? what : `${fault.code} ${says(fault)}`}`);
    },
    chassis(node, chassis, at_ms) {
      const { device, lasts, mode } = chassis.bootOverride();
      const boot = device === null ? 'its own order' : `${device} ${lasts}, ${mode}`;
      const level = `${chassis.power()}, boots from ${boot}`;
      if (levels.get(node) === level) return;
      levels.set(node, level);
      if (!isUp) return;
      if (isJson) json({ type: 'chassis', node, power: chassis.power(), boot: chassis.bootOverride(), at_ms });
      else line(at_ms, node, `${'chassis'.padEnd(15)} ${level}`);
    },
    fault(fault, at_ms) {
      if (isJson) return json({ type: 'fault', fault, says: says(fault), remedy: remedy(fault), at_ms });
      io.err(`${seconds(at_ms)}  ${fault.code} ${says(fault)}\n  ${remedy(fault)}\n`);
    },
  };
}

/** Where a rack's BMCs and PDUs are, for people. */
export function placeLines({ nodes, pdus }: Site, places: MachineRoom['places']): readonly string[] {
  const rows = nodes.flatMap((node) => [
    `  ${node.id.padEnd(8)} ${bmcText(node, places)}${cords(node)}`,
    ...certificate(places.redfish[node.id]),
  ]);
  const units = pdus.map((pdu) => {
    const place = places.pdus[pdu.name];
    const at = place === undefined ? 'not up' : `${place.address} port ${place.port}`;
    return `  ${pdu.name.padEnd(8)} snmp     ${at}  ${pdu.model}`;
  });
  return [...rows, ...units];
}

function bmcText({ id, bmc }: SiteNode, { ipmi, redfish }: MachineRoom['places']): string {
  const place = ipmi[id];
  if (place !== undefined) return `ipmi     ${place.address} port ${place.port}  user ${bmc?.user ?? ''}`;
  const service = redfish[id];
  if (service === undefined) return 'no BMC';
  return `redfish  ${service.url}  user ${bmc?.user ?? ''}`;
}

/** On a line of its own: a path may be long. */
function certificate(service: MachineRoom['places']['redfish'][string] | undefined): readonly string[] {
  return service === undefined ? [] : [`${' '.repeat(20)}certificate ${service.certificate}`];
}

function cords({ outlets }: SiteNode): string {
  return outlets.length === 0 ? '' : `  fed by ${outlets.map(({ pdu, outlet }) => `${pdu} ${outlet}`).join(', ')}`;
}
