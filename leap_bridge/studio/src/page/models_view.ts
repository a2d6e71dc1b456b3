/** The models of the daemon that serves this page, beside the one that runs in the browser. */

import { ArrangeError } from "../arranger";
import { connect, type Daemon, type Model, type Order, type TrackNote, type Value } from "../daemon";
import { element, make } from "./dom";
import type { Messages } from "./messages";
import { ParamForm } from "./param_form";
import type { Session } from "./session";
import { newTake, type Take, type TakeListener } from "./takes";

const BROWSER = "browser";
const AGAIN_MS = 5000; // between looks for a daemon that was lost
/** Knobs that the page has controls of its own for. */
const OURS = ["difficulty", "quantize", "seed", "start_s", "end_s"];

export class ModelsView {
  private readonly choice = element("model", HTMLSelectElement);
  private readonly from = element("notes-from", HTMLSelectElement);
  private readonly jobs = new Map<number, number>(); // of takes
  private daemon: Daemon | null = null;
  private models: Model[] = [];
  private form: ParamForm | null = null;
  private midi: File | null = null;

  constructor(
    private readonly session: Session,
    private readonly messages: Messages,
    private readonly url: string,
  ) {
    this.choice.addEventListener("change", () => this.show());
    session.on("takes", () => this.showNotes());
    element("midi", HTMLInputElement).addEventListener("change", ({ target }) => {
      this.midi = (target as HTMLInputElement).files?.[0] ?? null;
      this.showNotes();
    });
  }

  /** Is the browser's own arranger chosen? */
  get isBrowser(): boolean {
    return this.model === null;
  }

  /** What the daemon is called where readiness is shown; null where it cannot be reached. */
  async open(): Promise<string | null> {
    try {
      const daemon = await connect(this.url);
      this.models = await daemon.models();
      this.daemon = daemon;
      daemon.onLost = (reason) => this.lose(reason);
    } catch (error) {
      console.warn("The daemon cannot be used:", error);
      this.daemon = null;
    }
    this.fill();
    return this.daemon && `Daemon ${this.daemon.welcome.version}`;
  }

  /** Run the chosen model. */
  async run(): Promise<void> {
    const { model, session } = this;
    if (!model) return session.arrange();
    const order = this.order(model);
    const { song, settings } = session;
    const isOfSong = model.takes.includes("audio") && !model.takes.includes("notes");
    const take = newTake(session.nextTake(), isOfSong ? (song?.kept ?? null) : null, settings);
    if (!("difficulty" in (order.values ?? {}))) take.title = nameOf(model);
    if (!isOfSong) [take.startS, take.durationS] = [0, 0];
    if (model.tracks.length) take.players = isPiano(model) ? take.players : model.tracks;
    await session.make(take, (listener, signal) => this.perform(take, model, order, listener, signal));
  }

  /** A file of a take that the daemon made; null for takes that the page writes itself. */
  fileOf(take: Take, format: "mid" | "musicxml" | "wav"): Promise<Blob> | null {
    const job = this.jobs.get(take.id);
    if (job === undefined || !this.daemon || (take.players.length === 2 && format !== "wav")) return null;
    return this.daemon.file(job, format);
  }

  private get model(): Model | null {
    return this.models.find(({ name }) => name === this.choice.value) ?? null;
  }

  private order(model: Model): Order {
    const { session } = this;
    const values: Record<string, Value> = { ...this.form?.read() };
    const { difficulty, quantize, seed, startS, endS } = session.settings;
    const ours: Record<string, Value> = { difficulty, quantize, seed, start_s: startS, end_s: endS ?? 0 };
    const isOfSong = model.takes.includes("audio") && !model.takes.includes("notes");
    for (const { name } of model.params) {
      if (name in ours && (isOfSong || !/_s$/.test(name))) values[name] = ours[name]!;
    }
    const order: Order = { model: model.name, values };
    const { song } = session;
    if (model.takes.includes("audio")) {
      if (!song) throw new ArrangeError("bad_parameter", `${model.name} needs a song: choose a file or record one.`);
      if (isOfSong) Object.assign(order, { source: song.file, sourceName: song.name });
      else Object.assign(order, { like: song.file, likeName: song.name });
    }
    if (model.takes.includes("notes")) Object.assign(order, this.notes(model));
    return order;
  }

  private notes(model: Model): Partial<Order> {
    if (this.from.value === "file") {
      if (!this.midi) throw new ArrangeError("bad_parameter", `${model.name} needs notes: choose a MIDI file.`);
      return { source: this.midi, sourceName: this.midi.name };
    }
    const take = this.session.takes.find(({ id }) => String(id) === this.from.value);
    if (!take) return {};
    const { notes, pedals, tempo } = take;
    return { notes, pedals, ...(tempo ? { tempo } : {}) };
  }

