import { collection, link, ROOT, type JsonObject, type Resource } from '../exchange.js';
import { THE_ONE, type Parts } from '../parts.js';

/** The version of the protocol that this service keeps to (DSP0266). */
const REDFISH_VERSION = '1.15.0';

export function rootResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const documents: readonly (readonly [string, () => JsonObject])[] = [
    ['/redfish', () => ({ v1: `${ROOT}/` })],
    [ROOT, () => serviceRoot(parts)],
    [`${ROOT}/odata`, serviceDocument],
  ];
  return [
    ...documents.map(([path, get]) => [path, { get, isPublic: true }] as const),
    [`${ROOT}/$metadata`, { get: () => METADATA, isPublic: true }],
    ...['Systems', 'Chassis', 'Managers'].map((name) => [`${ROOT}/${name}`, { get: () => ofOne(name) }] as const),
  ];
}

function serviceRoot({ machine }: Parts): JsonObject {
  return {
    '@odata.id': `${ROOT}/`,
    '@odata.type': '#ServiceRoot.v1_15_0.ServiceRoot',
    Id: 'RootService',
    Name: `BMC of ${machine.name}`,
    RedfishVersion: REDFISH_VERSION,
    UUID: machine.uuid,
    Vendor: 'metalrig',
    Product: 'emulated BMC',
    ProtocolFeaturesSupported: {
      ExpandQuery: { ExpandAll: false, Levels: false, Links: false, NoLinks: false },
      FilterQuery: false,
      OnlyMemberQuery: false,
      SelectQuery: false,
    },
    Systems: link('/Systems'),
    Chassis: link('/Chassis'),
    Managers: link('/Managers'),
    SessionService: link('/SessionService'),
    Tasks: link('/TaskService'),
    Links: { Sessions: link('/SessionService/Sessions') },
  };
}

/** @see DSP0266, section 11.2 */
function serviceDocument(): JsonObject {
  const names = ['Systems', 'Chassis', 'Managers', 'SessionService', 'TaskService'];
  return {
    '@odata.context': `${ROOT}/$metadata`,
    value: [
      { name: 'Service', kind: 'Singleton', url: `${ROOT}/` },
      ...names.map((name) => ({ name, kind: 'Singleton', url: `${ROOT}/${name}` })),
    ],
  };
}

/** Clients of OData ask for it; those of Redfish hardly ever do. It refers to DMTF's schemas and defines none. */
const METADATA = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">',
  ...['ServiceRoot', 'ComputerSystem', 'Chassis', 'Manager', 'SessionService', 'TaskService'].flatMap((name) => [
    `<edmx:Reference Uri="http://redfish.dmtf.org/schemas/v1/${name}_v1.xml">`,
    `<edmx:Include Namespace="${name}"/></edmx:Reference>`,
  ]),
  '<edmx:DataServices/>',
  '</edmx:Edmx>',
  '',
].join('\n');

const SCHEMA_OF: Readonly<Record<string, string>> = {
  Systems: 'ComputerSystem',
  Chassis: 'Chassis',
  Managers: 'Manager',
};

function ofOne(name: string): JsonObject {
  return collection({ path: `/${name}`, schema: SCHEMA_OF[name] ?? name, name, members: [THE_ONE] });
}
