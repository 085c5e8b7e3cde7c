import { refusal } from '../errors.js';
import { collection, link, NO_CONTENT, ROOT, type Branch, type JsonObject } from '../exchange.js';
import type { Resource, ServiceAnswer } from '../exchange.js';
import type { Parts } from '../parts.js';
import type { Task } from '../tasks.js';

const SERVICE = '/TaskService';
const TASKS = `${SERVICE}/Tasks`;
const MONITORS = `${SERVICE}/TaskMonitors`;

export function taskResources(parts: Parts): readonly (readonly [string, Resource])[] {
  return [
    [`${ROOT}${SERVICE}`, { get: service }],
    [`${ROOT}${TASKS}`, { get: () => tasks(parts) }],
  ];
}

export function taskBranch(parts: Parts): Branch {
  const path = new RegExp(`^${ROOT}${SERVICE}/(Tasks|TaskMonitors)/(\\d{1,9})$`);
  return (asked) => {
    const [, kind, id = ''] = path.exec(asked) ?? [];
    const task = parts.tasks.get(id);
    if (task === null) return null;
    return kind === 'Tasks' ? { get: () => described(task) } : { answer: () => monitored(task) };
  };
}

/** The answer to what is under way: 202, and where to ask how it went (DSP0266, section 12.3). */
export function underWay(parts: Parts, name: string, work: Promise<void>): ServiceAnswer {
  const id = parts.tasks.follow(name, work);
  const task = parts.tasks.get(id);
  if (task === null) return NO_CONTENT;
  return accepted(task);
}

function accepted(task: Task): ServiceAnswer {
  const headers = { Location: `${ROOT}${MONITORS}/${task.id}`, 'Retry-After': '1' };
  return { status: 202, headers, body: described(task) };
}

/** A monitor answers 202 as long as the task runs, and then what the request itself would have been answered. */
function monitored(task: Task): ServiceAnswer {
  if (task.state === 'Running') return accepted(task);
  return task.trouble === null ? NO_CONTENT : refusal('GeneralError', [task.trouble]);
}

function service(): JsonObject {
  return {
    ...link(SERVICE),
    '@odata.type': '#TaskService.v1_2_1.TaskService',
    Id: 'TaskService',
    Name: 'Tasks',
    ServiceEnabled: true,
    Status: { State: 'Enabled', Health: 'OK' },
    Tasks: link(TASKS),
  };
}

function tasks(parts: Parts): JsonObject {
  const members = parts.tasks.all().map(({ id }) => id);
  return collection({ path: TASKS, schema: 'Task', name: 'Tasks', members });
}

function described({ id, name, state, startedAt, endedAt, trouble }: Task): JsonObject {
  const message = trouble === null ? [] : [{ MessageId: 'Base.1.16.GeneralError', Message: trouble }];
  return {
    ...link(`${TASKS}/${id}`),
    '@odata.type': '#Task.v1_7_3.Task',
    Id: id,
    Name: name,
    TaskState: state,
    TaskStatus: trouble === null ? 'OK' : 'Critical',
    PercentComplete: state === 'Running' ? 0 : 100,
    StartTime: startedAt,
    ...(endedAt === null ? {} : { EndTime: endedAt }),
    TaskMonitor: `${ROOT}${MONITORS}/${id}`,
    Messages: message,
  };
}
