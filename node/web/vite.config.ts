// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin, Rollup } from "vite";
import { defineConfig } from "vitest/config";

const here = new URL(".", import.meta.url).pathname;

// Every file that the till may load, languages included: what its shell needs without a network.
function shellOf(page: string, bundle: Rollup.OutputBundle): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const file = bundle[name];
    if (!file || found.has(name)) return;
    found.add(name);
    if (file.type !== "chunk") return;
    [...file.imports, ...file.dynamicImports].forEach(visit);
    file.viteMetadata?.importedCss.forEach(visit);
    file.viteMetadata?.importedAssets.forEach(visit);
  };
  for (const file of Object.values(bundle)) {
    if (file.type === "chunk" && file.isEntry && file.facadeModuleId?.endsWith(page)) {
      visit(file.fileName);
    }
  }
  return [...found].sort().map((name) => `/${name}`);
}

// Writes /sw.js from its source: the list of the till's files and a name that changes with them.
function serviceWorker(): Plugin {
  return {
    name: "verbena-service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const source = readFileSync(`${here}src/till/service_worker.js`, "utf8");
      const shell = ["/", "/logo.svg", "/manifest.json", ...shellOf("till.html", bundle)];
      const name = createHash("sha256").update(shell.join() + source).digest("hex").slice(0, 12);
      const text = source
        .replace('"SHELL"', shell.map((path) => JSON.stringify(path)).join(", "))
        .replace("NAME", name);
      this.emitFile({ type: "asset", fileName: "sw.js", source: text });
    },
  };
}

export default defineConfig({
  root: here,
  base: "/",
  plugins: [svelte(), serviceWorker()],
  build: {
    outDir: process.env["VERBENA_WEB_OUT"] || "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { till: `${here}till.html`, wall: `${here}wall.html` },
      output: {
        // What both pages load is called so, not by one of the files in it.
        chunkFileNames: ({ isDynamicEntry }) =>
          `assets/${isDynamicEntry ? "[name]" : "shared"}-[hash].js`,
        assetFileNames: ({ names }) =>
          `assets/${names[0] === "LanguageSwitch.css" ? "shared" : "[name]"}-[hash][extname]`,
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
