import { join } from 'node:path';
import { ownPackage } from '../services/index.js';

/** The compiled main file of one of our processes. */
export const workerFile = (name: string): string => join(ownPackage().root, 'dist', 'workers', `${name}.js`);
