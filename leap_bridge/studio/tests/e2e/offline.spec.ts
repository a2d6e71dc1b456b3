import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

import { expect, test } from "@playwright/test";

import { arrange, give, noteCount, open } from "./studio";

const SITE = join(import.meta.dirname, "../../dist-fake");
const TYPES: Record<string, string> = {
  ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".mp3": "audio/mpeg", ".woff2": "font/woff2",
};

/** A host that sends no headers of its own, and whose files can be changed. */
async function plainHost(changed: Map<string, string>): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname).slice("/studio/".length) || "index.html";
    try {
      const body = changed.get(path) ?? readFileSync(join(SITE, path));
      response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/studio/`, server };
}

test("the second visit needs no network", async ({ page, context }) => {
  await open(page, "", false);
  await expect(page.locator("#engine-text")).toContainText("works offline", { timeout: 20_000 });
  await context.setOffline(true);
  await page.reload();
  await expect(page.locator("#engine")).toHaveAttribute("data-state", "ready");
  await give(page);
  await arrange(page, 3);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => page.locator("#where-time").textContent()).toMatch(/0:01/);
  await expect(page.getByRole("alert")).toBeHidden();
  expect(await page.evaluate(async () => (await fetch("piano/C4.mp3")).status)).toBe(200);
});

test("once it is loaded the page needs no network either, and asks for nothing outside", async ({ page, context, baseURL }) => {
  const outside: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL!) && !/^(blob|data):/.test(request.url())) outside.push(request.url());
  });
  await open(page, "", false);
  await expect(page.locator("#engine-text")).toContainText("works offline", { timeout: 20_000 });
  await context.setOffline(true);
  await give(page);
  await arrange(page, 2);
  expect(await noteCount(page)).toBeGreaterThan(0);
  expect(outside).toEqual([]);
});

test("a host without headers gets threads by the service worker", async ({ page }) => {
  const { url, server } = await plainHost(new Map());
  await page.goto(url);
  await expect(page.locator("#engine-text")).toHaveText(/^Ready(, works offline)?$/, { timeout: 20_000 });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  server.close();
});

test("files of another version are not mixed in", async ({ page }) => {
  const changed = new Map<string, string>();
  const { url, server } = await plainHost(changed);
  await page.goto(url);
  await expect(page.locator("#engine-text")).toContainText("works offline", { timeout: 20_000 });
  changed.set("icon.svg", "<svg/>");
  const icon = () => page.evaluate(async () => (await fetch("icon.svg")).text());
  expect(await icon()).toContain("<rect");
  await page.evaluate(async () => (await caches.open("leap-studio")).keys().then(async (keys) => {
    for (const key of keys) await (await caches.open("leap-studio")).delete(key);
  }));
  expect(await icon()).toContain("icon.svg on the server is of another version");
  server.close();
});

test("a new version takes over when it is asked to", async ({ page }) => {
  const changed = new Map<string, string>();
  const { url, server } = await plainHost(changed);
  await page.goto(url);
  await expect(page.locator("#engine-text")).toContainText("works offline", { timeout: 20_000 });
  const { createHash } = await import("node:crypto");
  const hash = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");
  const old = hash(readFileSync(join(SITE, "icon.svg")));
  changed.set("icon.svg", "<svg/>");
  changed.set("sw.js", readFileSync(join(SITE, "sw.js"), "utf8").replace(old, hash("<svg/>")));
  await page.reload();
  const icon = () => page.evaluate(async () => (await fetch("icon.svg")).text());
  expect(await icon()).toContain("<rect");
  await page.getByRole("button", { name: "Use it" }).click();
  await expect(async () => expect(await icon()).toBe("<svg/>")).toPass({ timeout: 15_000 });
  server.close();
});
