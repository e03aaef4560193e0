// The lock-free kernel as what runs the updates.
#include "models/word2vec/updates.h"

namespace seq::word2vec {
namespace {

class KernelUpdates : public Updates {
 public:
  explicit KernelUpdates(vectors::Word2vec& model) : model_(model) {}

  vectors::LossSum train(std::span<const uint32_t> ids, uint64_t seed, float rate) override {
    return model_.train(ids, seed, rate);
  }
  vectors::LossSum loss(std::span<const uint32_t> ids, uint64_t seed) override { return model_.loss(ids, seed); }
  bool takes_threads() const override { return true; }

 private:
  vectors::Word2vec& model_;
};

}  // namespace

std::unique_ptr<Updates> make_kernel_updates(vectors::Word2vec& model, const Word2vecOptions& /*options*/,
                                             const Config& /*config*/) {
  return std::make_unique<KernelUpdates>(model);
}

}  // namespace seq::word2vec
