// More than the one best way to cut a word: the n best, and random ones for sub-word regularisation.
#include <algorithm>
#include <cmath>

#include "text/subword/log_add.h"
#include "text/subword/unigram.h"
#include "text/subword/unigram_edges.h"

namespace seq {
namespace {

/// One of the best ways to a place: by which token, from which of the ways to where that begins.
struct Way {
  double score;
  uint32_t begin;
  uint32_t rank;
  int32_t id;
};

}  // namespace

std::vector<UnigramModel::Path> UnigramModel::best(std::string_view word, size_t n) const {
  std::vector<std::vector<Way>> ways(word.size() + 1);  // of each place, the n best, best first
  ways[0].push_back({0, 0, 0, kNoToken});
  for (size_t begin = 0; begin < word.size();) {
    begin = edges_from(word, begin, [&](const UnigramEdge& edge) {
      auto& there = ways[edge.end];
      for (uint32_t rank = 0; rank < ways[edge.begin].size(); ++rank) {
        const Way way{ways[edge.begin][rank].score + edge.score, edge.begin, rank, edge.id};
        const auto place = std::upper_bound(there.begin(), there.end(), way,
                                            [](const Way& a, const Way& b) { return a.score > b.score; });
        if (there.size() == n && place == there.end()) break;  // the other ranks are worse still
        there.insert(place, way);
        if (there.size() > n) there.pop_back();
      }
    });
  }
  std::vector<Path> paths;
  for (const Way& last : ways[word.size()]) {
    Path found{{}, last.score};
    std::vector<Piece> path;
    auto end = static_cast<uint32_t>(word.size());
    for (const Way* way = &last; end > 0; way = &ways[end][way->rank]) {
      path.push_back({way->id, end});
      end = way->begin;
    }
    std::reverse(path.begin(), path.end());
    finish(word, path, found.pieces);
    paths.push_back(std::move(found));
  }
  return paths;
}

void UnigramModel::sample(std::string_view word, double alpha, Random& random, std::vector<Piece>& pieces) const {
  // Forward: the summed weight of all ways to each place; edges by where they end.
  std::vector<double> forward(word.size() + 1, kLogZero);
  std::vector<std::vector<UnigramEdge>> into(word.size() + 1);
  forward[0] = 0;
  for (size_t begin = 0; begin < word.size();) {
    begin = edges_from(word, begin, [&](const UnigramEdge& edge) {
      forward[edge.end] = log_add(forward[edge.end], forward[edge.begin] + alpha * edge.score);
      into[edge.end].push_back(edge);
    });
  }
  // Backward: the last token, then the one before it, each by its share of the weight.
  std::vector<Piece> path;
  for (auto end = static_cast<uint32_t>(word.size()); end > 0;) {
    double left = random.uniform();
    const UnigramEdge* chosen = nullptr;
    for (const UnigramEdge& edge : into[end]) {
      chosen = &edge;
      left -= std::exp(forward[edge.begin] + alpha * edge.score - forward[end]);
      if (left < 0) break;
    }
    path.push_back({chosen->id, end});
    end = chosen->begin;
  }
  std::reverse(path.begin(), path.end());
  finish(word, path, pieces);
}

}  // namespace seq
