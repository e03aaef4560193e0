// Edit distance against its definition, and the words suggested.
#include "vectors/spelling.h"

#include <rapidcheck.h>

#include "test.h"

using namespace seq::vectors;

namespace {

/// The recurrence of the distance with swaps of neighbours, cell by cell.
int64_t plain_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<int64_t>> table(a.size() + 1, std::vector<int64_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      int64_t& cell = table[i][j];
      if (i == 0 || j == 0) {
        cell = static_cast<int64_t>(i + j);
        continue;
      }
      cell = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cell = std::min(cell, table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

}  // namespace

TEST_CASE("edit distance equals its recurrence", "[vectors]") {
  REQUIRE(edit_distance("kign", "king") == 1);
  REQUIRE(edit_distance("", "abc") == 3);
  REQUIRE(edit_distance("abc", "") == 3);
  const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
  REQUIRE(rc::check("over three letters", [&] {
    const std::string a = *letters, b = *letters;
    RC_PRE(a.size() <= 64U);
    RC_ASSERT(edit_distance(a, b) == plain_distance(a, b));
  }));
}

TEST_CASE("a missing word is answered with the nearest spellings, frequent ones first", "[vectors]") {
  WordList words;
  for (const char* word : {"the", "kings", "king", "Paris", "ring", "elephant"}) words.add(word);
  REQUIRE(missing_word(words, "kng") == "\"kng\" is not in the vocabulary (did you mean king, kings or ring?)");
  REQUIRE(missing_word(words, "paris") == "\"paris\" is not in the vocabulary (did you mean Paris?)");
  REQUIRE(missing_word(words, "xylophone") == "\"xylophone\" is not in the vocabulary");
}
