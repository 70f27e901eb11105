// The data of the page: JSON in a script element that does not run, arrays of float32 in base64.

function numbers(text) {
  const bytes = atob(text);
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) array[i] = bytes.charCodeAt(i);
  const view = new DataView(array.buffer);
  const found = new Float32Array(array.length / 4);
  for (let i = 0; i < found.length; i += 1) found[i] = view.getFloat32(4 * i, true);
  return found;
}

export function readData() {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (data.format !== "cat2vec explore" || data.version !== 1) {
    throw new Error("The data of this page is of another version of cat2vec.");
  }
  for (const name of Object.keys(data.arrays)) data.arrays[name] = numbers(data.arrays[name]);
  data.n = data.categories.length;
  data.featureOf = new Int32Array(data.n);
  let start = 0;
  data.features.forEach((feature, place) => {
    feature.start = start;
    feature.stop = start + feature.n;
    data.featureOf.fill(place, start, feature.stop);
    start = feature.stop;
  });
  const { matrix } = data.arrays;
  data.lengths = new Float64Array(data.n);
  for (let token = 0; token < data.n; token += 1) {
    let sum = 0;
    for (let i = token * data.size; i < (token + 1) * data.size; i += 1) sum += matrix[i] ** 2;
    data.lengths[token] = Math.sqrt(sum);
  }
  return data;
}
