/** The page: builds its parts and ties them to one session. */

import { BrowserArranger } from "./leap/browser_arranger";
import { showAsText } from "./page/as_text";
import { element } from "./page/dom";
import { KeyboardView } from "./page/keyboard_view";
import { Messages } from "./page/messages";
import { getReady } from "./page/offline";
import { Player } from "./page/player";
import { RollView } from "./page/roll_view";
import { SaveView } from "./page/save_view";
import { Session } from "./page/session";
import { fromLink } from "./page/settings";
import { SettingsView } from "./page/settings_view";
import { SongView } from "./page/song_view";
import "./page/style.css";
import { TakesView } from "./page/takes_view";
import { switchThemes } from "./page/theme";
import { TransportView } from "./page/transport_view";
import { WaveView } from "./page/wave_view";
import { listenForKeys } from "./page/shortcuts";

const session = new Session(new BrowserArranger());
const messages = new Messages();
const player = new Player();
const songs = new SongView(session, messages);
new SettingsView(session, messages, () => {
  messages.clear();
  void session.arrange();
});
new TakesView(session, messages);
new SaveView(session, messages);
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

function takeLink(): void {
  const { settings, wrong } = fromLink(location.hash);
  session.set(settings);
  if (wrong[0]) messages.fail(wrong[0]);
}
if (location.hash.includes("=")) takeLink();
window.addEventListener("hashchange", () => location.hash.includes("=") && takeLink());

void getReady({
  arranger: session.arranger,
  player,
  isLocal: false,
  mayReload: () => session.song === null && !songs.hasUnsaved,
  messages,
  show: ({ text, state, done }) => {
    element("engine", HTMLParagraphElement).dataset["state"] = state;
    element("engine-text", HTMLSpanElement).textContent = text;
    const bar = element("engine-bar", HTMLProgressElement);
    bar.hidden = done === null;
    if (done !== null) bar.value = done;
  },
});
