import { link, NO_CONTENT, ROOT, type Given, type JsonObject, type Resource, type ServiceAnswer } from '../exchange.js';
import { choiceParameter, parameters } from '../given.js';
import { THE_ONE, type Parts } from '../parts.js';

export const MANAGER = `/Managers/${THE_ONE}`;
const RESET_ACTION = 'Manager.Reset';
const RESET_TYPES = ['ForceRestart', 'GracefulRestart'] as const;
/** Where the manager is reset: what a BMC that needs it still answers. */
export const MANAGER_RESET = `${ROOT}${MANAGER}/Actions/${RESET_ACTION}`;

/** @param restarted called when the manager was reset */
export function managerResources(parts: Parts, restarted: () => void): readonly (readonly [string, Resource])[] {
  return [
    [`${ROOT}${MANAGER}`, { get: () => manager(parts) }],
    [MANAGER_RESET, { post: (given) => reset(parts, given, restarted) }],
  ];
}

function manager({ machine }: Parts): JsonObject {
  return {
    ...link(MANAGER),
    '@odata.type': '#Manager.v1_18_0.Manager',
    Id: THE_ONE,
    Name: `BMC of ${machine.name}`,
    ManagerType: 'BMC',
    Manufacturer: 'metalrig',
    Model: 'emulated BMC',
    FirmwareVersion: '1.0',
    UUID: machine.uuid,
    PowerState: 'On',
    Status: { State: 'Enabled', Health: 'OK' },
    ...(machine.media === null ? {} : { VirtualMedia: link(`${MANAGER}/VirtualMedia`) }),
    LogServices: link(`${MANAGER}/LogServices`),
    Actions: {
      '#Manager.Reset': { target: MANAGER_RESET, 'ResetType@Redfish.AllowableValues': RESET_TYPES },
    },
    Links: {
      ManagerForServers: [link(`/Systems/${THE_ONE}`)],
      ManagerForChassis: [link(`/Chassis/${THE_ONE}`)],
    },
  };
}

/** Sessions end by it; the machine behind the BMC goes on as it was. */
async function reset(parts: Parts, given: Given, restarted: () => void): Promise<ServiceAnswer> {
  const known = parameters(RESET_ACTION, given, ['ResetType']);
  if (!known.ok) return known.refused;
  const type = choiceParameter({ action: RESET_ACTION, given, name: 'ResetType', known: RESET_TYPES });
  if (!type.ok) return type.refused;
  parts.sessions.endAll();
  parts.log.add('Manager', 'The manager was reset.');
  restarted();
  return NO_CONTENT;
}
