import type { JsonObject, ServiceAnswer } from './exchange.js';

/** Messages of DMTF's Base registry that we use (DSP8011), in our words, and the status each comes with. */
const MESSAGES = {
  AccessDenied: [403, 'This may not be done with these rights.', 'Log in as a user who may.'],
  ActionNotSupported: [400, 'There is no action %1.', 'Take an action that the resource offers.'],
  ActionParameterMissing: [400, 'The action %1 needs the parameter %2.', 'Give it.'],
  ActionParameterUnknown: [400, 'The action %1 has no parameter %2.', 'Leave it out.'],
  ActionParameterValueNotInList: [
    400,
    'The value %1 of %2 is none that the action %3 takes.',
    'Take an allowable value.',
  ],
  ActionParameterValueTypeError: [400, 'The value of %1 in the action %2 is of another type.', 'Give the type it has.'],
  GeneralError: [500, '%1', 'See the message.'],
  InsufficientPrivilege: [403, 'This may not be done with these rights.', 'Log in as a user who may.'],
  InternalError: [500, 'The service has failed at this.', 'Ask again; if it stays, reset the manager.'],
  MalformedJSON: [400, 'The body is no JSON object.', 'Send a JSON object.'],
  NoValidSession: [401, 'There is no valid session.', 'Log in first.'],
  OperationNotAllowed: [405, 'This is not done to this resource.', 'See the header Allow.'],
  PreconditionFailed: [412, 'The resource is not what the ETag says any more.', 'Read it again.'],
  PropertyMissing: [400, 'The property %1 is needed.', 'Give it.'],
  PropertyNotWritable: [400, 'The property %1 cannot be written.', 'Leave it out.'],
  PropertyUnknown: [400, 'There is no property %1.', 'Leave it out.'],
  PropertyValueNotInList: [400, 'The value %1 is none that the property %2 takes.', 'Take an allowable value.'],
  PropertyValueTypeError: [400, 'The value of the property %1 is of another type.', 'Give the type it has.'],
  QueryNotSupported: [501, 'Queries are not supported.', 'Ask without them.'],
  ResourceAtUriUnauthorized: [401, 'The user or the password is not right.', 'Give those of an account.'],
  ResourceInUse: [409, 'This is being changed already.', 'Ask again when that is done.'],
  ResourceInStandby: [409, 'The machine is off.', 'Switch it on first.'],
  ResourceMissingAtURI: [404, 'There is nothing at %1.', 'Follow the links of the service root.'],
  ServiceTemporarilyUnavailable: [503, 'The service is not available for now; ask again in %1 seconds.', 'Wait.'],
  SessionLimitExceeded: [503, 'There are as many sessions as there can be.', 'End one.'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string, resolution: string]>>;

export type MessageKey = keyof typeof MESSAGES;

/** The version of the registry that has all of these. */
const REGISTRY = 'Base.1.16';
/** What a client sent us shows up again in messages; so much of it. */
const LONGEST_ARGUMENT = 80;

/**
 * A refusal as clients know it: the status, and an error object with extended information.
 * @param at the JSON pointer of the property it is about, if any
 * @see DSP0266, section 8.6
 */
export function refusal(key: MessageKey, args: readonly string[] = [], at?: string): ServiceAnswer {
  const [status, text, resolution] = MESSAGES[key];
  const shown = args.map((arg) => arg.slice(0, LONGEST_ARGUMENT));
  const message = shown.reduce((filled, arg, index) => filled.replaceAll(`%${index + 1}`, () => arg), text);
  const info: JsonObject = {
    '@odata.type': '#Message.v1_1_2.Message',
    MessageId: `${REGISTRY}.${key}`,
    Message: message,
    MessageArgs: shown,
    MessageSeverity: status >= 500 ? 'Critical' : 'Warning',
    Severity: status >= 500 ? 'Critical' : 'Warning',
    Resolution: resolution,
    ...(at === undefined ? {} : { RelatedProperties: [at] }),
  };
  return {
    status,
    body: { error: { code: `${REGISTRY}.${key}`, message, '@Message.ExtendedInfo': [info] } },
  };
}
