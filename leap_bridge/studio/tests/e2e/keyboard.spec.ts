import { expect, type Page, test } from "@playwright/test";

import { song } from "./songs";
import { arrange, give, made, open } from "./studio";

test.use({ serviceWorkers: "block" });
test.beforeEach(({ page }) => open(page));

/** Press Tab until something has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await page.locator(selector).first().evaluate((wanted) => wanted === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} cannot be reached with Tab`);
}

test("everything from song to saved file goes by keyboard alone", async ({ page }) => {
  const chooser = page.waitForEvent("filechooser"); // long before it opens: the browser must have been told to ask us
  await tabTo(page, "#welcome [data-choose]");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles({ name: "Evening walk.wav", mimeType: "audio/wav", buffer: song(24) });
  await expect(page.locator("#arrange")).toBeFocused();
  await page.keyboard.press("Shift+Tab"); // to
  for (let i = 0; i < 6; i++) await page.keyboard.press("Shift+Tab");
  await tabTo(page, "#difficulty");
  await page.keyboard.press("Home");
  await expect(page.locator("#difficulty")).toHaveAttribute("aria-valuetext", "1 · First year");
  await tabTo(page, "#arrange");
  await page.keyboard.press("Enter");
  await made(page);
  await tabTo(page, "#play");
  await page.keyboard.press("Space");
  await expect(page.locator("#play")).toHaveAccessibleName("Pause");
  await page.keyboard.press("Space");
  await expect(page.locator("#play")).toHaveAccessibleName("Play");
  await page.keyboard.press("Shift+Tab");
  await tabTo(page, "#save-mid");
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(file.suggestedFilename()).toBe("Evening walk.piano-1-seed0.mid");
});

test("single keys play, go from bar to bar and switch, but not while something is typed", async ({ page }) => {
  await give(page);
  await arrange(page, 2);
  await arrange(page, 3);
  await page.locator("#song-name").click();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#where-bar")).toHaveText("3.1");
  await page.keyboard.press("Home");
  await expect(page.locator("#where-bar")).toHaveText("1.1");
  await page.locator("#seed").focus();
  await page.keyboard.press("l");
  await expect(page.locator("#loop")).toHaveAttribute("aria-pressed", "false");
});

test("single keys can be switched off", async ({ page }) => {
  await give(page);
  await arrange(page, 2);
  await page.getByRole("button", { name: "Shortcuts" }).click();
  await page.getByLabel("Single keys work everywhere on the page").uncheck();
  await page.keyboard.press("Escape");
  await page.locator("#song-name").click();
  await page.keyboard.press("l");
  await expect(page.locator("#loop")).toHaveAttribute("aria-pressed", "false");
});

test("Escape cancels", async ({ page }) => {
  await give(page, 60);
  await page.locator("#arrange").click();
  await expect(page.locator("#cancel")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#said")).toContainText("Cancelled");
});
