// What the shell scripts ask of a Docker engine:
// `trouble` prints why it cannot be used, or nothing; `has IMAGE` and `can-pull IMAGE` answer by exit code; `import IMAGE < files.tar`.
import { canPull, engineTrouble, hasImage, importImage } from './docker/engine.ts';

const [verb, image = ''] = process.argv.slice(2);
const answer = (yes: boolean): void => {
  process.exitCode = yes ? 0 : 1;
};

switch (verb) {
  case 'trouble': {
    const trouble = await engineTrouble();
    if (trouble) console.log(trouble);
    answer(trouble === undefined);
    break;
  }
  case 'has':
    answer(await hasImage(image));
    break;
  case 'can-pull':
    answer(await canPull(image));
    break;
  case 'import':
    await importImage(image, process.stdin);
    break;
  default:
    throw new Error('docker-engine.ts takes trouble, has IMAGE, can-pull IMAGE or import IMAGE.');
}
