// Draws random characters of DiceBear styles: node avatars.mjs OUT STYLE COUNT ...
import { createAvatar } from "@dicebear/core";
import { mkdirSync, writeFileSync } from "node:fs";
const [out, ...rest] = process.argv.slice(2);
for (let i = 0; i < rest.length; i += 2) {
  const style = await import(`@dicebear/${rest[i]}`);
  mkdirSync(`${out}/${rest[i]}`, { recursive: true });
  for (let k = 0; k < Number(rest[i + 1]); k++)
    writeFileSync(`${out}/${rest[i]}/${k}.svg`, createAvatar(style, { seed: `${rest[i]} ${k}`, size: 320 }).toString());
}
