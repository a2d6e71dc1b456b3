import { existsSync } from "node:fs";
import { join } from "node:path";

import { defineConfig } from "@playwright/test";

/** Debian's browser where it is there, else the one that Playwright has installed. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
];

function served(command: string, port: number) {
  const url = `http://127.0.0.1:${port}/`;
  return { command: `${command} --port ${port} --strictPort --host 127.0.0.1`, url, reuseExistingServer: !process.env["CI"], timeout: 60_000 };
}

export default defineConfig({
  testDir: "tests/e2e",
  timeout: 60_000, // on a machine that does other things too
  workers: 1, // pages that play music need the processor for themselves
  retries: 1, // a machine that does other things too may miss a moment; what needed it is named as flaky
  reporter: "list",
  use: {
    baseURL: "http://127.0.0.1:4173/",
    viewport: { width: 1280, height: 800 },
    launchOptions: { args: FLAGS, ...(CHROMIUM ? { executablePath: CHROMIUM } : {}) },
  },
  webServer: [
    served("npx vite build --mode fake && npx vite preview --mode fake", 4173),
    ...(existsSync(join(import.meta.dirname, "dist/index.html")) ? [served("npx vite preview", 4174)] : []),
  ],
});
