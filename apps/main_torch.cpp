// seqtool-torch: the same verbs with the models that need LibTorch. Run by seqtool, never by users.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include "base/version.h"
#include "cli.h"
#include "models/registry.h"

namespace {

std::string version() {
  std::string text = std::string("seqtool ") + seq::kVersion + "\nLibTorch " + TORCH_VERSION + "\ndevices: cpu (" +
                     std::to_string(at::get_num_threads()) + " threads)";
  const int count = at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  if (count > 0) text += ", cuda (" + std::to_string(count) + ")";
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  seq::apps::Context context(seq::find_torch_verbs);
  return seq::apps::run_cli(argc, argv, context, version);
}
