import { expect, test } from "@playwright/test";

import { give, open } from "./studio";

test.use({ serviceWorkers: "block", permissions: ["clipboard-read", "clipboard-write"] });

test("a link brings its settings to another song", async ({ page }) => {
  await open(page, "#difficulty=4.5&quantize=0.5&seed=7&start=4&end=9");
  await give(page);
  await expect(page.locator("#difficulty-text")).toHaveText("4.5 · Virtuoso");
  await expect(page.locator("#seed")).toHaveValue("7");
  await expect(page.locator("#section-end")).toHaveValue("0:09.0");
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.locator("#said")).toContainText("Link copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/#difficulty=4.5&quantize=0.5&seed=7&start=4&end=9$/);
});

test("what is wrong in a link is said", async ({ page }) => {
  await open(page, "#difficulty=12");
  await expect(page.getByRole("alert")).toContainText("In the link, difficulty must be from 1 to 5, got “12”");
});
