import { keysOn } from '../../tui/dashboard/keys/table.js';
import { SCREENS, type ScreenName } from '../../tui/dashboard/model/ui.js';
import type { Bookings } from '../../tui/dashboard/model/schedule.js';
import { booked } from '../tui/dashboard/booked.js';
import { dashboardOver, LARGE, NOTHING_BOOKED, screenOf, SMALL, storyOf, type Story } from '../tui/dashboard/scenes.js';
import { wireStory } from '../tui/dashboard/wire-story.js';
import type { TextFile } from '../tidy/text-file.js';

interface Shown {
  readonly screen: ScreenName;
  readonly title: string;
  readonly says: readonly string[];
  readonly scenario: string;
  /** The moment of the captures, as behind `:at`. */
  readonly at: string;
  /** As behind `:`. */
  readonly command: string;
  readonly bookings?: Bookings;
  /** Another one than the scenario's, in simulation, alone. */
  readonly story?: Story;
}

const SHOWN: readonly Shown[] = [
  {
    screen: 'rack',
    title: 'Which nodes are there, and what is each of them at?',
    says: [
      "`STATE` is the node in Ironic's words, `STAGE` the boot: a sign before it says whether it moves, rests",
      'or has failed. `FOR` is how long that has been so, with `!` where it is more than three times what is',
      '`USUAL`. `IMAGE` is what it is up in or is to boot: `robots@2` is in slot 2, `robots@lun` is a LUN. A',
      'tall screen explains the chosen node below.',
    ],
    scenario: 'fleet-of-eight',
    at: '5.5',
    command: 'rack',
  },
  {
    screen: 'node',
    title: 'Why is this node not moving?',
    says: [
      'Above, the boot as a line of stages: passed, at hand, still to come; with when each began, how long it',
      'took of what it usually takes, and what was seen of it. Below it or beside it what the node waits for,',
      'since when, when it gives up and what that will be taken for, what was tried, and what a person checks.',
      'Tab goes on to its journal and to its serial console.',
    ],
    scenario: 'no-dhcp-answer',
    at: '12',
    command: 'node root1',
  },
  {
    screen: 'images',
    title: 'How far are the images on their way?',
    says: [
      'A sign for each step of the way: Registered, Validated, Stored, Scheduled, Deployed, Ready, Running;',
      '`NODES` is how many of its nodes have it. Below, the chosen image: what it waits for, its nodes, the',
      'states it has passed, and what was read back after each wipe.',
    ],
    scenario: 'fleet-day',
    at: '24',
    command: 'images',
  },
  {
    screen: 'faults',
    title: 'What has gone wrong?',
    says: [
      'Active ones first. `on purpose` is what a scenario or somebody breaks. A fault that a boot hands on to its node',
      'stands here once. Enter opens the node, `t` goes to the moment at which the fault was told. On a rack that',
      'is up, `i` breaks something and `h` heals it.',
    ],
    scenario: 'kernel-panics',
    at: '60',
    command: 'faults',
  },
  {
    screen: 'journal',
    title: 'What has happened, entry by entry?',
    says: [
      'Up to the moment that is shown, the newest last. `/` searches it by a regular expression, Enter goes to',
      'the moment of the chosen entry.',
    ],
    scenario: 'kernel-panics',
    at: '60',
    command: 'journal',
  },
  {
    screen: 'schedule',
    title: 'Who has which node when?',
    says: [
      'A row a node, time from left to right; `now` stands at a quarter. `[physics lucid@1]` is a reservation of',
      'that project for that image, in slot 1; `#` are several that are too short to be told apart from there.',
      'Below, what the chosen node is reserved for. They are the reservations that the journal tells of, else',
      'those of the schedule that `metalrig reserve` keeps in `schedule/`, or in the directory of `--schedule`,',
      'as they stand at the present moment; the two have clocks of their own.',
    ],
    scenario: 'fleet-day',
    at: '24',
    command: 'schedule',
    bookings: booked(),
  },
  {
    screen: 'builds',
    title: 'What was asked for, and how far is it?',
    says: [
      'A build is the way of one image or node from being asked for to being there, the newest first: an image is',
      'handed in (validated, laid on the shelf), deployed, started; a node is booted or cycled. The sign before the',
      'state tells those under way, there, failed and given up for something else. `NODES` is how many of its nodes',
      'have the image, `WRITES` how many slots were told to be written and are done; bytes stand in no journal.',
      '`USUAL` is the median of such builds in this very journal. Below, the chosen one, step by step.',
    ],
    scenario: 'fleet-day',
    at: '24',
    command: 'builds',
  },
  {
    screen: 'wire',
    title: 'What is sent on the wire?',
    says: [
      'Above, each port of the wire, who has sent and got most within the last minute first; rates are of the last',
      'whole second. Then what is broken on purpose by what becomes of frames. Below, frame by frame in a line, up to',
      'the moment: `/` lets through what matches, `!acknowledgement` for one. A frame that a fault rule took is told',
      'as LOST. Nothing is remembered from frame to frame, so a piece of a stream is only counted. They are read from',
      "`wire.pcapng` in the run's folder, when somebody looks; a run that goes on is read on. A simulated rack sends",
      'no frames, and the screen says so there. The frames of these pictures are of a boot that was written by hand.',
    ],
    scenario: 'first-offer-lost',
    at: '9.5',
    command: 'wire',
    story: wireStory(),
  },
];

/** A page for each screen of the dashboard with what it shows, small and large. Goldens at the same time. */
export function dashboardPages(): readonly TextFile[] {
  return SHOWN.map((shown) => ({ path: `docs/generated/top-${shown.screen}.md`, text: pageOf(shown) }));
}

function pageOf(shown: Shown): string {
  const { screen, title, says, scenario, at, command, bookings = NOTHING_BOOKED } = shown;
  const story = { ...(shown.story ?? storyOf(scenario)), bookings };
  const capture = (size: typeof SMALL): string => {
    const dashboard = dashboardOver(story, size);
    dashboard.tell(`at ${at}`);
    dashboard.tell(command);
    return screenOf(dashboard);
  };
  // Keys that are valid nearly everywhere stand in the help.
  const keys = keysOn(screen).filter(({ on }) => on !== undefined && on.length < SCREENS.length - 1);
  return [
    `# ${title}`,
    '',
    `The screen \`${screen}\` of \`metalrig top\`, over scenarios/${scenario}.scenario.yaml in simulation with seed 7,`,
    `${at} s after its start or at its end. Generated from \`tui/dashboard/\`; do not edit.`,
    '',
    ...says,
    '',
    '| key | does |',
    '|---|---|',
    ...keys.map(({ shown, says: does }) => `| \`${shown}\` | ${does.replaceAll('|', '\\|')} |`),
    '',
    'In 80 columns and 24 rows:',
    '',
    '```text',
    capture(SMALL),
    '```',
    '',
    'In 200 columns and 50 rows:',
    '',
    '```text',
    capture(LARGE),
    '```',
    '',
  ].join('\n');
}
