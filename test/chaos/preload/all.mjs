// Loaded into every process with --import: it says how it fares, and does to itself what the environment asks for.
import './begun.mjs';
import './die.mjs';
import './block.mjs';
import './fail-disk.mjs';
