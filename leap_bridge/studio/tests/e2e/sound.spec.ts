import { expect, type Page, test } from "@playwright/test";

import { arrange, give, open } from "./studio";

test.use({ serviceWorkers: "block" });

/** Have what goes to the loudspeakers measured. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const connect = AudioNode.prototype.connect as (to: AudioNode) => AudioNode;
    AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode) {
      if (to instanceof AudioDestinationNode && this.context instanceof AudioContext) {
        const meter = new AnalyserNode(this.context, { fftSize: 32_768 });
        connect.call(this, meter);
        (window as unknown as { meter: AnalyserNode }).meter = meter;
      }
      return connect.call(this, to);
    } as typeof AudioNode.prototype.connect;
  });
}

/** The loudest of the last 0.7 s. */
function loudness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { meter } = window as unknown as { meter: AnalyserNode };
    const samples = new Float32Array(meter.fftSize);
    meter.getFloatTimeDomainData(samples);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
}

test("song and piano are heard alone and together, and silence is silent", async ({ page }) => {
  await listen(page);
  await open(page, "", false);
  await give(page, 24);
  await arrange(page, 3);
  await page.locator("#play").click();
  await page.locator("#only-piano").click();
  await expect.poll(() => loudness(page), { timeout: 10_000 }).toBeGreaterThan(0.02);
  await page.locator("#only-song").click();
  await page.waitForTimeout(1000);
  expect(await loudness(page)).toBeGreaterThan(0.02);
  await page.locator("#play").click();
  await page.waitForTimeout(1500);
  expect(await loudness(page)).toBeLessThan(0.001);
});