  private async perform(take: Take, model: Model, order: Order, listener: TakeListener, signal: AbortSignal) {
    const daemon = this.daemon;
    if (!daemon) throw new ArrangeError("not_running", "The daemon is not there: start it with leap-bridge studio.");
    const made = await daemon.run(
      order,
      {
        accepted: ({ job, durationS, startS, windows }) => {
          this.jobs.set(take.id, job);
          Object.assign(take, { durationS, startS: take.song ? startS : 0, windows: { done: 0, total: windows } });
        },
        progress: (progress) => listener.progress(progress),
        stretch: (stretch) => listener.stretch({ ...stretch, notes: stretch.notes.map(played) }),
      },
      signal,
    );
    if (model.gives === "audio" || (!isPiano(model) && model.formats.includes("wav"))) {
      take.sound = await daemon.file(made.job, "wav", signal);
      const context = new OfflineAudioContext(1, 1, 48_000);
      this.session.sounds.set(take.id, await context.decodeAudioData(await take.sound.arrayBuffer()));
    }
    return { ...made, notes: made.notes.map(played) };
  }

  private fill(): void {
    const before = this.choice.value;
    const groups = [make("option", { value: BROWSER }, "LEAP, in this browser")];
    const options = this.daemon ? this.models.map((model) => make("option", { value: model.name }, nameOf(model))) : [];
    this.choice.replaceChildren(...groups, ...(options.length ? [make("optgroup", { label: "On this computer" }, ...options)] : []));
    const wanted = [before, "leap", BROWSER].find((value) => [...this.choice.options].some((option) => option.value === value));
    this.choice.value = wanted ?? BROWSER;
    element("model-field", HTMLDivElement).hidden = options.length === 0;
    element("without-song", HTMLButtonElement).hidden = !this.models.some(({ alone }) => alone);
    this.show();
  }

  /** The controls that the chosen model has. */
  private show(): void {
    const { model } = this;
    const has = (name: string) => model === null || model.params.some((param) => param.name === name);
    element("difficulty-field", HTMLDivElement).hidden = !has("difficulty");
    element("quantize-field", HTMLDivElement).hidden = !has("quantize");
    element("section-field", HTMLDivElement).hidden = model !== null && !model.takes.includes("audio");
    element("model-summary", HTMLParagraphElement).textContent = model ? summaryOf(model) : "Nothing leaves the browser.";
    const own = model?.params.filter(({ name }) => !OURS.includes(name)) ?? [];
    const more = element("model-more", HTMLDetailsElement);
    more.hidden = own.length === 0;
    more.open = model !== null && model.name !== "leap";
    this.form = model ? new ParamForm(element("model-settings", HTMLDivElement), own) : null;
    element("arrange", HTMLButtonElement).textContent = model && model.name !== "leap" ? "Make" : "Arrange";
    this.showNotes();
  }

  /** Where a model that takes notes gets them. */
  private showNotes(): void {
    const { model } = this;
    const takes = model?.takes.includes("notes") ?? false;
    element("notes-field", HTMLDivElement).hidden = !takes;
    if (!model || !takes) return;
    const before = this.from.value;
    const options = this.session.takes
      .filter((take) => take.notes.length && take !== this.session.job?.take)
      .map((take) => make("option", { value: String(take.id) }, `Take ${take.title}`));
    if (model.alone) options.unshift(make("option", { value: "" }, "Nothing: new music"));
    options.push(make("option", { value: "file" }, this.midi ? this.midi.name : "A MIDI file …"));
    this.from.replaceChildren(...options);
    if (options.some(({ value }) => value === before)) this.from.value = before;
    element("midi-field", HTMLDivElement).hidden = this.from.value !== "file";
    this.from.onchange = () => this.showNotes();
  }

  private lose(reason: string): void {
    this.daemon = null;
    this.models = [];
    this.fill();
    this.messages.fail(`The daemon is gone (${reason}). LEAP still runs in this browser.`);
    const look = () => {
      void this.open().then((name) => {
        if (name) this.messages.say("The daemon is back.");
        else setTimeout(look, AGAIN_MS);
      });
    };
    setTimeout(look, AGAIN_MS);
  }
}

function played({ track, ...note }: TrackNote) {
  return { ...note, player: track };
}

function isPiano(model: Model): boolean {
  return model.gives === "roll" && (model.name === "leap" || model.tracks.length <= 1);
}

function summaryOf({ summary, trainedOn }: Model): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}. Learned from ${trainedOn}.`;
}

function nameOf({ name }: Model): string {
  return name === "leap" ? "LEAP" : name.replaceAll("_", " ");
}
