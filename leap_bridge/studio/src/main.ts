/** The page: builds its parts and ties them to one session. */

import { offered } from "./daemon";
import { BrowserArranger } from "./leap/browser_arranger";
import { showAsText } from "./page/as_text";
import { element } from "./page/dom";
import { KeyboardView } from "./page/keyboard_view";
import { Messages } from "./page/messages";
import { ModelsView } from "./page/models_view";
import { getReady, type Readiness } from "./page/offline";
import { Player } from "./page/player";
import { RollView } from "./page/roll_view";
import { SaveView } from "./page/save_view";
import { lineOf, Session } from "./page/session";
import { fromLink } from "./page/settings";
import { SettingsView } from "./page/settings_view";
import { listenForKeys } from "./page/shortcuts";
import { SongView } from "./page/song_view";
import "./page/style.css";
import { TakesView } from "./page/takes_view";
import { switchThemes } from "./page/theme";
import { TransportView } from "./page/transport_view";
import { WaveView } from "./page/wave_view";

const session = new Session(new BrowserArranger());
const messages = new Messages();
const player = new Player();
const daemonUrl = offered();
const models = daemonUrl === null ? null : new ModelsView(session, messages, daemonUrl);
const songs = new SongView(session, messages);
new SettingsView(session, messages, () => {
  messages.clear();
  const work = models ? models.run() : session.arrange();
  work.catch((error: unknown) => messages.fail(lineOf(error)));
});
new TakesView(session, messages);
new SaveView(session, messages, (take, format) => models?.fileOf(take, format) ?? null);
const transport = new TransportView(session, player, messages);
const roll = new RollView(session, player);
const coloured = [roll, new KeyboardView(session, player), new WaveView(session, player)];
showAsText(session);
listenForKeys(session, transport, roll);
switchThemes(() => coloured.forEach((view) => view.recolour()));

session.on("said", (line) => messages.say(line));
session.on("failed", (line) => messages.fail(line));
window.addEventListener("beforeunload", (event) => {
  if (session.hasUnsaved || songs.hasUnsaved) event.preventDefault();
});

takeLink();
window.addEventListener("hashchange", takeLink);
void start();

/** A link with settings sets them; any other leads to a place on the page. */
function takeLink(): void {
  if (!location.hash.includes("=")) return;
  const { settings, wrong } = fromLink(location.hash);
  session.set(settings);
  if (wrong[0]) messages.fail(wrong[0]);
}

async function start(): Promise<void> {
  const daemon = await models?.open();
  const { arranger } = session;
  const mayReload = () => session.song === null && !songs.hasUnsaved;
  if (!daemon) return getReady({ arranger, player, messages, mayReload, isLocal: models !== null, show });
  show({ text: daemon, state: "ready", done: null }); // the browser's arranger loads when it is first asked for
  window.addEventListener("pointerdown", () => void player.preload(), { once: true });
}

function show({ text, state, done }: Readiness): void {
  element("engine", HTMLParagraphElement).dataset["state"] = state;
  element("engine-text", HTMLSpanElement).textContent = text;
  const bar = element("engine-bar", HTMLProgressElement);
  bar.hidden = done === null;
  if (done !== null) bar.value = done;
}
