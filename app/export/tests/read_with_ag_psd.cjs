// Prints one line of JSON for each PSD: its layers as ag-psd (npm), an independent reader of Photoshop's files, has them.
const fs = require("fs");
const { readPsd } = require("ag-psd");

const node = (layer) => ({
  name: layer.name,
  left: layer.left ?? 0,
  top: layer.top ?? 0,
  right: layer.right ?? 0,
  bottom: layer.bottom ?? 0,
  clipped: layer.clipping === true,
  hue_saturation: layer.adjustment?.type === "hue/saturation" ? layer.adjustment.master : null,
  fill: layer.vectorFill?.color ?? null,
  text: layer.text
    ? {
        words: layer.text.text,
        transform: layer.text.transform,
        size: layer.text.style.fontSize,
        font: layer.text.style.font.name,
        colour: layer.text.style.fillColor,
      }
    : null,
  children: (layer.children ?? []).map(node),
});

for (const path of process.argv.slice(2)) {
  const psd = readPsd(fs.readFileSync(path), { skipLayerImageData: true, skipCompositeImageData: true, skipThumbnail: true });
  const { guides } = psd.imageResources.gridAndGuidesInformation ?? {};
  console.log(JSON.stringify({ layers: (psd.children ?? []).map(node), resolution: psd.imageResources.resolutionInfo.horizontalResolution, guides: guides ?? [] }));
}
