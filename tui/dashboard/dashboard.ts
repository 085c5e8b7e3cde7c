import { momentOfRow, subjectOfRow } from './keys/enter.js';
import { chosenIn, looked, toImage, toNode, type Lists } from './keys/look.js';
import { readCommand, type Told } from './keys/commands.js';
import { Asker } from './asker.js';
import { wantedOn } from './keys/goals.js';
import { promptFor, wordsOf, type Act, type Request } from './keys/operate.js';
import { typed, type Pressed } from './keys/prompt.js';
import { isAct, isJourney, isLook, keyNamed, type Deed, type Journey } from './keys/table.js';
import { stagesOf, travelled } from './keys/travel.js';
import type { NodeBoard } from './model/node-facts.js';
import { sceneOf, type DashboardParts } from './parts.js';
import { nothingPast, type Past } from './past.js';
import type { Schedule } from './model/schedule.js';
import { nameOf } from './model/subject.js';
import type { WireSource } from './model/wire.js';
import { isPan, panned } from './model/time-window.js';
import { filteredBy, FRESH, listOf, type Ui } from './model/ui.js';
import type { Moment } from './model/why.js';
import type { Entry } from '../../core/journal/entry.js';
import { frameOf } from './views/frame.js';
import { knownOf } from './views/known.js';
import type { Line, Size } from './views/line.js';
import { scheduleIn } from './views/schedule-view.js';
import type { Scene } from './views/scene.js';

/** What only a terminal can do. */
export type Wish = 'quit' | 'suspend' | 'redraw' | null;

/** The dashboard without its terminal: keys and entries in, frames out. */
export class Dashboard {
  readonly #parts: DashboardParts;
  readonly #asker: Asker;
  #past: Past;
  #ui: Ui;
  #size: Size;
  #trouble: string | null = null;
  #isGrowing: boolean;
  #hasNews = false;

  constructor(parts: DashboardParts) {
    const { feed, isAscii, size } = parts;
    this.#parts = parts;
    this.#asker = new Asker(parts.operate, (text, isBad) => this.#say(text, isBad));
    this.#isGrowing = feed.isGrowing;
    this.#past = nothingPast(feed.site);
    this.#ui = { ...FRESH, isAscii };
    this.#size = size;
  }

