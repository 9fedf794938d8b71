// Reports `begun` when the process starts its actual work: a worker sends a request, a producer a command, a collector writes to its log.
import { onFileWrite, onSocketWrite } from './hooks.mjs';
import { report } from './report.mjs';

const part = process.argv[2];
let begun = false;
const begin = () => {
  if (!begun) report('begun');
  begun = true;
};

if (part === 'collect') {
  onFileWrite({ before: begin });
} else {
  const first = part === 'worker' ? 'GET ' : '*';
  onSocketWrite({ before: (_, chunk) => void (String(chunk).startsWith(first) && begin()) });
}
