// Helpers of the tests of the nn layer, with a test of their own.
#include "tensors.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>

#include "nn/tensor_file.h"
#include "run/safetensors.h"
#include "test.h"

namespace seq::test {
namespace {

/// One thread for as long as it lives.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace

std::map<std::string, Tensor> golden(const std::string& name) {
  const SafetensorsFile file(std::string(SEQ_TEST_FOLDER) + "/nn/goldens/" + name + ".safetensors");
  std::map<std::string, Tensor> tensors;
  for (const auto& [key, bytes] : file.tensors()) tensors[key] = nn::to_tensor(bytes);
  return tensors;
}

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

double gradient_error(const std::function<Tensor()>& function, const std::vector<Tensor>& inputs) {
  constexpr double kStep = 1e-6;
  const OneThread one_thread;  // thousands of tiny products, on a machine that may be busy
  for (const Tensor& input : inputs) input.mutable_grad() = Tensor();
  function().backward();
  double error = 0;
  const at::NoGradGuard no_grad;
  for (const Tensor& input : inputs) {
    REQUIRE(input.grad().defined());
    const Tensor gradient = input.grad().contiguous();
    double* value = input.mutable_data_ptr<double>();
    for (int64_t i = 0; i < input.numel(); ++i) {
      const double kept = value[i];
      value[i] = kept + kStep;
      const double above = function().item<double>();
      value[i] = kept - kStep;
      const double below = function().item<double>();
      value[i] = kept;
      error = std::max(error, std::abs((above - below) / (2 * kStep) - gradient.const_data_ptr<double>()[i]));
    }
  }
  return error;
}

}  // namespace seq::test

TEST_CASE("central differences find a right gradient right and a wrong one wrong") {
  const at::Tensor x = at::rand({3}, at::kDouble).requires_grad_();
  REQUIRE(seq::test::gradient_error([&] { return x.square().sum(); }, {x}) < 1e-8);
  REQUIRE(seq::test::gradient_error([&] { return (x * x.detach()).sum(); }, {x}) > 1e-3);
}