  get moment(): Moment {
    return { model: this.#past.playback.model, log: this.#past.log, now_ms: this.#past.playback.now_ms };
  }

  get ui(): Ui {
    return this.#ui;
  }

  get wire(): WireSource | null {
    return this.#parts.feed.wire;
  }

  get schedule(): Schedule {
    return scheduleIn(this.#scene());
  }

  get board(): NodeBoard {
    return this.#past.board;
  }

  /** Whether time must be told to pass, so that what is shown is true. */
  get isMoving(): boolean {
    const { motion } = this.#past.playback;
    return this.#isReading || (motion !== 'paused' && !(motion === 'live' && !this.#isGrowing));
  }

  /** A capture is read on with each frame that is drawn, as long as somebody looks at it. */
  get #isReading(): boolean {
    return this.#ui.screen === 'wire' && this.#parts.feed.wire?.isBusy() === true;
  }

  /** The moments that were written down, as words of a command. */
  get noted(): readonly string[] {
    return this.#ui.noted;
  }

  take(entries: readonly Entry[], age_ms: number): void {
    this.#past.playback.grow(entries, age_ms);
    if (entries.some(({ entry }) => entry === 'closed')) this.#isGrowing = false;
    if (!this.#isGrowing && this.#past.playback.motion === 'live') this.#past.playback.seek(this.#past.log.length);
  }

  /** It is another run from here on. */
  restart(): void {
    this.#past = nothingPast(this.#parts.feed.site);
    this.#isGrowing = this.#parts.feed.isGrowing;
  }

  trouble(what: string | null): void {
    this.#trouble = what;
  }

  resize(size: Size): void {
    this.#size = size;
  }

  /** @returns whether the frame has changed by it */
  pass(span_ms: number): boolean {
    return this.#past.playback.pass(span_ms) || this.#isReading;
  }

  seek(seq: number): void {
    this.#past.playback.seek(seq);
  }

  /** Shows a screen from the start, as `:` would. */
  tell(command: string): void {
    this.#obey(readCommand(command));
  }

  frame(): readonly Line[] {
    return frameOf(this.#scene()).lines;
  }

  press(pressed: Pressed): Wish {
    const { prompt } = this.#ui;
    if (prompt !== null) {
      this.#type(pressed);
      return null;
    }
    this.#ui = { ...this.#ui, message: null };
    const { isHelping, screen } = this.#ui;
    if (isHelping && pressed.name === 'escape') {
      this.#ui = { ...this.#ui, isHelping: false };
      return null;
    }
    const key = keyNamed(pressed.name, screen) ?? keyNamed(pressed.character ?? '', screen);
    if (key !== undefined) return this.#do(key.deed);
    if (pressed.name === 'q') this.#say('Esc goes back; q quits on the rack, ^C anywhere', true);
    return null;
  }

  #type(pressed: Pressed): void {
    const { prompt } = this.#ui;
    if (prompt === null) return;
    const { ui, entered } = typed(this.#ui, prompt, { pressed, known: knownOf(this.#scene()) });
    this.#ui = ui;
    const { confirms } = prompt;
    if (entered !== null && confirms !== undefined) {
      if (entered === confirms.word) this.#asker.send(confirms.request);
      else this.#say(`not done: ${wordsOf(confirms.request)}`);
    }
    if (entered !== null && prompt.kind === 'command') this.#wish = this.#obey(readCommand(entered));
  }

  #wish: Wish = null;

  /** What a command has wished for since it was last asked. */
  takeWish(): Wish {
    const wish = this.#wish;
    this.#wish = null;
    return wish;
  }

  #obey(told: Told): Wish {
    switch (told.does) {
      case 'deed':
        return this.#do(told.deed);
      case 'node':
        this.#openNode(told.node);
        return null;
      case 'seek':
        this.#past.playback.seek(told.seq);
        return null;
      case 'time':
        this.#past.playback.seekTime(told.at_ms);
        return null;
      case 'speed':
        this.#past.playback.setSpeed(told.speed);
        this.#say(`plays x${this.#past.playback.speed}`);
        return null;
      case 'filter':
        this.#ui = filteredBy(this.#ui, told.filter);
        return null;
      case 'sort':
        this.#ui = { ...this.#ui, sort: told.sort };
        return null;
      case 'ask':
        this.#ask(told.request);
        return null;
      case 'nothing':
        if (told.why !== '') this.#say(told.why, true);
        return null;
    }
  }

  #do(deed: Deed): Wish {
    if (isLook(deed)) this.#ui = looked(this.#ui, deed, this.#lists());
    else if (isJourney(deed)) this.#travel(deed);
    else if (isPan(deed)) this.#ui = { ...this.#ui, window: panned(this.#ui.window, deed, this.schedule) };
    else if (deed === 'in') this.#enter();
    else if (deed === 'go there') this.#goThere();
    else if (deed === 'write down') this.#writeDown();
    else if (isAct(deed)) this.#act(deed);
    else return deed === 'leave' ? 'quit' : deed;
    return null;
  }

  #travel(deed: Journey): void {
    const parts = { playback: this.#past.playback, log: this.#past.log, mayGrow: this.#isGrowing };
    const words = travelled({ ...parts, stages: () => stagesOf(this.#past.log, this.#ui) }, deed);
    if (words !== null) this.#say(words);
  }

  #enter(): void {
    const { screen } = this.#ui;
    const chosen = chosenIn(this.#ui, screen === 'node' ? listOf(this.#ui) : screen, this.#lists());
    if (chosen === null) return;
    if (screen === 'images') this.#ui = { ...this.#ui, isInImage: true };
    const subject = subjectOfRow(this.#scene(), chosen);
    if (subject?.startsWith('node:') === true) this.#openNode(nameOf(subject));
    else if (subject?.startsWith('image:') === true) this.#ui = toImage(this.#ui, nameOf(subject));
  }

  #openNode(node: string): void {
    if (this.#past.playback.model.names('node').includes(node)) this.#ui = toNode(this.#ui, node);
    else this.#say(`there is no node ${node} at this moment`, true);
  }

  #goThere(): void {
    const { screen } = this.#ui;
    const chosen = screen === 'node' ? null : chosenIn(this.#ui, screen, this.#lists());
    const to = chosen === null ? null : momentOfRow(this.#scene(), chosen.index);
    if (to === null) return;
    if ('seq' in to) this.#past.playback.seek(to.seq);
    else this.#past.playback.seekTime(to.at_ms);
  }

  /** The moment as words that bring somebody else to it. */
  #writeDown(): void {
    const moment = `${this.#parts.feed.name}@${this.#past.playback.model.seq}`;
    this.#ui = { ...this.#ui, noted: [...this.#ui.noted.filter((one) => one !== moment), moment] };
    this.#say(`noted: metalrig top --bundle ${moment}`);
  }

  #act(act: Act): void {
    if (this.#asker.isRefused(this.#past.playback.motion)) return;
    const wanted = wantedOn(act, this.#scene(), this.#lists());
    if (wanted === null) this.#say(act === 'heal' ? 'choose something that is broken on purpose' : 'no node is chosen');
    else if ('request' in wanted) this.#ask(wanted.request);
    else this.#ui = { ...this.#ui, prompt: { kind: 'command', text: wanted.command, before: '' } };
  }

  #ask(request: Request): void {
    if (this.#asker.isRefused(this.#past.playback.motion)) return;
    const prompt = promptFor(request, this.#past.playback.model.opening?.world ?? '');
    if (prompt === null) this.#asker.send(request);
    else this.#ui = { ...this.#ui, prompt };
  }

  /** Whether something is to be said that came by itself, since this was asked last. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  #say(text: string, isBad = false): void {
    this.#hasNews = true;
    this.#ui = { ...this.#ui, message: { text, isBad } };
  }

  #lists(): Lists {
    return frameOf(this.#scene()).lists;
  }

  #scene(): Scene {
    return sceneOf(this.#parts, {
      past: this.#past,
      ui: this.#ui,
      size: this.#size,
      mayGrow: this.#isGrowing,
      trouble: this.#trouble,
      canOperate: this.#asker.canAsk(this.#past.playback.motion),
    });
  }
}
