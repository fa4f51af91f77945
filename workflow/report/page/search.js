// Find a gene by symbol, alias or identifier.
"use strict";

// BCR-ABL, BCR/ABL1, bcr abl and the like mean the fusion, never BCR or ABL1; a beginning is enough while one types.
const FUSION = "BCR::ABL1";
const FUSION_WORD = /^BCR(?:[\s:/_.|-]+A?B?|[\s:/_.|-]*ABL)(?:L1?|1)?$/;

function searched(typed) {
  const key = typed.trim().toUpperCase();
  return FUSION_WORD.test(key) ? FUSION : key;
}

class Search {
  // genes: { ids, names, aliases (names with "|" between them), entrez }; preferred: places that come first among equals
  constructor(genes, preferred = []) {
    this.genes = genes;
    this.preferred = new Set(preferred);
    this.exact = new Map();
    const add = (word, place, rank) => {
      if (!word) return;
      const key = word.toUpperCase();
      // ABL1 is called BCR-ABL by some tables.
      if (rank === 3 && FUSION_WORD.test(key)) return;
      const held = this.exact.get(key);
      if (held === undefined) this.exact.set(key, [{ place, rank }]);
      else if (!held.some((hit) => hit.place === place)) held.push({ place, rank });
    };
    genes.ids.forEach((id, place) => {
      add(id, place, 0);
      add(genes.names[place], place, 1);
      add(genes.entrez[place], place, 2);
      for (const alias of genes.aliases[place].split("|")) add(alias, place, 3);
    });
    this.words = [...this.exact.keys()];
  }

  // The genes that a word names best: an identifier before a symbol before an alias, which may name several. Versions of
  // Ensembl identifiers do not count.
  places(word) {
    const key = searched(word);
    const held = this.exact.get(key) ?? this.exact.get(key.replace(/^(ENS[A-Z]*G\d+)\.\d+$/, "$1")) ?? [];
    const best = Math.min(...held.map((hit) => hit.rank));
    return held.filter((hit) => hit.rank === best).map((hit) => hit.place);
  }

  // The one gene that a word names, or -1.
  place(word) {
    const places = this.places(word);
    return places.length === 1 ? places[0] : -1;
  }

  // Genes that fit what is typed: named so first, then those whose symbol, then those whose other name begins so.
  suggest(typed, most = 12) {
    const key = searched(typed);
    if (!key) return [];
    const found = this.words
      .filter((word) => word.startsWith(key))
      .flatMap((word) => this.exact.get(word).map((hit) => ({ word, ...hit })))
      .sort((one, two) => (two.word === key) - (one.word === key) || one.rank - two.rank
        || one.word.length - two.word.length || this.preferred.has(two.place) - this.preferred.has(one.place)
        || (one.word < two.word ? -1 : 1));
    const seen = new Set();
    const chosen = [];
    for (const hit of found) {
      if (seen.has(hit.place)) continue;
      seen.add(hit.place);
      chosen.push({ place: hit.place, word: hit.word });
      if (chosen.length === most) break;
    }
    return chosen;
  }
}
