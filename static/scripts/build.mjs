/** Builds the clients, and writes a .br and a .gz beside every file that gets smaller by it. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'vite';

const FOLDER = 'dist';
const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.wasm', '.webmanifest']);

// The phone's first: it begins with an empty folder.
await build({ logLevel: 'warn' });
await build({ logLevel: 'warn', configFile: 'vite.console.config.ts' });

for (const entry of await readdir(FOLDER, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const path = join(entry.parentPath, entry.name);
  const content = await readFile(path);
  for (const [suffix, compress] of [['.br', brotliCompressSync], ['.gz', gzipSync]]) {
    const small = compress(content);
    if (small.length < content.length) await writeFile(path + suffix, small);
  }
}
