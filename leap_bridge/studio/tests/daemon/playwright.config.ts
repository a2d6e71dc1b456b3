import { defineConfig } from "@playwright/test";

import page from "../../playwright.config";

/** The page as a daemon serves it, at the address of STUDIO_URL: tests/studio/test_studio_page.py starts one. */
const { webServer: _none, ...rest } = page;

export default defineConfig({
  ...rest,
  testDir: ".",
  timeout: 60_000,
  use: { ...page.use, baseURL: process.env["STUDIO_URL"]! },
});
