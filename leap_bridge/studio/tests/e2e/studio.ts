/** What every test of the page does: open it, give it a song, wait for an arrangement. */

import { expect, type Locator, type Page } from "@playwright/test";

import { song } from "./songs";

/** Open the page; without the piano's samples, whose decoding takes its time, where none is to sound. */
export async function open(page: Page, hash = "", isSilent = true): Promise<void> {
  if (isSilent) await page.route("**/piano/*.mp3", (route) => route.fulfill({ body: "" }));
  await page.goto(`./${hash}`);
  await expect(page.locator("#engine")).toHaveAttribute("data-state", "ready", { timeout: 15_000 });
}

export async function give(page: Page, seconds = 24, name = "Evening walk.wav"): Promise<void> {
  await page.locator("#file").setInputFiles({ name, mimeType: "audio/wav", buffer: song(seconds) });
  await expect(page.locator("#song-name")).toHaveText(name);
}

export async function arrange(page: Page, difficulty?: number): Promise<void> {
  if (difficulty !== undefined) await page.locator("#difficulty").fill(String(difficulty));
  await page.locator("#arrange").click();
  await made(page);
}

export async function made(page: Page): Promise<void> {
  await expect(page.locator("#said")).toContainText("Done:", { timeout: 60_000 });
  await expect(page.locator("#arrange")).toBeVisible();
}

/** How many notes the roll shows. */
export async function noteCount(page: Page): Promise<number> {
  return Number(/(\d+) notes/.exec((await summary(page).textContent()) ?? "")?.[1] ?? 0);
}

export function summary(page: Page): Locator {
  return page.locator("#roll-summary");
}

export async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return { name: file.suggestedFilename(), bytes: Buffer.concat(chunks) };
}
