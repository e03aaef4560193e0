// Chunks of text to batches, batches to steps.
#include "models/word2vec/tensor/updates.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "models/setup.h"
#include "models/word2vec/tensor/net.h"

namespace seq::word2vec {
namespace {

/// Sums of updates from the same values go too far where a row is met often: see the model's README for what these
/// learn.
size_t batch_words_of(const Word2vecOptions& options) {
  if (options.batch_words > 0) return static_cast<size_t>(options.batch_words);
  return options.loss == "hierarchical_softmax" ? 64 : 256;
}

class TensorUpdates : public Updates {
 public:
  TensorUpdates(vectors::Word2vec& model, const Word2vecOptions& options, c10::Device device)
      : model_(model),
        cbow_(options.architecture == "cbow"),
        batch_words_(batch_words_of(options)),
        device_(device),
        net_(model, options, device) {}

  vectors::LossSum train(std::span<const uint32_t> ids, uint64_t seed, float rate) override {
    return each_batch(ids, seed, [&](const vectors::Samples& samples, size_t first, size_t last) {
      return net_->step(samples, first, last, static_cast<double>(rate));
    });
  }

  vectors::LossSum loss(std::span<const uint32_t> ids, uint64_t seed) override {
    return each_batch(ids, seed, [&](const vectors::Samples& samples, size_t first, size_t last) {
      return net_->loss(samples, first, last);
    });
  }

  void finish() override { net_->copy_back(); }
  bool takes_threads() const override { return false; }  // the operations take them

 private:
  template <class Run>
  vectors::LossSum each_batch(std::span<const uint32_t> ids, uint64_t seed, Run run) {
    const vectors::Samples samples = model_.sample(ids, seed);
    Tensor sum = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device_));  // read once: that waits
    for (size_t first = 0; first < samples.size(); first += batch_words_)
      sum += run(samples, first, std::min(samples.size(), first + batch_words_));
    const size_t predictions = cbow_ ? samples.size() : samples.inputs.size();
    return {sum.item<double>(), static_cast<int64_t>(predictions)};
  }

  vectors::Word2vec& model_;
  bool cbow_;
  size_t batch_words_;
  c10::Device device_;
  Word2vecNet net_;
};

}  // namespace

std::unique_ptr<Updates> make_tensor_updates(vectors::Word2vec& model, const Word2vecOptions& options,
                                             const Config& config) {
  return std::make_unique<TensorUpdates>(model, options, set_up_torch(config));
}

}  // namespace seq::word2vec
