/** The families of PDUs that we can switch. Each is a file in drivers/pdu/models. */
export const PDU_MODELS = [
  'apc-master-switch',
  'apc-rpdu',
  'apc-rpdu2',
  'generic',
  'raritan-px',
  'raritan-px2',
  'servertech-sentry3',
  'servertech-sentry4',
] as const;
export type PduModelName = (typeof PDU_MODELS)[number];
