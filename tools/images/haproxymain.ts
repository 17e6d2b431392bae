import { toStderr } from '../clusters/progress.js';
import { haproxyArchive, writeHaproxyImage } from './haproxy.js';

await writeHaproxyImage(haproxyArchive, toStderr);
console.log(haproxyArchive);
