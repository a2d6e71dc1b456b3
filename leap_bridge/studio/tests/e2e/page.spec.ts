import { expect, test } from "@playwright/test";

import { song } from "./songs";
import { arrange, give, made, noteCount, open, saved, summary } from "./studio";

test.use({ serviceWorkers: "block" });
test.beforeEach(({ page }) => open(page));

test("a dropped song is arranged window by window", async ({ page }) => {
  const base64 = song(24).toString("base64");
  await page.evaluate((text) => {
    const files = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    files.items.add(new File([bytes], "Evening walk.wav", { type: "audio/wav" }));
    window.dispatchEvent(new DragEvent("drop", { dataTransfer: files, cancelable: true, bubbles: true }));
  }, base64);
  await expect(page.locator("#song-name")).toHaveText("Evening walk.wav");
  await page.locator("#arrange").click();
  await expect(summary(page)).toContainText("being made");
  await expect(page.locator("#progress-stage")).toContainText("Arranging");
  let first = 0;
  await expect.poll(async () => (first = await noteCount(page))).toBeGreaterThan(0);
  await made(page);
  expect(await noteCount(page)).toBeGreaterThan(first);
});

test("a harder arrangement has more notes, and the easier one is kept", async ({ page }) => {
  await give(page);
  await arrange(page, 1);
  const easy = await noteCount(page);
  await arrange(page, 5);
  expect(await noteCount(page)).toBeGreaterThan(2 * easy);
  await page.getByRole("button", { name: "Show as A: difficulty 1" }).click();
  await expect.poll(() => noteCount(page)).toBe(easy);
});

test("playing moves the cursor and lights keys up", async ({ page }) => {
  await page.unroute("**/piano/*.mp3");
  await give(page);
  await arrange(page);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => page.locator("#where-time").textContent()).toMatch(/0:01/);
  await expect.poll(() => page.locator("#keyboard").getAttribute("data-pressed")).toMatch(/\d/);
  await page.getByRole("button", { name: "Pause" }).click();
  const stopped = await page.locator("#where-time").textContent();
  await page.waitForTimeout(300);
  expect(await page.locator("#where-time").textContent()).toBe(stopped);
});

test("a loop plays its bars again", async ({ page }) => {
  await give(page);
  await arrange(page);
  await page.getByRole("button", { name: "Loop", exact: true }).click();
  await expect(page.locator("#loop-text")).toHaveText("Loop bar 1");
  await page.locator("#roll").press("ArrowRight");
  await page.locator("#roll").press("]");
  await expect(page.locator("#loop-text")).toHaveText("Loop bars 1 to 2");
  await page.locator("#roll").press("ArrowRight");
  await page.locator("#roll").press("ArrowLeft");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => page.locator("#where-bar").textContent(), { timeout: 6000, intervals: [50] }).toBe("2.4");
  await expect.poll(() => page.locator("#where-bar").textContent(), { timeout: 3000, intervals: [50] }).toBe("1.1");
});

test("MIDI, MusicXML and a picture are saved, and the take counts as safe", async ({ page }) => {
  await give(page);
  await arrange(page, 2);
  const midi = await saved(page, "#save-mid");
  expect([midi.name, midi.bytes.subarray(0, 4).toString()]).toEqual(["Evening walk.piano-2-seed0.mid", "MThd"]);
  const score = await saved(page, "#save-musicxml");
  expect(score.bytes.toString()).toContain("<score-partwise");
  const picture = await saved(page, "#save-png");
  expect([picture.name, picture.bytes.subarray(1, 4).toString()]).toEqual(["Evening walk.piano-2-seed0.png", "PNG"]);
  await expect(page.locator("#takes")).toContainText("saved");
});

test("what was made before a cancel is kept", async ({ page }) => {
  await give(page, 60);
  await page.locator("#arrange").click();
  await expect.poll(() => noteCount(page)).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator("#said")).toContainText(/Cancelled; \d+ of 12 windows are kept/);
  await expect(page.locator("#takes")).toContainText("cancelled, kept");
  await expect(page.locator("#arrange")).toBeFocused();
});

