import { scenarioSchema } from '../../core/scenario/schema.js';
import { siteSchema } from '../../core/site/schema.js';
import { EXIT, usage, type Command } from '../cli/command.js';

const SCHEMAS = { site: siteSchema, scenario: scenarioSchema } as const;

export const schemaCommand: Command = {
  name: 'schema',
  usage: 'schema site|scenario',
  says: 'Prints the JSON Schema of a file that users write, for editors.',
  takes: [1, 1],
  options: {},
  run: (given, io) => {
    const [name] = given.positionals;
    if (name !== 'site' && name !== 'scenario') throw usage(schemaCommand, 'it takes site or scenario');
    const schema = SCHEMAS[name]();
    io.out(`${given.flag('json') ? JSON.stringify(schema) : JSON.stringify(schema, null, 2)}\n`);
    return EXIT.ok;
  },
};
