/** In one process, because they share the package: building it takes longer than both. */
import './action.ts';
import './installed.ts';
