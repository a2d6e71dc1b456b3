// The page as the control room of a daemon, which has a toy model beside its own.

import { expect, test, type Page } from "@playwright/test";

import { give, made, noteCount, saved } from "../e2e/studio";

/** Opens the page; gives what the browser complains of, now and later. */
async function open(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto("./");
  await expect(page.locator("#engine-text")).toContainText("Daemon");
  return complaints;
}

async function choose(page: Page, model: string): Promise<void> {
  await page.locator("#model").selectOption(model);
}

async function make(page: Page): Promise<number> {
  await page.locator("#arrange").click();
  await made(page);
  return noteCount(page);
}

test("a song is arranged by the daemon, and saved", async ({ page }) => {
  const complaints = await open(page);
  await give(page, 8);
  await choose(page, "toy");
  expect(await make(page)).toBeGreaterThan(0);
  const { bytes } = await saved(page, "#save-mid");
  expect(bytes.subarray(0, 4).toString()).toBe("MThd");
  expect(complaints).toEqual([]);
});

test("a model has the knobs that it says it has, and they are heard", async ({ page }) => {
  await open(page);
  await give(page, 8);
  await choose(page, "toy");
  await expect(page.locator("#param-conditioner option")).toHaveText(["energy", "nothing"]);
  await page.locator("#param-steps").fill("99");
  await page.locator("#arrange").click();
  await expect(page.getByText("steps must be a whole number from 1 to 10")).toBeVisible();
  await page.locator("#param-steps").fill("3");
  expect(await make(page)).toBeGreaterThan(0);
});

test("music is made from nothing, without a song", async ({ page }) => {
  await open(page);
  await page.locator("#without-song").click();
  await choose(page, "lstm");
  expect(await make(page)).toBeGreaterThan(0);
});

test("a job is cancelled, and the next one runs", async ({ page }) => {
  await open(page);
  await give(page, 60);
  await choose(page, "toy");
  await page.locator("#param-fault").selectOption("slow");
  await page.locator("#arrange").click();
  await expect.poll(() => noteCount(page)).toBeGreaterThan(0);
  await page.locator("#cancel").click();
  await expect(page.locator("#arrange")).toBeVisible();
  await page.locator("#param-fault").selectOption("none");
  expect(await make(page)).toBeGreaterThan(0);
});

test("what goes wrong in the daemon is told in its words", async ({ page }) => {
  await open(page);
  await give(page, 4);
  await choose(page, "toy");
  await page.locator("#param-fault").selectOption("bug");
  await page.locator("#arrange").click();
  await expect(page.getByText("a bug")).toBeVisible();
});
