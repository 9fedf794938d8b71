// Loaded into every process with --import: reports its progress, and does to the process what the environment asks for.
import './begun.mjs';
import './die.mjs';
import './block.mjs';
import './fail-disk.mjs';
