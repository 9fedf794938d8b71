/**
 * `scripts/bundle.js` gives undici this in place of `WebAssembly.Module`.
 *
 * undici parses responses with a WebAssembly function. V8 would optimise it at the first or second response, which takes 0.2 s of processor time and delays the exit of a short command.
 * With a larger budget V8 optimises it after a hundred responses. V8 reads the budget when it compiles the module. Afterwards the flag gets its default again: with any other value, V8
 * would reject the compiled code of all parts of Node that are loaded later, which takes 20 ms.
 */
import { setFlagsFromString } from 'node:v8';

/** In V8's units: one response takes ten million. */
const BUDGET = 1_000_000_000;
/** The default of each version of Node that was tried, as `node --v8-options` prints it. V8 prints an error for a flag that it does not know, so other versions keep their budget. */
const DEFAULTS = { 20: 1_800_000, 22: 13_000_000, 24: 13_000_000 };

// `scripts/bundle.js` replaces `WebAssembly.Module` in this file too.
const { Module } = WebAssembly;
const standard = DEFAULTS[process.versions.node.split('.', 1)[0]];

/** @param {Uint8Array} code */
export function WasmModule(code) {
  if (standard !== undefined) setFlagsFromString(`--wasm-tiering-budget=${BUDGET}`);
  try {
    return new Module(code);
  } finally {
    if (standard !== undefined) setFlagsFromString(`--wasm-tiering-budget=${standard}`);
  }
}
