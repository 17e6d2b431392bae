import { toStderr } from '../cluster/progress.js';
import { haproxyArchive, writeHaproxyImage } from './image.js';

await writeHaproxyImage(haproxyArchive, toStderr);
console.log(haproxyArchive);