test("a file that is no sound is refused in one line, and the page goes on", async ({ page }) => {
  await page.locator("#file").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("la la la") });
  await expect(page.getByRole("alert")).toContainText("“notes.txt” holds no sound that this browser can read. Give a WAV, FLAC");
  await give(page);
  await expect(page.getByRole("alert")).toBeHidden();
});

test("an empty file is called empty", async ({ page }) => {
  await page.locator("#file").setInputFiles({ name: "empty.wav", mimeType: "audio/wav", buffer: Buffer.alloc(0) });
  await expect(page.getByRole("alert")).toContainText("“empty.wav” is empty.");
});

test("what the arranger cannot do is said, and nothing is left of it", async ({ page }) => {
  await give(page);
  await page.locator("#seed").fill("13");
  await page.locator("#arrange").click();
  await expect(page.getByRole("alert")).toContainText("There is not enough memory for this song.");
  await expect(page.locator("#takes li")).toHaveCount(0);
});

test("a section outside the song is refused, and its field gets the focus", async ({ page }) => {
  await give(page);
  await page.locator("#section-end").fill("9:00");
  await page.locator("#arrange").click();
  await expect(page.getByRole("alert")).toContainText("The section’s end must be from 0:00.0 to 0:24.0, got 9:00.0");
  await expect(page.locator("#section-end")).toBeFocused();
  await expect(page.locator("#section-end")).toHaveAttribute("aria-invalid", "true");
});

test("a section is arranged alone, where it is in the song", async ({ page }) => {
  await give(page);
  await page.locator("#section-start").fill("0:08");
  await page.locator("#section-end").fill("0:16");
  await arrange(page);
  await expect(summary(page)).toContainText("in 4 bars, 8 s");
  await expect(page.locator("#takes")).toContainText("0:08–0:16");
});

test("A and B play the same bars", async ({ page }) => {
  await give(page);
  await arrange(page, 1);
  await arrange(page, 4);
  await page.getByRole("button", { name: "Compare as B: difficulty 1" }).click();
  await expect(page.locator("#roll")).toHaveAttribute("data-lanes", "2");
  await page.locator("#roll").press("ArrowRight");
  await page.locator("#roll").press("x");
  await expect(page.getByRole("button", { name: "B: 1 · First year", exact: true })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#where-bar")).toHaveText("2.1");
});

test("a removed take comes back", async ({ page }) => {
  await give(page);
  await arrange(page, 3);
  await page.getByRole("button", { name: "Remove take 3" }).click();
  await expect(page.locator("#takes li")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator("#takes li")).toHaveCount(1);
});

test("takes of the song before are kept, and bring it back", async ({ page }) => {
  await give(page, 12, "One.wav");
  await arrange(page, 1);
  await give(page, 16, "Two.wav");
  await expect(page.locator("#takes")).toContainText("One.wav");
  await page.getByRole("button", { name: "Show as A: difficulty 1" }).click();
  await expect(page.locator("#song-name")).toHaveText("One.wav");
});

test("the page warns before unsaved arrangements are lost", async ({ page }) => {
  await give(page);
  await arrange(page);
  const asked = new Promise<string>((resolve) => page.once("dialog", (dialog) => void dialog.dismiss().then(() => resolve(dialog.type()))));
  await page.close({ runBeforeUnload: true });
  expect(await asked).toBe("beforeunload");
});

test("a recording from the microphone becomes the song", async ({ page }) => {
  await page.locator("#welcome [data-record]").click();
  await expect(page.locator("#welcome [data-record-text]")).toContainText("Stop 0:01", { timeout: 5000 });
  await page.locator("#welcome [data-record]").click();
  await expect(page.locator("#song-name")).toContainText("Recording");
  await expect(page.locator("#save-recording")).toBeVisible();
});

test("notes can be read as text", async ({ page }) => {
  await give(page);
  await arrange(page, 1);
  await page.getByText("Notes as text, bar by bar").click();
  await expect(page.getByRole("row", { name: /^1 / })).toContainText("C4");
});

test("the colours follow the switch and stay for the next visit", async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const before = await ground();
  await page.locator("#theme").click();
  await page.locator("#theme").click();
  expect(await ground()).not.toBe(before);
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
