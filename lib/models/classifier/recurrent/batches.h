// Texts in batches of similar length, packed without padding.
// B = texts, N = all their tokens, L = labels
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "models/classifier/data.h"
#include "train/batches.h"

namespace seq::classifier {

/// Tensors of a batch: `ids` [N] packed step by step (nn/packed_steps.h), `lengths` [B], `order` [B]: the number of
/// each text, and `truth` [B, L]: 1 for each label of a text. Texts are sorted longest first; equals keep their order.
/// `numbers` are what `order` says of each example.
train::Batch pack_texts(const std::vector<classify::EncodedExample>& examples, const std::vector<int64_t>& numbers,
                        int32_t labels);

/// Batches for training: in each pass a new order by the seed, cut into pools of many batches; a pool's texts sorted by
/// length make its batches, which come in an order of their own.
std::unique_ptr<train::Batches> training_texts(std::shared_ptr<const classify::EncodedExamples> examples,
                                               const TextFeatures& features, int64_t batch_size, uint64_t seed);

/// Every text once, sorted by length within large blocks; a batch of long texts has fewer than `batch_size`. `at_start`
/// is called when a pass begins.
std::unique_ptr<train::Batches> evaluation_texts(std::shared_ptr<const classify::EncodedExamples> examples,
                                                 const TextFeatures& features, int64_t batch_size,
                                                 std::function<void()> at_start = {});

/// Cuts texts that are sorted longest first into batches for use: ends of ranges of at most `batch_size` texts, fewer
/// when they are so long that memory would matter.
std::vector<size_t> batch_ends(std::span<const int64_t> lengths, int64_t batch_size);

}  // namespace seq::classifier
