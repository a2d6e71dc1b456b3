import { createRequire } from "node:module";

import { expect, test, type Page } from "@playwright/test";

import { arrange, give, open } from "./studio";

test.use({ serviceWorkers: "block" });

interface Finding {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe-core finds that keeps people out. */
async function findings(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(on: Document): Promise<{ violations: unknown[] }> } }).axe;
    return (await axe.run(document)).violations;
  });
  return (found as Finding[])
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`));
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${colorScheme}, ${width} pixels wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test("axe-core finds nothing serious, from empty page to error", async ({ page }) => {
        await open(page);
        expect(await findings(page)).toEqual([]);
        await give(page);
        await arrange(page, 2);
        await arrange(page, 4);
        await page.getByRole("button", { name: "Compare as B: difficulty 2" }).click();
        await page.getByText("Notes as text, bar by bar").click();
        await page.locator("#section-end").fill("9:00");
        await page.locator("#section-end").press("Enter");
        await expect(page.getByRole("alert")).toBeVisible();
        expect(await findings(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      });
    });
  }
}
