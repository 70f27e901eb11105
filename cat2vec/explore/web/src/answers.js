// What Python's `nearest`, `similarity` and `contributions` answer, computed from the same numbers.

export function cosine(data, a, b) {
  const { matrix } = data.arrays;
  const { size, lengths } = data;
  const scale = lengths[a] * lengths[b];
  if (!(scale > 0)) return 0;
  let sum = 0;
  for (let i = 0; i < size; i += 1) sum += matrix[a * size + i] * matrix[b * size + i];
  return Math.max(-1, Math.min(1, sum / scale));
}

// The n categories most like one, best first; ties in order of the category's place.
export function nearest(data, token, features, n) {
  const best = [];
  for (const feature of features) {
    for (let other = feature.start; other < feature.stop; other += 1) {
      if (other === token) continue;
      const similarity = cosine(data, token, other);
      if (best.length === n && similarity <= best[n - 1].similarity) continue;
      let place = best.length;
      while (place > 0 && best[place - 1].similarity < similarity) place -= 1;
      best.splice(place, 0, { token: other, similarity });
      if (best.length > n) best.pop();
    }
  }
  return best;
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Categories whose text holds the words typed, those that begin with them first.
export function matches(data, feature, typed, most) {
  const wanted = plain(typed.trim());
  if (!wanted) return [];
  data.searched ??= data.categories.map(plain);
  const first = [];
  const others = [];
  for (let token = feature.start; token < feature.stop; token += 1) {
    const place = data.searched[token].indexOf(wanted);
    if (place === 0) first.push(token);
    else if (place > 0) others.push(token);
  }
  const byLength = (a, b) => data.searched[a].length - data.searched[b].length || a - b;
  first.sort(byLength);
  return [...first, ...others].slice(0, most);
}

// rows of `array`, each `size` numbers, times a vector
function times(array, start, size, vector) {
  const found = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) found[i] += array[start + i * size + j] * vector[j];
  }
  return found;
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function unit(data, token) {
  const { size } = data;
  const own = Float64Array.from(data.arrays.matrix.subarray(token * size, (token + 1) * size));
  return own.map((value) => value / data.lengths[token]);
}

// How much of the cosine of two categories comes from each feature, and from which categories;
// see cat2vec/inspection/contributions.py.
export function contributions(data, a, b, most) {
  const { moments, inverses } = data.arrays;
  const { size, heard } = data;
  const square = size * size;
  const sides = [
    [unit(data, a), data.featureOf[a], unit(data, b)],
    [unit(data, b), data.featureOf[b], unit(data, a)],
  ].map(([one, feature, other]) => ({
    one,
    feature,
    back: times(inverses, feature * square, size, other),
  }));
  const features = data.features.map((_, g) => {
    let sum = 0;
    for (const { one, feature, back } of sides) {
      if (heard[feature][g]) sum += 0.5 * dot(one, times(moments, g * square, size, back));
    }
    return { feature: g, contribution: sum };
  });
  const known = features.filter(({ feature }) => sides.some((s) => heard[s.feature][feature]));
  known.sort((x, y) => y.contribution - x.contribution || x.feature - y.feature);
  return { features: known, categories: throughCategories(data, sides, most) };
}

function throughCategories(data, sides, most) {
  const { matrix, to_eigenvectors: toEigenvectors } = data.arrays;
  const { size, heard } = data;
  const found = [];
  data.features.forEach((feature, g) => {
    const heardSides = sides.filter((side) => heard[side.feature][g]);
    if (!heardSides.length) return;
    // e_t . x = y_t . (map x), so that one pass over the vectors of the feature is enough
    const maps = heardSides.map((side) => [
      times(toEigenvectors, g * size * size, size, side.one),
      times(toEigenvectors, g * size * size, size, side.back),
    ]);
    for (let token = feature.start; token < feature.stop; token += 1) {
      let sum = 0;
      for (const [one, back] of maps) {
        let first = 0;
        let second = 0;
        for (let i = 0; i < size; i += 1) {
          const value = matrix[token * size + i];
          first += value * one[i];
          second += value * back[i];
        }
        sum += 0.5 * first * second;
      }
      found.push({ token, contribution: sum });
    }
  });
  found.sort((x, y) => Math.abs(y.contribution) - Math.abs(x.contribution) || x.token - y.token);
  return found.slice(0, most);
}
